//! Catching up, following, waiting, stopping, building anew.

use std::sync::Arc;
use std::time::Duration;

use itam_event_log::{LogError, LogReader};
use itam_projector::{Phase, ProjectorError, ProjectorStatus, RebuildReport, RebuildScope};
use itam_read_model::{AssetQuery, Projection, ReadModelError, SummaryFilters};

use crate::support::{Running, asset, log_of, options, registration, subject, tenant, verification};

fn assets(running: &Running) -> u64 {
    let snapshot = running.model.snapshot().expect("snapshot");
    snapshot.now().summary(&SummaryFilters::default()).expect("summary").assets
}

#[tokio::test]
async fn it_catches_up_and_then_follows() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(50);
    let running = Running::start(log.clone(), dir.path());
    running
        .until("50 are applied", |status| status.phase == Phase::Following && status.progress.applied == 50)
        .await;
    assert_eq!(assets(&running), 50);
    log.append(&subject(51), registration(51));
    let status = running.until("51 are applied", |status| status.progress.applied == 51).await;
    assert_eq!((status.progress.lag(), status.parked), (0, 0));
    assert!(
        running.model.snapshot().expect("snapshot").now().asset_by_tag("LT-0051").expect("read").is_some()
    );
    running.stop().await;
}

#[tokio::test]
async fn it_has_not_caught_up_before_what_was_there_is_applied() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(50);
    log.set_away(true);
    let running = Running::start(log.clone(), dir.path());
    let away = running.until("it waits for the log", |status| status.phase == Phase::LogUnavailable).await;
    assert!(!away.has_caught_up);
    log.set_slow(true);
    log.set_away(false);
    let behind = running.until("it knows where the log ends", |status| status.progress.head == 50).await;
    assert_eq!((behind.phase, behind.has_caught_up), (Phase::CatchingUp, false));
    log.set_slow(false);
    let caught_up = running.until("it has caught up", |status| status.has_caught_up).await;
    assert_eq!((caught_up.phase, caught_up.progress.applied), (Phase::Following, 50));
    log.set_away(true);
    let away = running.until("it waits for the log", |status| status.phase == Phase::LogUnavailable).await;
    assert!(away.has_caught_up, "readers go on with what is applied");
    running.stop().await;
}

#[tokio::test]
async fn it_goes_on_from_its_checkpoint_when_it_is_started_again() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(30);
    for round in 1..4 {
        let running = Running::start(log.clone(), dir.path());
        let applied = 29 + round;
        running
            .until("all is applied", |status| {
                status.progress.applied == applied && status.progress.lag() == 0
            })
            .await;
        running.stop().await;
        log.append(&subject(1), verification(1, round + 1));
    }
    let running = Running::start(log.clone(), dir.path());
    running.until("all is applied", |status| status.progress.applied == 33).await;
    let record =
        running.model.snapshot().expect("snapshot").now().asset(asset(1)).expect("read").expect("known");
    assert_eq!(record.version, 4);
    running.stop().await;
}

#[tokio::test]
async fn keys_are_counted_and_what_cannot_be_read_is_parked_and_stops_nothing() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(1);
    log.append(&tenant().key_subject("tag", "lt-0001"), b"{}".to_vec());
    let unknown = String::from_utf8(registration(2)).expect("text");
    log.append(&subject(2), unknown.replace("asset.registered", "asset.teleported").into_bytes());
    log.append(&subject(3), b"not even JSON".to_vec());
    log.append(&subject(4), registration(5));
    log.append(&subject(6), registration(6));
    let running = Running::start(log, dir.path());
    let status = running.until("all is applied", |status| status.progress.applied == 6).await;
    assert_eq!((status.parked, assets(&running)), (3, 2));
    let parked = running.model.snapshot().expect("snapshot").parked(0, 10).expect("parked");
    let types: Vec<_> =
        parked.iter().map(|(position, parked)| (*position, parked.event_type.as_str())).collect();
    assert_eq!(types, [(3, "asset.teleported"), (4, "unknown"), (5, "asset.registered")]);
    running.stop().await;
}

