//! Status labels: Snipe-IT's free words for where an asset is in its life.

use std::collections::BTreeMap;
use std::str::FromStr;

use itam_domain::normalize;
use itam_domain::vocabulary::LossKind;

/// What a status label says of an asset, where it says more than the other columns do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Nothing that counts here.
    Ignored,
    /// It can be handed out, or has been: who has it stands in other columns.
    InUse,
    InMaintenance,
    Missing(LossKind),
    Retired,
}

/// The words of `--status`.
const MEANINGS: [(&str, Status); 8] = [
    ("in_stock", Status::InUse),
    ("deployed", Status::InUse),
    ("in_maintenance", Status::InMaintenance),
    ("missing", Status::Missing(LossKind::NotFound)),
    ("lost", Status::Missing(LossKind::Lost)),
    ("stolen", Status::Missing(LossKind::Stolen)),
    ("retired", Status::Retired),
    ("ignore", Status::Ignored),
];

/// What labels say that need no explanation, as [`normalize`] writes them.
const LABELS: [(&str, Status); 27] = [
    ("ready to deploy", Status::InUse),
    ("deployable", Status::InUse),
    ("available", Status::InUse),
    ("in stock", Status::InUse),
    ("pending", Status::InUse),
    ("new", Status::InUse),
    ("spare", Status::InUse),
    ("deployed", Status::InUse),
    ("checked out", Status::InUse),
    ("assigned", Status::InUse),
    ("in use", Status::InUse),
    ("active", Status::InUse),
    ("out for repair", Status::InMaintenance),
    ("in repair", Status::InMaintenance),
    ("repair", Status::InMaintenance),
    ("out for diagnostics", Status::InMaintenance),
    ("in maintenance", Status::InMaintenance),
    ("maintenance", Status::InMaintenance),
    ("lost/stolen", Status::Missing(LossKind::NotFound)),
    ("missing", Status::Missing(LossKind::NotFound)),
    ("lost", Status::Missing(LossKind::Lost)),
    ("stolen", Status::Missing(LossKind::Stolen)),
    ("archived", Status::Retired),
    ("retired", Status::Retired),
    ("decommissioned", Status::Retired),
    ("end of life", Status::Retired),
    ("undeployable", Status::Ignored),
];

/// The types of labels, as reports of Snipe-IT write them behind the label.
const TYPES: [(&str, Status); 5] = [
    ("deployed", Status::InUse),
    ("deployable", Status::InUse),
    ("pending", Status::InUse),
    ("undeployable", Status::Ignored),
    ("archived", Status::Retired),
];

/// What an asset is after the command that a status asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct StatusStep {
    /// The state that it is in then.
    pub(crate) state: &'static str,
    /// The command, and the event that it makes happen.
    pub(crate) command: &'static str,
    pub(crate) event: &'static str,
}

impl Status {
    /// What has to be done for it; nothing where other columns say it.
    pub(crate) fn step(self) -> Option<StatusStep> {
        let (state, command, event) = match self {
            Self::Ignored | Self::InUse => return None,
            Self::InMaintenance => ("in_maintenance", "start-maintenance", "asset.maintenance_started"),
            Self::Missing(_) => ("missing", "report-missing", "asset.reported_missing"),
            Self::Retired => ("retired", "retire-asset", "asset.retired"),
        };
        Some(StatusStep { state, command, event })
    }
}

/// What was declared of a label: `Out for Repair=in_maintenance`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DeclaredStatus {
    label: String,
    status: Status,
}

impl FromStr for DeclaredStatus {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (label, meaning) = text.rsplit_once('=').ok_or_else(|| {
            format!("{text:?} is not written as LABEL=MEANING, such as \"Broken=in_maintenance\"")
        })?;
        let meaning = meaning.trim();
        let found = MEANINGS.iter().find(|(word, _)| *word == meaning);
        let (_, status) = found.ok_or_else(|| format!("{meaning:?} is none of {}", meanings()))?;
        Ok(Self { label: normalize(label), status: *status })
    }
}

/// The words that a label may be said to mean.
pub(crate) fn meanings() -> String {
    MEANINGS.map(|(word, _)| word).join(", ")
}

/// What labels mean in an import.
#[derive(Debug, Clone, Default)]
pub(crate) struct Statuses(BTreeMap<String, Status>);

impl Statuses {
    pub(crate) fn new(declared: &[DeclaredStatus]) -> Self {
        let usual = LABELS.iter().map(|(label, status)| ((*label).to_owned(), *status));
        let declared = declared.iter().map(|one| (one.label.clone(), one.status));
        Self(usual.chain(declared).collect())
    }

    /// What a label means; `None` if nobody has said. Reports of Snipe-IT write behind a label of what type
    /// it is, which tells where the label does not.
    pub(crate) fn of(&self, label: &str) -> Option<Status> {
        let label = normalize(label);
        if let Some(status) = self.0.get(&label) {
            return Some(*status);
        }
        let (before, last) = label.rsplit_once(' ')?;
        let bare = last.trim_matches(['(', ')']);
        let (_, of_type) = TYPES.iter().find(|(word, _)| *word == bare)?;
        let own = self.0.get(before.trim_end()).copied();
        // Without brackets the word may be part of the label.
        own.or((bare != last).then_some(*of_type))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_means_what_was_declared_and_else_what_is_usual() {
        let declared = ["Repair=ignore", "Kaputt = in_maintenance"].map(|text| text.parse().expect(text));
        let statuses = Statuses::new(&declared);
        assert_eq!(statuses.of("repair"), Some(Status::Ignored));
        assert_eq!(statuses.of(" KAPUTT"), Some(Status::InMaintenance));
        assert_eq!(statuses.of("Lost/Stolen"), Some(Status::Missing(LossKind::NotFound)));
        assert_eq!(statuses.of("Deleted"), None);
    }

    #[test]
    fn the_type_behind_a_label_tells_where_the_label_does_not() {
        let statuses = Statuses::new(&["Kaputt=in_maintenance".parse().expect("declared")]);
        assert_eq!(statuses.of("Ready to Deploy (Deployed)"), Some(Status::InUse));
        assert_eq!(statuses.of("Out for Repair Undeployable"), Some(Status::InMaintenance));
        assert_eq!(statuses.of("Kaputt (undeployable)"), Some(Status::InMaintenance));
        assert_eq!(statuses.of("Old ones (archived)"), Some(Status::Retired));
        for label in ["Not deployed", "Old ones", "Old ones (blue)"] {
            assert_eq!(statuses.of(label), None, "{label}");
        }
    }

    #[test]
    fn labels_are_written_as_they_are_compared() {
        for (label, _) in LABELS {
            assert_eq!(normalize(label), label);
        }
    }

    #[test]
    fn what_is_no_declaration_is_refused_with_what_would_be_one() {
        let refusal = |text: &str| text.parse::<DeclaredStatus>().expect_err(text);
        assert!(refusal("Broken").contains("LABEL=MEANING"));
        assert!(refusal("Broken=gone").contains("in_maintenance, missing"));
    }
}
