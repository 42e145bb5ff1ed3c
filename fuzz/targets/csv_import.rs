//! Files that are called CSV: every row is accepted or rejected with a reason, or the whole file is
//! refused with a sentence. The first byte chooses the options.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Some((options, text)) = bytes.split_first() {
        itam_tools::import::fuzzing::import_file(*options, text);
    }
});