#[tokio::test]
async fn while_the_log_is_away_readers_go_on_and_it_resumes_by_itself() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(3);
    let running = Running::start(log.clone(), dir.path());
    running.until("it follows", |status| status.progress.applied == 3).await;
    log.set_away(true);
    let status = running.until("it says so", |status| status.phase == Phase::LogUnavailable).await;
    assert!(status.trouble.expect("trouble").contains("away"));
    assert_eq!(assets(&running), 3);
    log.append(&subject(4), registration(4));
    log.set_away(false);
    running
        .until("it resumed", |status| status.phase == Phase::Following && status.progress.applied == 4)
        .await;
    running.stop().await;
}

#[tokio::test]
async fn a_right_that_was_taken_away_is_named_and_waited_for() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(3);
    let running = Running::start(log.clone(), dir.path());
    running.until("it follows", |status| status.progress.applied == 3).await;
    log.set_closed(true);
    let status = running.until("it says so", |status| status.phase == Phase::LogUnavailable).await;
    let trouble = status.trouble.expect("trouble");
    assert!(trouble.contains("not permitted: user \"itam-reader\""), "{trouble}");
    log.append(&subject(4), registration(4));
    log.set_closed(false);
    running
        .until("it resumed", |status| status.phase == Phase::Following && status.progress.applied == 4)
        .await;
    running.stop().await;
}

#[tokio::test]
async fn a_log_that_is_away_at_the_start_is_waited_for() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(3);
    let running = Running::start(log.clone(), dir.path());
    running.until("it follows", |status| status.progress.applied == 3).await;
    running.stop().await;
    log.set_away(true);
    let running = Running::start(log.clone(), dir.path());
    running.until("it waits", |status| status.phase == Phase::LogUnavailable).await;
    log.set_away(false);
    running.until("it follows", |status| status.phase == Phase::Following).await;
    running.stop().await;
}

#[tokio::test]
async fn a_rewritten_history_stops_it() {
    for rewrite in [
        |log: &crate::fake_log::FakeLog| log.truncate(4),
        |log: &crate::fake_log::FakeLog| log.rewrite(5, registration(99)),
    ] {
        let dir = tempfile::tempdir().expect("temp dir");
        let log = log_of(5);
        let running = Running::start(log.clone(), dir.path());
        running.until("all is applied", |status| status.progress.applied == 5).await;
        running.stop().await;
        rewrite(&log);
        let running = Running::start(log, dir.path());
        let handle = running.handle.clone();
        let ended = running.ended().await;
        assert!(matches!(ended, Err(ProjectorError::HistoryRewritten { position: 5, .. })), "{ended:?}");
        assert_eq!(handle.status().phase, Phase::Stopped);
        assert!(handle.status().trouble.expect("trouble").contains("rewritten"));
    }
}

#[tokio::test]
async fn a_history_that_is_rewritten_while_the_log_is_away_stops_it() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(5);
    let running = Running::start(log.clone(), dir.path());
    running.until("all is applied", |status| status.progress.applied == 5).await;
    log.set_away(true);
    running.until("it waits", |status| status.phase == Phase::LogUnavailable).await;
    log.rewrite(5, registration(99));
    log.set_away(false);
    assert!(matches!(running.ended().await, Err(ProjectorError::HistoryRewritten { position: 5, .. })));
}

#[tokio::test]
async fn a_gap_is_never_stepped_over() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(5);
    log.lose(3);
    let ended = Running::start(log, dir.path()).ended().await;
    assert!(
        matches!(ended, Err(ProjectorError::ReadModel(ReadModelError::Gap { expected: 3, found: 4 }))),
        "{ended:?}"
    );
}

