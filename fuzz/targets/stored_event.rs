//! Bytes that somebody published into the stream: they are read as an event or refused, never
//! half read; what was read is written and read again as the same; and it folds onto anything.

#![no_main]

use itam_domain::{Envelope, evolve};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(envelope) = Envelope::decode(bytes) else { return };
    let written = envelope.encode();
    let again = Envelope::decode(&written).expect("what was written can be read");
    assert_eq!(again.encode(), written, "writing is a fixed point");
    let id = envelope.aggregate.id;
    let once = evolve(id, None, &envelope.event, &envelope.actor);
    let twice = evolve(id, once, &envelope.event, &envelope.actor);
    let keys = twice.as_ref().map(itam_domain::Aggregate::keys);
    drop(keys);
});
