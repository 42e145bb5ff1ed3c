//! The data directory is its owner's alone, and only services make one.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

use itam_tests::run_itam;

use crate::installation::Installation;
use crate::organization::Organization;
use crate::tokens::NOBODY;

/// Runs `itam up` where it cannot start, and gives back what it says.
async fn refused(data: &Path) -> String {
    let data = data.to_str().expect("a path");
    let output = run_itam(&["up", "--data", data, "--listen", "127.0.0.1:0"], &[]).await;
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[tokio::test]
async fn everything_that_a_service_makes_is_for_its_owner_alone() {
    let mut itam = Installation::embedded().await;
    Organization::define(&itam.commands).await;
    assert!(itam.up().stop().await.success());
    let mut folders = vec![itam.folder().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let about = fs::symlink_metadata(&path).expect("there");
            let wanted = if about.is_dir() { 0o700 } else { 0o600 };
            assert_eq!(about.permissions().mode() & 0o777, wanted, "{}", path.display());
            assert!(!path.to_string_lossy().ends_with(".unfinished"), "{} is left", path.display());
            if about.is_dir() {
                folders.push(path);
            } else {
                files += 1;
            }
        }
    }
    assert!(files > 6, "only {files} files were looked at");
}

#[tokio::test]
async fn a_data_directory_that_others_may_write_is_refused_with_the_way_out() {
    let dir = tempfile::tempdir().expect("a directory");
    for mode in [0o770, 0o702, 0o1777] {
        fs::set_permissions(dir.path(), Permissions::from_mode(mode)).expect("a mode");
        let said = refused(dir.path()).await;
        assert!(said.contains("chmod go-w"), "{said}");
        assert_eq!(fs::read_dir(dir.path()).expect("a directory").count(), 0, "something was written");
    }
    let within = dir.path().join("data");
    fs::set_permissions(dir.path(), Permissions::from_mode(0o777)).expect("a mode");
    let said = refused(&within).await;
    assert!(said.contains("chmod o-w"), "{said}");
}

#[tokio::test]
async fn who_names_a_place_that_is_none_is_told_so_and_nothing_is_made_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let (empty, absent) = (folder.path().join("empty"), folder.path().join("absent"));
    fs::create_dir(&empty).expect("a folder");
    let backup = folder.path().join("a.backup");
    for action in [
        &["token", "list"] as &[&str],
        &["token", "revoke", NOBODY],
        &["token", "create", "--name", "x", "--role", "auditor"],
        &["token", "create", "--name", "x", "--role", "auditor", "--person", NOBODY],
        &["rebuild"],
        &["rebuild", "--only", "tco"],
        &["backup", "--into", backup.to_str().expect("text")],
    ] {
        for place in [&empty, &absent] {
            let data = place.to_str().expect("text");
            let refused = run_itam(&[action, &["--data", data]].concat(), &[]).await;
            let said = String::from_utf8(refused.stderr).expect("text");
            assert!(
                !refused.status.success() && said.contains("no data directory of itam"),
                "{action:?}: {said}"
            );
        }
        assert!(!absent.exists(), "{action:?} made a folder");
        assert_eq!(fs::read_dir(&empty).expect("a folder").count(), 0, "{action:?} made something");
    }
}

#[tokio::test]
async fn a_link_at_a_name_that_a_service_writes_is_not_followed() {
    let dir = tempfile::tempdir().expect("a directory");
    let victim = dir.path().join("victim");
    let data = dir.path().join("data");
    for name in [
        "itam.json",
        "log.redb",
        "vault.redb",
        "tokens.json",
        "admin.token",
        "merkle.redb",
        "checkpoints.redb",
        "keys",
        "read-model",
        "security-journal",
        "parked-releases.ndjson",
        "demo.json",
    ] {
        fs::create_dir(&data).expect("made");
        fs::set_permissions(&data, Permissions::from_mode(0o700)).expect("a mode");
        fs::write(&victim, "mine").expect("written");
        symlink(&victim, data.join(name)).expect("linked");
        let said = refused(&data).await;
        assert!(said.contains(name) && said.contains("symbolic link"), "{name}: {said}");
        assert_eq!(fs::read_to_string(&victim).expect("there"), "mine", "{name} was followed");
        fs::remove_dir_all(&data).expect("removed");
    }
}

#[tokio::test]
async fn root_that_works_in_a_service_users_directory_leaves_it_that_users() {
    let dir = tempfile::tempdir().expect("a directory");
    if fs::metadata(dir.path()).expect("there").uid() != 0 {
        // Only the superuser can give a directory away; another user is refused by its owner's number.
        return;
    }
    let (data, user) = (dir.path().join("data"), 54_321);
    fs::create_dir(&data).expect("made");
    fs::set_permissions(&data, Permissions::from_mode(0o700)).expect("a mode");
    let label = data.join("itam.json");
    fs::write(&label, "{\"format\":1,\"tenant\":\"main\"}").expect("a directory that was used");
    for path in [&data, &label] {
        chown(path, Some(user), Some(user)).expect("given away");
    }
    let place = data.to_str().expect("a path");
    let output =
        run_itam(&["token", "create", "--data", place, "--role", "auditor", "--name", "A"], &[]).await;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let mut files = 0;
    for entry in fs::read_dir(&data).expect("a directory") {
        let path = entry.expect("an entry").path();
        assert_eq!(fs::metadata(&path).expect("there").uid(), user, "{}", path.display());
        files += 1;
    }
    assert!(files > 1, "only {files} files were made");
}