#[tokio::test]
async fn a_rebuild_serves_throughout_keeps_following_and_gives_the_same_file() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(100);
    let running = Running::start(log.clone(), dir.path());
    running.until("all is applied", |status| status.progress.applied == 100).await;
    let handle = running.handle.clone();
    let rebuild = tokio::spawn(async move { handle.rebuild(RebuildScope::Everything).await });
    let (mut number, mut last) = (100, 100);
    while !rebuild.is_finished() {
        if number < 300 {
            number += 1;
            log.append(&subject(number), registration(number));
        }
        let snapshot = running.model.snapshot().expect("served");
        assert!(snapshot.applied().position >= last, "the position went back");
        last = snapshot.applied().position;
        assert!(!snapshot.now().list(&AssetQuery::default(), None, 5).expect("served").items.is_empty());
        tokio::task::yield_now().await;
    }
    let report = rebuild.await.expect("task").expect("rebuild");
    assert_eq!(
        sameness(&report),
        [("inventory", Some(true)), ("compliance", Some(true)), ("tco", Some(true))]
    );
    let all = u64::from(number);
    running
        .until("all is applied", |status| status.progress.applied == all && status.rebuild.is_none())
        .await;
    assert_eq!(assets(&running), all);
    running.stop().await;
}

#[tokio::test]
async fn a_rebuild_that_fails_is_answered_with_the_reason_and_following_goes_on() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(10);
    let running = Running::start(log.clone(), dir.path());
    running.until("all is applied", |status| status.progress.applied == 10).await;
    log.lose(3);
    let failed = running.handle.rebuild(RebuildScope::Everything).await.expect_err("a gap");
    assert!(matches!(failed, ProjectorError::ReadModel(ReadModelError::Gap { found: 4, .. })), "{failed}");
    assert_eq!(running.handle.status().rebuild, None);
    log.append(&subject(11), registration(11));
    running.until("it follows", |status| status.progress.applied == 11).await;
    assert_eq!(assets(&running), 11);
    let files = std::fs::read_dir(dir.path()).expect("folder").count();
    assert_eq!(files, 6, "the unfinished files are gone");
    running.stop().await;
}

#[tokio::test]
async fn a_rebuild_without_a_projector_tells_how_far_it_got() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(100);
    let running = Running::start(log.clone(), dir.path());
    running.until("all is applied", |status| status.progress.applied == 100).await;
    let model = running.model.clone();
    running.stop().await;
    drop(model);
    let model =
        itam_read_model::ReadModel::in_process(dir.path(), itam_read_model::ReadModelOptions::default());
    let mut told = Vec::new();
    let tell = |progress| told.push(progress);
    let everything = RebuildScope::Everything;
    let report = itam_projector::rebuild(log, model, "main", everything, &options(), tell).await;
    let report = report.expect("rebuild");
    assert_eq!((report.applied, report.parked), (100, 0));
    assert!(sameness(&report).iter().all(|(_, is_same)| *is_same == Some(true)), "{report:?}");
    assert!(told.len() > 2 && told.is_sorted_by_key(|progress| progress.applied));
    assert_eq!(told.last().map(|progress| progress.lag()), Some(0));
}

#[tokio::test]
async fn a_log_that_says_it_is_damaged_stops_it() {
    struct Damaged;

    #[async_trait::async_trait]
    impl LogReader for Damaged {
        async fn load(
            &self,
            _: &itam_event_log::Subject,
        ) -> Result<Vec<itam_event_log::StoredMessage>, LogError> {
            Ok(Vec::new())
        }
        async fn load_latest(
            &self,
            _: &itam_event_log::Subject,
        ) -> Result<Vec<itam_event_log::StoredMessage>, LogError> {
            Ok(Vec::new())
        }
        async fn load_last(
            &self,
            _: &itam_event_log::Subject,
        ) -> Result<Option<itam_event_log::StoredMessage>, LogError> {
            Ok(None)
        }
        async fn read(
            &self,
            _: u64,
            _: std::num::NonZeroUsize,
        ) -> Result<itam_event_log::MessagePage, LogError> {
            Err(LogError::Corrupt("torn".to_owned()))
        }
        async fn tail(
            &self,
            from: u64,
            limit: std::num::NonZeroUsize,
            _: std::time::Duration,
        ) -> Result<itam_event_log::MessagePage, LogError> {
            self.read(from, limit).await
        }
        async fn head(&self) -> Result<u64, LogError> {
            Ok(0)
        }
    }

    let dir = tempfile::tempdir().expect("temp dir");
    let ended = Running::start(Arc::new(Damaged), dir.path()).ended().await;
    assert!(matches!(ended, Err(ProjectorError::Log(LogError::Corrupt(_)))), "{ended:?}");
}

