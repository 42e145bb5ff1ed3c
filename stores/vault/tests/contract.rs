//! What every vault promises, run against each implementation; and what each promises alone.

mod contract {
    mod embedded;
    mod jetstream;
    mod people;
    mod samples;
    mod tokens;
}
