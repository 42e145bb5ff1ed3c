//! Columns that are not understood by themselves: proposed, kept as notes, or asked for.

use super::super::error::ImportError;
use super::super::renamed::RenamedHeaders;
use super::{Fake, Folder, counts, job, run};

fn renamed(maps: &[&str]) -> RenamedHeaders {
    let maps: Vec<String> = maps.iter().map(|map| (*map).to_owned()).collect();
    RenamedHeaders::new(&[], &maps, &[]).expect("mappings")
}

#[tokio::test]
async fn a_column_that_is_not_read_is_proposed_by_likeness_or_offered_as_notes() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", "Asset Tag,Model,Custodian,Color,Serail Number\nA-1,M,,red,\n");
    let summary = run(&fake, &job(&[&path])).await.expect("imported");
    let file = &summary.files[0];
    assert_eq!(
        file.proposals,
        [
            "\"Custodian\" is not read; did you mean --map \"Custodian=checked out to\"?",
            "\"Serail Number\" is not read; did you mean --map \"Serail Number=serial number\"?",
            "--map \"Color=notes\" keeps a column that is not read in the notes of the assets",
        ]
    );
    let mut text = Vec::new();
    summary.write_text(&mut text).expect("written");
    assert!(String::from_utf8(text).expect("text").contains("--map \"Custodian=checked out to\""));
}

#[tokio::test]
async fn columns_that_are_kept_as_notes_keep_their_headers() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let text = "Asset Tag,Model,Notes,Color,Size\nA-1,M,as new,red,\nA-2,M,,,L\nA-3,M,,,\n";
    let path = folder.write("assets.csv", text);
    let mut several = job(&[&path]);
    several.declared.renamed = renamed(&["Color=notes", "Size=notes"]);
    let summary = run(&fake, &several).await.expect("imported");
    assert_eq!(summary.rows, counts(3, 0, 0, 0), "{:?}", summary.files);
    let notes = |tag: &str| fake.asset(tag).expect("an asset").facts.notes.map(|notes| notes.to_string());
    assert_eq!(notes("A-1").as_deref(), Some("as new\nColor: red"));
    assert_eq!(notes("A-2").as_deref(), Some("Size: L"));
    assert_eq!(notes("A-3"), None);
    assert_eq!(run(&fake, &several).await.expect("imported").events, 0);

    let path = folder.write("one.csv", "Asset Tag,Model,Remark\nA-4,M,dusty\n");
    let mut one = job(&[&path]);
    one.declared.renamed = renamed(&["Remark=notes"]);
    run(&fake, &one).await.expect("imported");
    assert_eq!(notes("A-4").as_deref(), Some("dusty"));
}

#[tokio::test]
async fn what_is_missing_is_asked_for_with_the_column_that_may_say_it() {
    let (folder, fake) = (Folder::new(), Fake::new());
    let path = folder.write("assets.csv", "Inventory number,Product\nA-1,M\n");
    let Err(ImportError::Unrecognized { sentence, .. }) = run(&fake, &job(&[&path])).await else {
        panic!("a file of what?")
    };
    assert!(sentence.ends_with("; did you mean --map \"Inventory number=asset tag\"?"), "{sentence}");
    let mut tagged = job(&[&path]);
    tagged.declared.renamed = renamed(&["Inventory number=asset tag"]);
    let Err(ImportError::Questions(questions)) = run(&fake, &tagged).await else { panic!("a question") };
    assert!(questions[0].ends_with("say which one does by --map \"Product=model\""), "{questions:?}");
}
