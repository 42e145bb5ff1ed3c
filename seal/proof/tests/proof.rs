//! What the proofs promise, against a second implementation and against every lie we could think of.

#[path = "proof/evidences.rs"]
mod evidences;
#[path = "proof/exports.rs"]
mod exports;
#[path = "proof/key_folder.rs"]
mod key_folder;
#[path = "proof/notes.rs"]
mod notes;
#[path = "proof/python.rs"]
mod python;
#[path = "proof/tree.rs"]
mod tree;
#[path = "proof/world.rs"]
mod world;
