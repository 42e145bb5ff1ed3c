//! How files are read: no row is lost, and what spreadsheets did to cells is undone or said.

use super::{Fake, Folder, counts, day_at, job, run};

#[tokio::test]
async fn every_row_of_a_file_is_in_or_rejected_and_the_summary_says_how_many_there_are() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let text = "Asset Tag,Model,Notes\nA-1,M,\"24 inch\nA-2,M,x\nA-3,M,\"24 inch\nA-4,M,\"x, y\"\n\nA-5,M,x,more\n\
                A-6,M,\"one\ntwo\"\nA-7,M\n";
    let path = folder.write("assets.csv", text);
    let mut job = job(&[&path]);
    job.rejects = Some(folder.path("rejects.csv"));
    let summary = run(&fake, &job).await.expect("imported");
    let file = &summary.files[0];
    assert_eq!((file.rows, file.rows_in_file), (counts(3, 0, 0, 4), 7), "{:?}", file.rejections);
    let places: Vec<(u64, u64, &str)> =
        file.rejections.iter().map(|one| (one.row, one.line, one.flaw.column.as_str())).collect();
    assert_eq!(places, [(2, 2, "Notes"), (4, 4, "Notes"), (7, 7, ""), (9, 10, "")]);
    assert_eq!(file.rejections[0].flaw.value, "\"24 inch");
    for (row, part) in
        [(0, "line 2, character 7"), (1, "line 4, character 7"), (2, "4 cells"), (3, "2 cells")]
    {
        assert!(file.rejections[row].flaw.reason.contains(part), "{:?}", file.rejections[row]);
    }
    assert_eq!(fake.asset("A-6").expect("an asset").facts.notes.expect("notes").to_string(), "one\ntwo");

    // The rejected rows keep their columns, and can be imported once they are set right.
    let rejects = std::fs::read_to_string(folder.path("rejects.csv")).expect("rejects");
    let lines: Vec<&str> = rejects.lines().collect();
    assert!(lines[1].starts_with("A-1,M,\"\"\"24 inch\",2,Notes,"), "{rejects}");
    assert!(lines[3].starts_with("A-5,M,x,7,,,") && lines[3].ends_with(",more"), "{rejects}");
    let path = folder.write("again.csv", rejects.replace("\"\"\"24 inch\"", "24 inch"));
    let summary = run(&fake, &super::job(&[&path])).await.expect("imported");
    assert_eq!(summary.rows, counts(3, 0, 0, 1), "{:?}", summary.files[0].rejections);
}

#[tokio::test]
async fn what_a_spreadsheet_spoilt_costs_the_cell_and_not_the_row_unless_the_row_needs_it() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let text = "sep=;\nAsset Tag;Model;Model Number;Serial;Order Number\n\
                \"=\"\"00123\"\"\";M;6.38E+15;'00456;#REF!\n\
                '00124;M;6.39E+15;#N/A;1\n\
                #VALUE!;M;1;;1\n\
                A-4;M;1;6.38E+15;1\n";
    let path = folder.write("assets.csv", text);
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    let file = &summary.files[0];
    assert_eq!(file.rows, counts(2, 0, 0, 2), "{:?}", file.rejections);
    let asset = fake.asset("00123").expect("an asset");
    assert_eq!(asset.facts.serial.expect("a serial").to_string(), "00456");
    assert_eq!(asset.facts.order_number, None);
    assert_eq!(fake.asset("00124").expect("an asset").facts.serial, None);
    let found: Vec<(&str, &str)> =
        file.rejections.iter().map(|one| (one.flaw.column.as_str(), one.flaw.value.as_str())).collect();
    assert_eq!(found, [("Asset Tag", "#VALUE!"), ("Serial", "6.38E+15")]);
    let note = |part: &str| file.notes.iter().find(|note| note.contains(part)).cloned().unwrap_or_default();
    let model = note("lost digits");
    assert!(model.starts_with("2 cells of \"Model Number\"") && model.contains("row 2"), "{:?}", file.notes);
    assert!(model.contains("--skip-column \"Model Number\""), "{model}");
    assert!(note("#REF!").starts_with("1 cells of \"Order Number\""), "{:?}", file.notes);
    assert!(note("#N/A").starts_with("1 cells of \"Serial\""), "{:?}", file.notes);
}

