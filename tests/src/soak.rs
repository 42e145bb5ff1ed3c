//! The soak: one fault after the other, with a new seed each time, for as long as asked.

use std::any::Any;
use std::fmt::Write as _;
use std::fs;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::FutureExt as _;

use crate::dice::Dice;
use crate::faults::Fault;
use crate::scratch;
use crate::trial::{RECOVERY_PROMISED, Report};
use crate::verdict::Defect;

/// What a soak does.
#[derive(Clone, Debug)]
pub struct Soak {
    /// How long it goes on. The first round is finished in any case, and so is the trial that runs.
    pub duration: Duration,
    /// What all its decisions come from.
    pub seed: u64,
    /// How many times as many faults a trial injects as the short one.
    pub factor: u64,
    /// Only faults whose name contains this.
    pub only: String,
    /// Where everything is left that a trial with findings has written; nowhere if there is none.
    pub keep: Option<PathBuf>,
}

impl Soak {
    /// Runs it, and gives the reports by fault. Says on standard error what it is doing, and with
    /// which seed a trial can be run again.
    pub async fn run(&self) -> Vec<(Fault, Report)> {
        let faults = Fault::ALL.iter().filter(|fault| fault.name.contains(&self.only));
        let mut reports: Vec<(Fault, Report)> = faults.map(|fault| (*fault, Report::default())).collect();
        let begun = Instant::now();
        let mut round = 0;
        while (round == 0 || begun.elapsed() < self.duration) && !reports.is_empty() {
            for (fault, total) in &mut reports {
                if round > 0 && begun.elapsed() >= self.duration {
                    break;
                }
                let seed =
                    if round == 0 { self.seed } else { Dice::of(self.seed, "round", &[round]).throw() };
                let report = self.try_out(*fault, seed).await;
                eprintln!("{} (seed {seed}): {}", fault.name, report.verdict);
                total.add(report);
            }
            round += 1;
        }
        reports
    }

    /// One trial. One that ends early is a finding, and the soak goes on.
    async fn try_out(&self, fault: Fault, seed: u64) -> Report {
        let folder =
            self.keep.as_ref().map(|keep| keep.join(format!("{}-{seed}", fault.name.replace(' ', "-"))));
        if let Some(folder) = &folder {
            fs::create_dir_all(folder).expect("the folder for evidence can be made");
        }
        scratch::keep_under(folder.clone());
        let running = AssertUnwindSafe(fault.run(seed, fault.times * self.factor)).catch_unwind();
        let mut report = running.await.unwrap_or_else(|panic| {
            let mut report = Report { injected: 1, ..Report::default() };
            report.verdict.find(Defect::Stuck, message_of(panic.as_ref()));
            report
        });
        if report.longest_recovery > RECOVERY_PROMISED {
            let what = format!("it took {:?} to recover", report.longest_recovery);
            report.verdict.find(Defect::Stuck, what);
        }
        scratch::keep_under(None);
        if let Some(folder) = folder.filter(|_| report.verdict.findings.is_empty()) {
            fs::remove_dir_all(folder).expect("what proves nothing can be removed");
        }
        report
    }
}

fn message_of(panic: &(dyn Any + Send)) -> String {
    let literal = panic.downcast_ref::<&str>().map(ToString::to_string);
    let message = literal.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    message.lines().next().unwrap_or("it panicked").to_owned()
}

/// The result table, in Markdown.
#[must_use]
pub fn table(reports: &[(Fault, Report)]) -> String {
    let mut text = String::from(
        "| fault | injected | attempted | acknowledged | unknown | recovered | lost | duplicated | torn | other | \
         longest recovery |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    let mut total = Report::default();
    for (fault, report) in reports.iter().filter(|(_, report)| report.injected > 0) {
        write_row(&mut text, fault.name, report);
        total.add(report.clone());
    }
    write_row(&mut text, "**all**", &total);
    text
}

fn write_row(text: &mut String, name: &str, report: &Report) {
    let Report { injected, longest_recovery, verdict } = report;
    let (lost, doubled, torn) =
        (verdict.count(Defect::Lost), verdict.count(Defect::Duplicated), verdict.count(Defect::Torn));
    let other = verdict.findings.len() as u64 - lost - doubled - torn;
    let _ = writeln!(
        text,
        "| {name} | {injected} | {} | {} | {} | {} | {lost} | {doubled} | {torn} | {other} | {:.1} s |",
        verdict.attempted,
        verdict.acknowledged,
        verdict.unknown,
        verdict.recovered,
        longest_recovery.as_secs_f64()
    );
}
