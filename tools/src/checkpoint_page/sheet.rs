//! The sheet: what a checkpoint says, who stands for it, and how to check it. No script, and nothing
//! that is fetched.

use std::fmt::Write as _;

use itam_domain::format_instant;
use itam_proof::{SignedCheckpoint, Trust, Verdict};

const STYLE: &str = "\
@page{size:A4;margin:16mm}\
*{box-sizing:border-box}\
body{font:11pt/1.4 system-ui,sans-serif;color:#000;background:#fff;max-width:178mm;margin:1rem auto;padding:0 1rem}\
h1{font-size:15pt;margin:0 0 .6rem}h2{font-size:11pt;margin:1rem 0 .3rem}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:0}\
dt{font-weight:600}dd{margin:0;overflow-wrap:anywhere;font-family:ui-monospace,monospace;font-size:9.5pt}\
pre{font:8pt/1.5 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid #999;padding:.5rem;margin:0}\
code{font:9pt ui-monospace,monospace;overflow-wrap:anywhere}\
svg{display:block;width:82mm;max-width:100%;margin:.4rem 0}\
ul,ol{margin:0;padding-left:1.3rem}\
@media print{body{margin:0;max-width:none;padding:0}section{break-inside:avoid}}";

/// Writes the sheet.
pub(super) fn sheet(signed: &SignedCheckpoint, keys: &Trust, image: &str) -> String {
    let checkpoint = signed.checkpoint();
    let (origin, size, root) = (&checkpoint.origin, checkpoint.size, checkpoint.root);
    let (made_at, note) = (format_instant(checkpoint.made_at), escaped(&signed.encode()));
    let signatures = signatures(signed, keys);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>Checkpoint of {origin} at {size}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <h1>Checkpoint of {size} positions</h1>\n\
         <dl><dt>Log</dt><dd>{origin}</dd><dt>Positions</dt><dd>1 to {size}</dd>\
         <dt>Root</dt><dd>{root}</dd><dt>Made at</dt><dd>{made_at}</dd></dl>\n\
         <section><h2>Signatures</h2>\n<ul>{signatures}</ul></section>\n\
         <section><h2>The signed note</h2>\n{image}\n<pre>{note}</pre></section>\n\
         <section><h2>How to check it</h2>\n<ol>\
         <li>Keep this sheet where those who run the log cannot reach it.</li>\
         <li>Scan the code, or type the note, into a file <code>kept.txt</code>.</li>\
         <li>Ask for an export of the whole log, up to position {size} or beyond.</li>\
         <li>Check them against each other, with the public key that was handed over to you:<br>\
         <code>itam audit verify kept.txt export.ndjson --key VKEY</code></li></ol>\n\
         <p>If that says that nothing is wrong, not a byte of positions 1 to {size} was changed, dropped, added or \
         moved since this sheet was printed.</p></section>\n</body>\n</html>\n"
    )
}

/// One line for each signature, with what is known of it.
fn signatures(checkpoint: &SignedCheckpoint, keys: &Trust) -> String {
    let mut lines = String::new();
    for judged in checkpoint.judge(keys) {
        let verdict = match judged.verdict {
            Verdict::Signed => "verified with the key that was given".to_owned(),
            Verdict::SignedByFormer => "of an earlier key of the log".to_owned(),
            Verdict::Countersigned(time) => {
                format!("of a witness, verified; given at {}", format_instant(time))
            }
            Verdict::Replaced { until } => format!("of a key that signs only below {until} positions"),
            Verdict::Unknown => "not checked: its key was not given".to_owned(),
            Verdict::Wrong => "WRONG".to_owned(),
        };
        let (key, id) = (escaped(&judged.signer), judged.key_id);
        // Writing to a string does not fail.
        let _ = write!(lines, "<li><code>{key}+{id:08x}</code>: {verdict}</li>");
    }
    lines
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