#[tokio::test]
async fn a_file_that_is_spoiled_under_way_is_built_anew_without_a_restart() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(300);
    // What is in memory would hide the damage.
    let running = Running::start_with(log.clone(), dir.path(), 0);
    running.until("all is applied", |status| status.progress.applied == 300).await;
    let pointer = std::fs::read_to_string(dir.path().join("CURRENT")).expect("pointer");
    let path = dir.path().join(format!("inventory.{}.redb", pointer.trim()));
    let file = std::fs::OpenOptions::new().write(true).open(&path).expect("file");
    let length = file.metadata().expect("length").len();
    // All but the first page, which says where the others are.
    let garbage = vec![0xA5; usize::try_from(length - 4096).expect("a small file")];
    std::os::unix::fs::FileExt::write_all_at(&file, &garbage, 4096).expect("written");

    for number in 301..=320 {
        log.append(&subject(number), registration(number));
    }
    running
        .until("the read model is whole again", |status| {
            status.phase == Phase::Following && status.progress.applied == 320
        })
        .await;
    assert_eq!(assets(&running), 320);
    let now = std::fs::read_to_string(dir.path().join("CURRENT")).expect("pointer");
    assert_ne!(now, pointer, "the spoiled file is still read");
    running.stop().await;
}

fn sameness(report: &RebuildReport) -> Vec<(&'static str, Option<bool>)> {
    report.files.iter().map(|file| (file.name, file.is_same)).collect()
}

#[tokio::test]
async fn each_read_model_is_rebuilt_by_itself_while_the_others_answer() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(60);
    let running = Running::start(log.clone(), dir.path());
    running.until("all is applied", |status| status.progress.applied == 60).await;
    for (round, name) in (1..).zip(RebuildScope::names()) {
        let (handle, scope) = (running.handle.clone(), RebuildScope::only(name).expect("its name"));
        let rebuild = tokio::spawn(async move { handle.rebuild(scope).await });
        while !rebuild.is_finished() {
            running.model.snapshot().expect("served");
            for projection in Projection::ALL {
                let asked = running.model.projection_at(projection, 60, Duration::from_mins(1)).await;
                assert!(asked.expect("served").position() >= 60, "{name}");
            }
            tokio::task::yield_now().await;
        }
        let report = rebuild.await.expect("task").expect("rebuild");
        assert_eq!(sameness(&report), [(name, Some(true))]);
        log.append(&subject(60 + round), registration(60 + round));
        let all = u64::from(60 + round);
        running.until("it follows", |status| status.progress.applied == all).await;
        for projection in Projection::ALL {
            assert_eq!(running.model.projection(projection).expect("served").position(), all, "{name}");
        }
    }
    assert_eq!(RebuildScope::only("finance"), None);
    running.stop().await;
}

#[tokio::test]
async fn a_projection_that_is_lost_is_built_again_beside_everything_else() {
    let dir = tempfile::tempdir().expect("temp dir");
    let log = log_of(40);
    let running = Running::start(log.clone(), dir.path());
    running.until("all is applied", |status| status.progress.applied == 40).await;
    running.stop().await;
    std::fs::remove_file(dir.path().join("TCO")).expect("remove");
    let running = Running::start(log, dir.path());
    let all_follow = |status: &ProjectorStatus| {
        status.projections.len() == 2 && status.projections.iter().all(|projection| projection.is_following)
    };
    running.until("the projection follows again", all_follow).await;
    assert_eq!(running.model.projection(Projection::Tco).expect("served").position(), 40);
    running.stop().await;
}
