//! The vault in key-value buckets of NATS `JetStream`: `ITAM_<tenant>_people` and
//! `ITAM_<tenant>_tokens`. Every process keeps a copy in memory that follows its bucket.

mod bucket;
mod bucket_config;
mod follower;
mod people;
mod people_copy;
mod tokens;

pub use bucket::BucketOptions;
pub use people::JetStreamPeople;
pub use tokens::JetStreamTokens;
