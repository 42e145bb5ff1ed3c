//! The front door as its callers meet it: HTTP and NATS on top, the log and the vault below.

#[cfg(test)]
mod front {
    mod alien;
    mod approvals;
    mod bad_input;
    mod faults;
    mod faulty_log;
    mod former_labels;
    mod keys;
    mod law;
    mod life;
    mod lines;
    mod nats_door;
    mod ownership;
    mod pairs;
    mod people;
    mod races;
    mod repetition;
    mod test_server;
}
