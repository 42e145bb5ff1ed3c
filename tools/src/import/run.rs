//! One import: all files are surveyed before anything is sent, then taken chunk by chunk.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use itam_service_kit::IdSource;

use super::error::ImportError;
use super::field::Field;
use super::import_day::ImportDay;
use super::master::{Directory, EntryIndex};
use super::master_kind::MasterKind;
use super::plan::{AssetWish, Plan, Planner, RowOutcome, SendingStage};
use super::reading::RowReading;
use super::register::{ApiAnswer, ApiRefusal, AssetView, Outgoing, PastEvent, RegisterApi};
use super::rejects::{self, Rejects};
use super::summary::{FileSummary, ImportSummary, Made, RowCounts};
use super::survey::{Conventions, DeclaredValues, survey};
use super::table::{Declared, FileLayout, FileRow, Flaw};

/// How many rows are held at a time.
const CHUNK: usize = 1_000;

/// What an import is asked to do.
pub(crate) struct Job {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) declared: Declared,
    pub(crate) values: DeclaredValues,
    pub(crate) dry_run: bool,
    /// Where rejected rows go, if anywhere.
    pub(crate) rejects: Option<PathBuf>,
    /// The day of the import.
    pub(crate) day: ImportDay,
}

/// A file that was surveyed.
struct Surveyed {
    layout: FileLayout,
    conventions: Conventions,
    rejects: Option<PathBuf>,
}

/// Imports the files.
pub(crate) async fn import<R: RegisterApi>(
    job: &Job,
    register: &R,
    ids: &dyn IdSource,
    progress: &ProgressBar,
) -> Result<ImportSummary, ImportError> {
    let files = survey_all(job)?;
    let head = register.head().await?;
    let mut directory = Directory::default();
    for kind in MasterKind::ALL {
        for row in register.masters(kind).await? {
            directory.enter(kind, &row);
        }
    }
    progress.set_length(files.iter().map(|file| file.conventions.rows).sum());
    progress.set_style(style());
    let mut import = Import {
        register,
        planner: Planner::new(directory, ids, job.day),
        summary: ImportSummary {
            dry_run: job.dry_run,
            today: job.day.local,
            time_zone: job.day.zone_name(),
            position: (!job.dry_run).then_some(head),
            ..ImportSummary::default()
        },
    };
    for file in files {
        import.file(file, progress).await?;
    }
    progress.finish_and_clear();
    Ok(import.summary)
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {per_sec}, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Surveys every file and asks everything that is to be asked at once.
fn survey_all(job: &Job) -> Result<Vec<Surveyed>, ImportError> {
    let paths = job.rejects.as_deref().map(|path| rejects::paths(path, &job.files));
    let mut files = Vec::new();
    let mut questions = Vec::new();
    for (index, path) in job.files.iter().enumerate() {
        let layout = FileLayout::of(path, &job.declared)?;
        let (conventions, asked) = survey(&layout, &job.values, job.day.local)?;
        questions.extend(layout.missing_column().into_iter().chain(asked));
        files.push(Surveyed {
            layout,
            conventions,
            rejects: paths.as_ref().and_then(|paths| paths.get(index)).cloned(),
        });
    }
    let headers = files.iter().flat_map(|file| &file.layout.headers);
    if let Some(header) = job.declared.renamed.unused(headers) {
        questions.push(format!("no file has a column {header:?}, which --map or --skip-column names"));
    }
    if !questions.is_empty() {
        return Err(ImportError::Questions(questions));
    }
    files.sort_by_key(|file| file.layout.kind);
    Ok(files)
}

struct Import<'a, R> {
    register: &'a R,
    planner: Planner<'a>,
    summary: ImportSummary,
}

