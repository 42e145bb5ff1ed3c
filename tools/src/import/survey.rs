//! The first reading of a file: how its dates and amounts are written, judged by all of its rows,
//! before anything is sent. What its rows do not tell is asked for.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use itam_domain::Currency;

use super::amount::{self, Decimal, Sign};
use super::artefact_tally::ArtefactTally;
use super::date::{self, DateHint, DateOrder};
use super::error::ImportError;
use super::field::{Field, FileKind};
use super::status::{DeclaredStatus, Statuses, meanings};
use super::table::{FileLayout, FileRow};

/// What was declared about how values are written, and what they mean.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeclaredValues {
    pub(crate) date_order: Option<DateOrder>,
    pub(crate) decimal: Option<Decimal>,
    pub(crate) currency: Option<Currency>,
    pub(crate) statuses: Vec<DeclaredStatus>,
}

/// How a file's values are written.
#[derive(Debug, Clone)]
pub(crate) struct Conventions {
    pub(crate) rows: u64,
    pub(crate) date_orders: BTreeMap<Field, DateOrder>,
    pub(crate) decimal: Decimal,
    pub(crate) currency: Option<Currency>,
    pub(crate) statuses: Statuses,
    /// The day of the import, where it is made.
    pub(crate) today: NaiveDate,
    /// What is to be said of the file, as sentences.
    pub(crate) notes: Vec<String>,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
struct Example {
    row: u64,
    column: String,
    text: String,
}

impl Example {
    fn shown(&self) -> String {
        format!("row {} of {} says {:?}", self.row, self.column, self.text)
    }
}

/// The first example of each reading.
#[derive(Debug, Default)]
struct FirstExamples {
    first: Option<Example>,
    second: Option<Example>,
    either: Option<Example>,
    /// Whether there was a value that tells itself how it is to be read, and one that does not.
    has_certain: bool,
    has_uncertain: bool,
}

const DATES: [Field; 4] =
    [Field::PurchaseDate, Field::WarrantyDate, Field::EndOfLifeDate, Field::CheckoutDate];

/// Reads the whole file once. The second part of the answer are the questions, as sentences.
pub(crate) fn survey(
    layout: &FileLayout,
    declared: &DeclaredValues,
    today: NaiveDate,
) -> Result<(Conventions, Vec<String>), ImportError> {
    let mut rows = 0;
    let mut dates: BTreeMap<Field, FirstExamples> = BTreeMap::new();
    let mut decimals = FirstExamples::default();
    let mut without_currency = None;
    let statuses = Statuses::new(&declared.statuses);
    let mut unknown: BTreeMap<String, Example> = BTreeMap::new();
    let fields = layout.meanings();
    let mut artefacts = ArtefactTally::default();
    for row in layout.rows()? {
        let row = row?;
        rows += 1;
        // A row that cannot be read tells nothing.
        if row.fault.is_some() {
            continue;
        }
        artefacts.note(layout, &fields, &row);
        if layout.kind != FileKind::Asset {
            continue;
        }
        for field in DATES {
            note_date(layout, &row, field, dates.entry(field).or_default());
        }
        if let Some(label) = example(layout, &row, Field::Status)
            && statuses.of(&label.text).is_none()
        {
            unknown.entry(label.text.clone()).or_insert(label);
        }
        let missing = note_amount(layout, &row, &mut decimals);
        without_currency = without_currency.or(missing);
    }
    let mut questions = Vec::new();
    let mut date_orders = BTreeMap::new();
    for (field, evidence) in &dates {
        let declared = declared.date_order.filter(|_| evidence.has_uncertain);
        match declared.or_else(|| date_order(evidence)) {
            Some(order) => _ = date_orders.insert(*field, order),
            None => questions.extend(ask_date_order(evidence)),
        }
    }
    let decimal = declared.decimal.or_else(|| decimal(&decimals));
    if decimal.is_none() {
        questions.extend(ask_decimal(&decimals));
    }
    if let (Some(example), None) = (without_currency, declared.currency) {
        let shown = example.shown();
        questions.push(format!("{shown}, which names no single currency: say which it is by --currency"));
    }
    questions.extend(unknown.values().map(|label| {
        let (shown, text, meanings) = (label.shown(), &label.text, meanings());
        format!("{shown}: say what it means by --status \"{text}=…\", with one of {meanings}")
    }));
    let name = layout.path.display();
    let questions = questions.iter().map(|question| format!("{name}: {question}")).collect();
    let conventions = Conventions {
        rows,
        date_orders,
        decimal: decimal.unwrap_or(Decimal::Point),
        currency: declared.currency,
        statuses,
        today,
        notes: artefacts.notes(),
    };
    Ok((conventions, questions))
}

fn note_date(layout: &FileLayout, row: &FileRow, field: Field, evidence: &mut FirstExamples) {
    let found = example(layout, row, field).filter(|example| !date::is_blank(&example.text));
    let Some(example) = found else { return };
    let hint = date::survey(&example.text);
    evidence.has_certain |= hint == Some(DateHint::Iso);
    evidence.has_uncertain |= !matches!(hint, Some(DateHint::Iso | DateHint::Named));
    match hint {
        Some(DateHint::Only(DateOrder::Mdy)) => _ = evidence.first.get_or_insert(example),
        Some(DateHint::Only(_)) => _ = evidence.second.get_or_insert(example),
        Some(DateHint::Either) => _ = evidence.either.get_or_insert(example),
        Some(DateHint::Neither | DateHint::Iso | DateHint::Named) | None => {}
    }
}

/// Notes how an amount is written; gives it back if it names no single currency.
fn note_amount(layout: &FileLayout, row: &FileRow, evidence: &mut FirstExamples) -> Option<Example> {
    let example = example(layout, row, Field::PurchaseCost)?;
    let (hint, sign) = amount::survey(&example.text)?;
    match hint {
        amount::DecimalHint::Only(Decimal::Point) => {
            _ = evidence.first.get_or_insert_with(|| example.clone());
        }
        amount::DecimalHint::Only(Decimal::Comma) => {
            _ = evidence.second.get_or_insert_with(|| example.clone());
        }
        amount::DecimalHint::Either => _ = evidence.either.get_or_insert_with(|| example.clone()),
        amount::DecimalHint::Neither => {}
    }
    let is_named =
        matches!(sign, Sign::Certain(_)) || matches!(layout.cell(row, Field::Currency), Ok(Some(_)));
    (!is_named).then_some(example)
}

fn example(layout: &FileLayout, row: &FileRow, field: Field) -> Option<Example> {
    let cell = layout.cell(row, field).ok().flatten()?;
    Some(Example { row: row.number, column: cell.column.to_owned(), text: cell.text.to_owned() })
}

/// The order, if the column tells it and has any date for which it matters.
fn date_order(evidence: &FirstExamples) -> Option<DateOrder> {
    match (&evidence.first, &evidence.second, &evidence.either) {
        (Some(_), None, _) => Some(DateOrder::Mdy),
        (None, Some(_), _) => Some(DateOrder::Dmy),
        (None, None, None) => (evidence.has_certain && !evidence.has_uncertain).then_some(DateOrder::Iso),
        _ => None,
    }
}

fn ask_date_order(evidence: &FirstExamples) -> Option<String> {
    if let (Some(month_first), Some(day_first)) = (&evidence.first, &evidence.second) {
        let sentence = format!(
            "{} and {}, which are of different orders: say by --date-order which is right",
            month_first.shown(),
            day_first.shown()
        );
        return Some(sentence);
    }
    let example = evidence.either.as_ref()?;
    let read = |order| date::parse(&example.text, order).map(|day| day.to_string()).unwrap_or_default();
    Some(format!(
        "{}, which is {} with the month first and {} with the day first, and no row of the column decides: \
         say --date-order mdy or --date-order dmy",
        example.shown(),
        read(DateOrder::Mdy),
        read(DateOrder::Dmy)
    ))
}

fn decimal(evidence: &FirstExamples) -> Option<Decimal> {
    match (&evidence.first, &evidence.second, &evidence.either) {
        (Some(_), None, _) | (None, None, None) => Some(Decimal::Point),
        (None, Some(_), _) => Some(Decimal::Comma),
        _ => None,
    }
}

fn ask_decimal(evidence: &FirstExamples) -> Option<String> {
    if let (Some(point), Some(comma)) = (&evidence.first, &evidence.second) {
        let sentence = format!(
            "{} and {}, which are of different manners: say by --decimal which is right",
            point.shown(),
            comma.shown()
        );
        return Some(sentence);
    }
    let example = evidence.either.as_ref()?;
    Some(format!(
        "{}, which may be a thousand or a fraction, and no row of the column decides: say --decimal point or \
         --decimal comma",
        example.shown()
    ))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::import::table::Declared;

    fn survey_of(text: &str, declared: &DeclaredValues) -> (Conventions, Vec<String>) {
        let mut file = tempfile::NamedTempFile::new().expect("temporary file");
        file.write_all(text.as_bytes()).expect("written");
        let layout = FileLayout::of(file.path(), &Declared::default()).expect("layout");
        survey(&layout, declared, NaiveDate::default()).expect("survey")
    }

    #[test]
    fn one_row_that_decides_and_none_that_contradicts_settles_a_column() {
        let (found, questions) =
            survey_of("Asset Tag,Purchase Date\nA,3/1/23\nB,1/23/23\n", &DeclaredValues::default());
        assert_eq!(found.date_orders[&Field::PurchaseDate], DateOrder::Mdy);
        assert_eq!((found.rows, questions.len()), (2, 0));
    }

    #[test]
    fn a_column_that_reads_in_both_ways_is_asked_about_with_both_readings() {
        let (_, questions) = survey_of("Asset Tag,Purchase Date\nA,3/1/23\n", &DeclaredValues::default());
        assert!(questions[0].contains("2023-03-01") && questions[0].contains("2023-01-03"), "{questions:?}");
        let (_, questions) =
            survey_of("Asset Tag,Purchase Date\nA,13/1/23\nB,1/23/23\n", &DeclaredValues::default());
        assert!(questions[0].contains("different orders"), "{questions:?}");
    }

    #[test]
    fn a_column_whose_dates_tell_themselves_is_not_said_to_be_of_an_order() {
        let order = |cells: &[&str], declared: Option<DateOrder>| {
            let text = format!("Asset Tag,Purchase Date\nA,{}\n", cells.join("\nA,"));
            let declared = DeclaredValues { date_order: declared, ..DeclaredValues::default() };
            let (found, questions) = survey_of(&text, &declared);
            assert!(questions.is_empty(), "{questions:?}");
            found.date_orders.get(&Field::PurchaseDate).copied()
        };
        assert_eq!(order(&["2024-01-02", "2024-01-03 00:00:00", "0000-00-00"], None), Some(DateOrder::Iso));
        assert_eq!(order(&["2024-01-02"], Some(DateOrder::Mdy)), Some(DateOrder::Iso));
        assert_eq!(order(&["3 Apr 2024"], None), None);
        assert_eq!(order(&["2024-01-02", "1/23/24"], None), Some(DateOrder::Mdy));
        assert_eq!(order(&["2024-01-02", "1/2/24"], Some(DateOrder::Dmy)), Some(DateOrder::Dmy));
        assert_eq!(order(&[""], None), None);
    }

    #[test]
    fn each_column_is_judged_on_its_own() {
        let text = "Asset Tag,Purchase Date,EOL Date\nA,1/23/23,3/4/28\n";
        let (_, questions) = survey_of(text, &DeclaredValues::default());
        assert_eq!(questions.len(), 1);
        assert!(questions[0].contains("EOL Date"), "{questions:?}");
        let declared = DeclaredValues { date_order: Some(DateOrder::Dmy), ..DeclaredValues::default() };
        assert!(survey_of(text, &declared).1.is_empty());
    }

    #[test]
    fn an_undecided_decimal_sign_and_an_unnamed_currency_are_asked_for() {
        let text = "Asset Tag,Purchase Cost\nA,\"1,234\"\n";
        let (_, questions) = survey_of(text, &DeclaredValues::default());
        assert_eq!(questions.len(), 2);
        assert!(questions[0].contains("--decimal") && questions[1].contains("--currency"), "{questions:?}");
        let (found, questions) =
            survey_of("Asset Tag,Purchase Cost\nA,\"€1.234\"\nB,\"€1234,56\"\n", &DeclaredValues::default());
        assert_eq!((found.decimal, questions.len()), (Decimal::Comma, 0));
        let (_, questions) = survey_of("Asset Tag,Cost\nA,$9.99\n", &DeclaredValues::default());
        assert!(questions[0].contains("--currency"), "{questions:?}");
    }

    #[test]
    fn a_status_that_nobody_has_explained_is_asked_for_once_with_what_it_may_mean() {
        let text = "Asset Tag,Status\nA,Ready to Deploy\nB,Deleted\nC,Deleted\n";
        let (_, questions) = survey_of(text, &DeclaredValues::default());
        assert_eq!(questions.len(), 1);
        assert!(questions[0].contains("row 3 of Status says \"Deleted\""), "{questions:?}");
        assert!(
            questions[0].contains("--status \"Deleted=…\"") && questions[0].contains("retired"),
            "{questions:?}"
        );
        let statuses = vec!["Deleted=retired".parse().expect("declared")];
        assert!(survey_of(text, &DeclaredValues { statuses, ..DeclaredValues::default() }).1.is_empty());
    }
}
