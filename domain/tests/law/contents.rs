//! What is in an asset, and how it ends.

use itam_domain::ContentsChange;
use serde_json::json;

use crate::fixtures::{ASSET, OTHER, STORE, asset_id, laptop};
use crate::scene::{Scene, id, laws};

laws! {
    "deploy-asset" Accepted: whoever_puts_an_asset_into_another_writes_the_other_s_record;
    "deploy-asset" Refused: nothing_is_put_into_what_is_out_of_service_lost_or_not_there_yet;
    "retire-asset" Accepted: an_empty_container_is_retired_and_its_record_says_so,
        an_asset_whose_parts_were_taken_out_is_retired;
    "retire-asset" Refused: an_asset_with_others_in_it_is_not_retired_and_the_refusal_lists_them,
        a_long_list_of_what_stands_in_the_way_is_cut_and_counted;
    "void-asset" Refused: an_asset_with_others_in_it_is_not_voided;
    "write-off-asset" Refused: an_asset_with_others_in_it_is_not_written_off;
    "cancel-asset" Refused: a_delivered_asset_with_others_in_it_is_not_sent_back;
    "dispose-asset" Refused: an_asset_that_was_retired_with_others_in_it_before_is_not_disposed_of;
}

/// Asset LT-2 is in asset LT-1.
fn one_in_another(scene: &mut Scene) {
    scene.in_stock().other_in_stock();
    put_in(scene, OTHER);
}

fn put_in(scene: &mut Scene, part: u128) {
    let deployed = json!({"custodian": {"asset": asset_id()}, "acceptance": "not_required"});
    scene.given("asset", id(part), "asset.deployed", deployed);
}

fn whoever_puts_an_asset_into_another_writes_the_other_s_record(scene: &mut Scene) {
    scene.in_stock().other_in_stock();
    let outcome = scene.when("deploy-asset", json!({"asset": "LT-2", "custodian": {"asset": "LT-1"}}));
    let record = ContentsChange {
        container: itam_domain::AssetId(asset_id()),
        put_in: Some(itam_domain::AssetId(id(OTHER))),
    };
    assert_eq!(outcome.decision().contents, [record]);
}

fn nothing_is_put_into_what_is_out_of_service_lost_or_not_there_yet(scene: &mut Scene) {
    let ends: [fn(&mut Scene) -> &mut Scene; 6] =
        [Scene::retired, Scene::missing, Scene::on_order, Scene::disposed, Scene::voided, Scene::cancelled];
    for end in ends {
        let mut other = Scene::with_organization();
        end(&mut other).other_in_stock();
        let body = json!({"asset": "LT-2", "custodian": {"asset": asset_id()}});
        other.when("deploy-asset", body).refused("unknown-reference").at("/custodian/asset");
    }
    scene.retired().other_in_stock();
    let outcome = scene.when("deploy-asset", json!({"asset": "LT-2", "custodian": {"asset": "LT-1"}}));
    outcome.refused("unknown-reference");
}

fn an_empty_container_is_retired_and_its_record_says_so(scene: &mut Scene) {
    scene.in_stock();
    let outcome = scene.when("retire-asset", json!({"asset": "LT-1", "cause": "obsolete"}));
    let record = ContentsChange { container: itam_domain::AssetId(asset_id()), put_in: None };
    assert_eq!(outcome.decision().contents, [record]);
}

fn an_asset_whose_parts_were_taken_out_is_retired(scene: &mut Scene) {
    one_in_another(scene);
    scene.when("return-asset", json!({"asset": "LT-2"})).decision();
    scene.when("retire-asset", json!({"asset": "LT-1", "cause": "obsolete"})).decision();
}

fn an_asset_with_others_in_it_is_not_retired_and_the_refusal_lists_them(scene: &mut Scene) {
    one_in_another(scene);
    let outcome = scene.when("retire-asset", json!({"asset": "LT-1", "cause": "obsolete"}));
    let part = json!({"id": id(OTHER), "tag": "LT-2", "data_bearing": true, "sanitized": false});
    outcome.refused("not-empty").fact("contents", json!([part])).fact("contents_count", json!(1));
}

fn a_long_list_of_what_stands_in_the_way_is_cut_and_counted(scene: &mut Scene) {
    scene.in_stock();
    for n in 0..25 {
        let facts = laptop(json!({"tag": format!("PART-{n}")}));
        scene.given("asset", id(500 + n), "asset.registered", json!({"facts": facts}));
        put_in(scene, 500 + n);
    }
    let outcome = scene.when("retire-asset", json!({"asset": "LT-1", "cause": "obsolete"}));
    outcome.refused("not-empty").fact("contents_count", json!(25));
    assert_eq!(outcome.rejection().facts["contents"].as_array().map(Vec::len), Some(20));
}

fn an_asset_with_others_in_it_is_not_voided(scene: &mut Scene) {
    one_in_another(scene);
    scene.because("entered twice").when("void-asset", json!({"asset": "LT-1"})).refused("not-empty");
}

fn an_asset_with_others_in_it_is_not_written_off(scene: &mut Scene) {
    one_in_another(scene);
    scene.when("report-missing", json!({"asset": "LT-1", "loss": "stolen"})).decision();
    scene.because("given up").when("write-off-asset", json!({"asset": "LT-1"})).refused("not-empty");
    scene.when("report-missing", json!({"asset": "LT-2", "loss": "stolen"})).decision();
    scene.because("given up").when("write-off-asset", json!({"asset": "LT-1"})).decision();
}

fn a_delivered_asset_with_others_in_it_is_not_sent_back(scene: &mut Scene) {
    scene.received().other_in_stock();
    put_in(scene, OTHER);
    scene.when("cancel-asset", json!({"asset": id(ASSET)})).refused("not-empty");
}

/// As a build stored it that did not ask.
fn an_asset_that_was_retired_with_others_in_it_before_is_not_disposed_of(scene: &mut Scene) {
    one_in_another(scene);
    scene
        .asset("asset.retired", json!({"cause": "obsolete"}))
        .asset("asset.sanitized", json!({"method": "destroy"}));
    let body = json!({"asset": "LT-1", "method": "recycled"});
    scene.when("dispose-asset", body.clone()).refused("not-empty");
    scene.when("return-asset", json!({"asset": "LT-2", "location_id": id(STORE)})).decision();
    scene.when("dispose-asset", body).decision();
}