impl<R: RegisterApi> Import<'_, R> {
    async fn file(&mut self, file: Surveyed, progress: &ProgressBar) -> Result<(), ImportError> {
        let mut summary = begin(&file);
        let mut rejects = Rejects::new(file.rejects.clone());
        let mut rows = file.layout.rows()?;
        loop {
            let chunk: Vec<FileRow> = rows.by_ref().take(CHUNK).collect::<Result<_, _>>()?;
            if chunk.is_empty() {
                break;
            }
            let count = chunk.len() as u64;
            for plan in self.chunk(&file, chunk).await? {
                match plan.flaw {
                    None => summary.accept(plan.row.number, plan.outcome, plan.changes),
                    Some(flaw) => {
                        rejects.write(&file.layout, &plan.row, &flaw)?;
                        summary.reject(&plan.row, flaw);
                    }
                }
            }
            progress.inc(count);
        }
        summary.notes.append(&mut self.planner.notes);
        summary.rejects_file = rejects.finish()?;
        let (expected, found) = (summary.rows_in_file, summary.rows.total());
        if expected != found {
            return Err(ImportError::Changed { path: file.layout.path.to_path_buf(), expected, found });
        }
        self.summary.add(summary);
        Ok(())
    }

    /// Plans, compares and sends the rows of a chunk. The plans come back with what came of them.
    async fn chunk(&mut self, file: &Surveyed, mut rows: Vec<FileRow>) -> Result<Vec<Plan>, ImportError> {
        let mut plans = Vec::new();
        // Each turn takes the first row at least.
        while !rows.is_empty() {
            let (now, later) = self.planner.labels.part(&file.layout, rows);
            let sent = self.rows(file, now).await?;
            for plan in sent.iter().filter(|plan| plan.flaw.is_none()) {
                self.planner.labels.enter(&file.layout, &plan.row);
            }
            plans.extend(sent);
            rows = later;
        }
        plans.sort_by_key(|plan| plan.row.number);
        Ok(plans)
    }

    /// Plans, compares and sends rows none of which is another's rival.
    async fn rows(&mut self, file: &Surveyed, rows: Vec<FileRow>) -> Result<Vec<Plan>, ImportError> {
        let reading = |row| RowReading { layout: &file.layout, conventions: &file.conventions, row };
        let mut plans: Vec<Plan> = rows.iter().map(|row| self.planner.plan(reading(row))).collect();
        self.settle(&file.layout, &mut plans).await?;
        let stages: Vec<SendingStage> = {
            let mut stages: Vec<SendingStage> =
                plans.iter().flat_map(|plan| &plan.steps).map(|step| step.stage).collect();
            stages.sort_unstable();
            stages.dedup();
            stages
        };
        for stage in stages {
            self.send(&file.layout, &mut plans, stage).await?;
        }
        self.planner.forget_pending();
        for plan in &mut plans {
            self.check_references(plan);
        }
        Ok(plans)
    }

    /// Compares what the rows wish for with the assets that there are.
    async fn settle(&self, layout: &FileLayout, plans: &mut [Plan]) -> Result<(), ImportError> {
        let wishing = plans.iter_mut().filter(|plan| plan.flaw.is_none());
        let wishing: Vec<(&mut Plan, AssetWish)> =
            wishing.filter_map(|plan| plan.wish.take().map(|wish| (plan, wish))).collect();
        let tags: Vec<String> = wishing.iter().map(|(_, wish)| wish.tag.clone()).collect();
        let assets = self.register.assets(&tags).await?;
        let needs_past = |((_, wish), asset): (&(_, AssetWish), &Option<AssetView>)| {
            let needs = asset.as_ref().is_some_and(|asset| wish.needs_past(asset));
            needs.then(|| wish.tag.clone())
        };
        let changing: Vec<String> = wishing.iter().zip(&assets).filter_map(needs_past).collect();
        let pasts = self.register.pasts(&changing).await?;
        let pasts: HashMap<String, Vec<PastEvent>> = changing.into_iter().zip(pasts).collect();
        for ((plan, wish), asset) in wishing.into_iter().zip(assets) {
            let past = pasts.get(&wish.tag).map_or(&[][..], Vec::as_slice);
            if let Err(refused) = wish.settle(&self.planner, plan, asset.as_ref(), past) {
                plan.flaw = Some(layout.pointed(&plan.row, refused.0).flaw(refused.1));
            }
        }
        Ok(())
    }

    /// Sends the commands of one stage, in the order of the rows.
    async fn send(
        &mut self,
        layout: &FileLayout,
        plans: &mut [Plan],
        stage: SendingStage,
    ) -> Result<(), ImportError> {
        let mut commands: Vec<Outgoing> = Vec::new();
        let mut origins: Vec<(usize, Option<(EntryIndex, RowOutcome)>)> = Vec::new();
        for (index, plan) in plans.iter_mut().enumerate() {
            self.check_references(plan);
            for step in plan.steps.iter().filter(|step| step.stage == stage) {
                // What a rejected row made for all rows to refer to is still made.
                if plan.flaw.is_none() || step.entry.is_some() {
                    commands.push(step.command.clone());
                    origins.push((index, step.entry));
                }
            }
        }
        if self.summary.dry_run {
            for (_, entry) in origins {
                self.count(entry);
            }
            return Ok(());
        }
        let answers = self.register.submit(&commands).await?;
        for (answer, (index, entry)) in answers.into_iter().zip(origins) {
            match answer {
                ApiAnswer::Done { events, position } => {
                    self.summary.events += events;
                    self.summary.position = self.summary.position.max(Some(position));
                    self.count(entry);
                }
                ApiAnswer::Refused(refusal) if refusal.says_already_so() => {}
                ApiAnswer::Refused(refusal) | ApiAnswer::TryAgain(refusal) => {
                    let Some((entry, _)) = entry else {
                        let refusal = self.in_words(refusal).await?;
                        plans[index].flaw = Some(flaw(layout, &plans[index].row, &refusal));
                        continue;
                    };
                    self.planner.directory.set_fault(entry, refusal.detail);
                }
            }
        }
        Ok(())
    }

    /// The refusal with the tag of the asset that holds what was asked for, in place of its id.
    async fn in_words(&self, mut refusal: ApiRefusal) -> Result<ApiRefusal, ImportError> {
        if let Some(holder) = &refusal.holder
            && let Some(tag) = self.register.tag_of(holder).await?
        {
            refusal.detail = refusal.detail.replace(holder.as_str(), &format!("the asset {tag}"));
        }
        Ok(refusal)
    }

    fn count(&mut self, entry: Option<(EntryIndex, RowOutcome)>) {
        let Some((entry, outcome)) = entry else { return };
        let kind = self.planner.directory.kind(entry);
        let made: &mut Made = self.summary.master_data.entry(kind).or_default();
        match outcome {
            RowOutcome::Created => made.created += 1,
            RowOutcome::Updated => made.changed += 1,
            RowOutcome::Unchanged => {}
        }
    }

    /// Rejects a row that refers to something that could not be made.
    fn check_references(&self, plan: &mut Plan) {
        let directory = &self.planner.directory;
        let fault = plan.rests_on.iter().find_map(|entry| Some((*entry, directory.fault(*entry)?)));
        let Some((entry, fault)) = fault else { return };
        let name = directory.field(entry, "name").and_then(serde_json::Value::as_str);
        plan.flaw.get_or_insert_with(|| Flaw {
            column: directory.kind(entry).noun().to_owned(),
            value: name.unwrap_or_default().to_owned(),
            reason: fault.to_owned(),
        });
    }
}

