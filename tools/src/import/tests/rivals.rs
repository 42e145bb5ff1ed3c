//! Of two rows that want one tag or serial number the first one has it, and the other says which has it.

use serde_json::json;

use super::super::error::ImportError;
use super::{Fake, Folder, counts, job, run};

/// Rows and reasons of what was rejected.
fn rejected(summary: &super::ImportSummary) -> Vec<(u64, String)> {
    let rejections = &summary.files[0].rejections;
    rejections.iter().map(|one| (one.row, one.flaw.reason.clone())).collect()
}

#[tokio::test]
async fn the_first_row_of_the_file_has_the_label_and_the_others_say_which_that_is() {
    let text = "Asset Tag,Model,Manufacturer,Serial\nA-1,M,Ferrum,S-1\nA-2,M,Ferrum,s-1\nA-3,M,Kontor,S-1\n\
                a-1,M,Ferrum,S-2\nA-4,M,Ferrum,N/A\nA-5,M,Ferrum,n/a\nA-6,M,Ferrum,S-1\n";
    for is_dry in [true, false] {
        let (folder, fake) = (Folder::new(), Fake::new());
        let path = folder.write("assets.csv", text);
        let mut job = job(&[&path]);
        job.dry_run = is_dry;
        let summary = run(&fake, &job).await.expect("imported");
        assert_eq!(summary.rows, counts(4, 0, 0, 3), "{:?}", rejected(&summary));
        let rejected = rejected(&summary);
        assert_eq!(rejected.iter().map(|(row, _)| *row).collect::<Vec<_>>(), [3, 5, 8]);
        assert!(
            rejected[0].1.starts_with("row 2 of ")
                && rejected[0].1.ends_with("(tag A-1) has this serial number")
        );
        assert!(rejected[1].1.ends_with("(tag A-1) has this tag"), "{rejected:?}");
        assert!(rejected[2].1.ends_with("(tag A-1) has this serial number"), "{rejected:?}");
    }
}

#[tokio::test]
async fn a_row_that_is_rejected_holds_no_label() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let known = folder.write("known.csv", "Asset Tag,Model,Serial\nA-0,M,S-9\n");
    run(&fake, &job(&[&known])).await.expect("imported");
    let text =
        "Asset Tag,Model,Serial,Purchase Date\nA-1,M,S-9,\nA-1,M,S-1,2026-13-01\nA-1,M,S-1,\nA-2,M,S-1,\n";
    let assets = folder.write("assets.csv", text);
    let summary = run(&fake, &job(&[&assets])).await.expect("imported");
    let file = &summary.files[0];
    assert_eq!(file.rows, counts(1, 0, 0, 3), "{:?}", file.rejections);
    assert_eq!(file.rejections.iter().map(|one| one.row).collect::<Vec<_>>(), [2, 3, 5]);
    let reason = &file.rejections[2].flaw.reason;
    assert!(reason.starts_with("row 4 of ") && reason.contains("(tag A-1)"), "{reason}");
}

#[tokio::test]
async fn an_asset_of_the_register_that_holds_a_serial_number_is_named_by_its_tag() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let first = folder.write("assets.csv", "Asset Tag,Model,Serial\nA-1,M,S-1\n");
    run(&fake, &job(&[&first])).await.expect("imported");
    let path = folder.write("assets.csv", "Asset Tag,Model,Serial\nA-2,M,S-1\nA-3,M,S-1\n");
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(0, 0, 0, 2), "{:?}", rejected(&summary));
    for (_, reason) in rejected(&summary) {
        assert!(reason.contains("belongs to the asset A-1 already"), "{reason}");
    }
}

#[tokio::test]
async fn the_summary_names_the_position_from_which_all_of_it_can_be_read() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", "Asset Tag,Model\nA-1,M\nA-2,M\n");
    let mut dry = job(&[&path]);
    dry.dry_run = true;
    assert_eq!(run(&fake, &dry).await.expect("planned").position, None);
    for _ in 0..2 {
        let summary = run(&fake, &job(&[&path])).await.expect("imported");
        assert_eq!(summary.position, Some(fake.total_events() as u64));
        let mut text = Vec::new();
        summary.write_text(&mut text).expect("written");
        let text = String::from_utf8(text).expect("text");
        assert!(text.contains("from log position 3 on (min_position=3)"), "{text}");
        let mut bytes = Vec::new();
        summary.write_json(&mut bytes).expect("written");
        let value: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
        assert_eq!((&value["position"], &value["files"][0]["rows_in_file"]), (&json!(3), &json!(2)));
    }
}

#[tokio::test]
async fn a_missing_column_of_models_is_said_once() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", "Asset Tag,Name\nA-1,x\nA-2,y\n");
    let Err(ImportError::Questions(questions)) = run(&fake, &job(&[&path])).await else {
        panic!("a question")
    };
    assert_eq!(questions.len(), 1, "{questions:?}");
    assert!(questions[0].contains("--map \"HEADER=model\""), "{questions:?}");
}
