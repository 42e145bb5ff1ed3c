//! The importer against a register that knows nothing and accepts what is acceptable in form. A
//! door for the fuzz target `csv_import`.

use std::io::Write as _;

use indicatif::ProgressBar;
use itam_command_service::Submission;
use itam_domain::Currency;
use itam_service_kit::{ActorKind, Identity, ProblemCode, Role, SeededIds};
use serde_json::{Map, Value};

use super::amount::Decimal;
use super::date::DateOrder;
use super::error::ImportError;
use super::import_day::ImportDay;
use super::master_kind::MasterKind;
use super::register::{ApiAnswer, ApiRefusal, AssetView, Outgoing, PastEvent, RegisterApi};
use super::run::{Job, import};
use super::survey::DeclaredValues;
use super::table::Declared;

/// Imports `text` as a file, with options that are taken from the bits of `options`. Whatever the
/// file holds, rows are accepted or rejected and all of them are accounted for.
///
/// # Panics
/// If they are not, or if the importer panics: that is what is looked for.
pub fn import_file(options: u8, text: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(text).expect("written");
    let job = Job {
        files: vec![file.path().to_owned()],
        declared: Declared {
            encoding: (options & 1 != 0).then_some(encoding_rs::WINDOWS_1252),
            delimiter: None,
            ..Declared::default()
        },
        values: DeclaredValues {
            date_order: [None, Some(DateOrder::Dmy), Some(DateOrder::Mdy), Some(DateOrder::Ymd)]
                [usize::from(options >> 1 & 3)],
            decimal: [None, Some(Decimal::Comma)][usize::from(options >> 3 & 1)],
            currency: (options & 16 == 0).then(|| Currency::try_new("EUR").expect("a currency")),
            statuses: Vec::new(),
        },
        dry_run: false,
        rejects: None,
        day: ImportDay::new(chrono::DateTime::UNIX_EPOCH, super::import_day::time_zone("UTC").ok().as_ref()),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let outcome = runtime.block_on(import(&job, &Blank, &SeededIds::new(1), &ProgressBar::hidden()));
    if let Ok(summary) = outcome {
        let mut out = Vec::new();
        summary.write_json(&mut out).expect("written to memory");
        summary.write_text(&mut out).expect("written to memory");
    }
}

/// A register in which there is nothing.
struct Blank;

impl RegisterApi for Blank {
    async fn head(&self) -> Result<u64, ImportError> {
        Ok(0)
    }

    async fn masters(&self, _: MasterKind) -> Result<Vec<Map<String, Value>>, ImportError> {
        Ok(Vec::new())
    }

    async fn assets(&self, tags: &[String]) -> Result<Vec<Option<AssetView>>, ImportError> {
        Ok(tags.iter().map(|_| None).collect())
    }

    async fn tag_of(&self, _: &str) -> Result<Option<String>, ImportError> {
        Ok(None)
    }

    async fn pasts(&self, tags: &[String]) -> Result<Vec<Vec<PastEvent>>, ImportError> {
        Ok(vec![Vec::new(); tags.len()])
    }

    async fn submit(&self, commands: &[Outgoing]) -> Result<Vec<ApiAnswer>, ImportError> {
        Ok(commands.iter().map(answer).collect())
    }
}

fn answer(command: &Outgoing) -> ApiAnswer {
    let sender = Identity {
        actor: "fuzzer".to_owned(),
        actor_kind: ActorKind::Service,
        name: "fuzzer".to_owned(),
        role: Role::Administrator,
    };
    let fields = Value::Object(command.data.clone());
    match Submission::try_new("main", command.name, &fields, &command.key.to_string(), sender) {
        Ok(_) => ApiAnswer::Done { events: 1, position: 1 },
        Err(problem) => {
            assert_ne!(problem.code(), ProblemCode::UnknownCommand, "{}", command.name);
            ApiAnswer::Refused(ApiRefusal {
                reason: format!("{:?}", problem.code()),
                detail: problem.detail().to_owned(),
                pointer: String::new(),
                holder: None,
            })
        }
    }
}