fn begin(file: &Surveyed) -> FileSummary {
    let (layout, conventions) = (&file.layout, &file.conventions);
    let named = |(field, order): (&Field, &_)| Some((layout.header(*field)?.to_owned(), *order));
    let date_orders: BTreeMap<_, _> = conventions.date_orders.iter().filter_map(named).collect();
    FileSummary {
        file: layout.path.display().to_string(),
        kind: layout.kind,
        rows_in_file: conventions.rows,
        rows: RowCounts::default(),
        encoding: layout.encoding.name(),
        delimiter: char::from(layout.delimiter),
        date_orders,
        decimal: conventions.decimal,
        unread_columns: layout.unread(),
        proposals: layout.proposals(),
        notes: conventions.notes.clone(),
        updates: Vec::new(),
        rejections: Vec::new(),
        rejects_file: None,
    }
}

/// A refusal by the register, pointed at the cell that is to blame.
fn flaw(layout: &FileLayout, row: &FileRow, refusal: &ApiRefusal) -> Flaw {
    let reason = format!("{} ({})", refusal.detail, refusal.reason);
    match blamed(refusal) {
        Some(field) => layout.pointed(row, field).flaw(reason),
        None => Flaw { column: String::new(), value: String::new(), reason },
    }
}

fn blamed(refusal: &ApiRefusal) -> Option<Field> {
    match refusal.reason.as_str() {
        "tag-held" | "tag-placeholder" => return Some(Field::Tag),
        "serial-held" => return Some(Field::Serial),
        _ => {}
    }
    refusal.pointer.rsplit('/').find_map(|segment| {
        Some(match segment {
            "tag" | "asset" => Field::Tag,
            "serial" => Field::Serial,
            "name" => Field::Name,
            "costs" => Field::PurchaseCost,
            "model_id" => Field::Model,
            "location_id" => Field::Location,
            "vendor_id" => Field::Supplier,
            "department_id" => Field::Company,
            "project_id" => Field::Project,
            "order_number" => Field::OrderNumber,
            "notes" => Field::Notes,
            "acquired_on" => Field::PurchaseDate,
            "end_of_life_on" => Field::EndOfLifeDate,
            "effective_time" => Field::CheckoutDate,
            "person" => Field::Username,
            "custodian" | "location" => Field::CheckoutLocation,
            _ => return None,
        })
    })
}