#[tokio::test]
async fn a_declared_encoding_is_for_the_files_that_need_it() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let old = folder.write("old.csv", b"Asset Tag,Model,Name\nA-1,M,Jos\xe9\n");
    let new = folder.write("new.csv", "Asset Tag,Model,Name\nA-2,M,Jos\u{e9}\n");
    let mut job = job(&[&old, &new]);
    job.declared.encoding = Some(encoding_rs::WINDOWS_1252);
    let summary = run(&fake, &job).await.expect("imported");
    assert_eq!(summary.rows, counts(2, 0, 0, 0), "{:?}", summary.files);
    let encodings: Vec<&str> = summary.files.iter().map(|file| file.encoding).collect();
    assert_eq!(encodings, ["windows-1252", "UTF-8"]);
    for tag in ["A-1", "A-2"] {
        assert_eq!(fake.asset(tag).expect("an asset").facts.name.expect("a name").to_string(), "Jos\u{e9}");
    }
}

#[tokio::test]
async fn dates_and_spans_are_right_or_the_row_is_rejected_in_plain_words() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let text = "Asset Tag,Model,Purchase Date,Warranty,Warranty Expires,Quantity\n\
                A-1,M,2024-01-31,3 years,,1\nA-2,M,2024-01-31,90 days,,1 pc\nA-3,M,2024-01-31,3 quarters,,\n\
                A-4,M,0023-01-31,,,\nA-5,M,2206-01-31,,,\nA-6,M,2024-02-30,,,\nA-7,M,2027-01-16,,,\n\
                A-8,M,,36,,\nA-9,M,2024-01-31,36,2026-12-31,\nA-10,M,,,,3\n";
    let path = folder.write("assets.csv", text);
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    let file = &summary.files[0];
    assert_eq!(file.rows, counts(4, 0, 0, 6), "{:?}", file.rejections);
    let until =
        |tag: &str| fake.asset(tag).expect("an asset").facts.warranty_until.map(|day| day.to_string());
    assert_eq!(until("A-1").as_deref(), Some("2027-01-31"));
    assert_eq!(until("A-2").as_deref(), Some("2024-04-30"));
    assert_eq!(until("A-8"), None);
    assert_eq!(until("A-9").as_deref(), Some("2026-12-31"));
    assert!(
        file.notes.iter().any(|note| note.contains("row 9: the warranty is left out")),
        "{:?}",
        file.notes
    );
    let reasons: Vec<&str> = file.rejections.iter().map(|one| one.flaw.reason.as_str()).collect();
    for (reason, part) in reasons.iter().zip([
        "\"quarters\" is no unit",
        "the year 0023 is not believed",
        "the year 2206 is not believed",
        "is no day of the calendar",
        "the day lies in the future: today is 2026-01-15",
        "each piece is a row of its own",
    ]) {
        assert!(reason.contains(part), "{reasons:?}");
    }
    assert_eq!(file.date_orders["Purchase Date"].as_str(), "iso");
}

#[tokio::test]
async fn a_day_that_is_today_where_the_file_was_written_means_now() {
    let now = "2026-01-15T20:00:00Z";
    let (folder, fake) = (Folder::new(), Fake::new());
    fake.now.set(now.parse().expect("instant"));
    let file = |day: &str| {
        format!(
            "Asset Tag,Model,Item Name,Purchase Date,Username,Checkout Date\nA-1,M,x,2026-01-16,bo,{day}\n"
        )
    };
    let path = folder.write("assets.csv", file("2026-01-16"));
    // In UTC the file is of tomorrow.
    let refused = run(&fake, &job(&[&path])).await.expect("imported");
    let reason = format!("{:?}", refused.files[0].rejections);
    assert!(reason.contains("the day lies in the future: today is 2026-01-15"), "{reason}");

    let mut here = job(&[&path]);
    here.day = day_at(now, "Asia/Tokyo");
    let summary = run(&fake, &here).await.expect("imported");
    assert_eq!(summary.rows, counts(1, 0, 0, 0), "{:?}", summary.files);
    assert_eq!((summary.today.to_string().as_str(), summary.time_zone), ("2026-01-16", "Asia/Tokyo"));
    assert_eq!(fake.sent("deploy-asset")[0].get("effective_time"), None);
    let again = run(&fake, &here).await.expect("imported");
    assert_eq!((again.rows, again.events), (counts(0, 0, 1, 0), 0));
    // What holds from the day of the import on does not begin tomorrow.
    folder.write("assets.csv", file("2026-01-16").replace(",x,", ",y,"));
    let moved = run(&fake, &here).await.expect("imported");
    assert_eq!(moved.rows, counts(0, 1, 0, 0), "{:?}", moved.files);
    assert_eq!(fake.sent("correct-asset")[0]["effective_time"], "2026-01-15T00:00:00Z");
}
