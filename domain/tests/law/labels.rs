//! When two labels are the same, and what becomes of those that were given by the former rule.

use std::collections::{BTreeMap, BTreeSet};

use itam_domain::testing::MemoryStore;
use itam_domain::{Aggregate, UniqueLabel};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixtures::{LAPTOP_MODEL, OTHER, laptop};
use crate::scene::{Outcome, Scene, id, laws};

laws! {
    "register-asset" Accepted: a_tag_that_was_given_before_leaves_every_other_free,
        a_placeholder_of_a_spreadsheet_is_no_serial_number;
    "register-asset" Refused: a_tag_is_the_same_in_whichever_blanks_widths_and_case_it_is_written,
        a_placeholder_is_no_tag,
        a_tag_with_what_nobody_sees_is_not_given,
        a_tag_that_was_given_before_is_not_given_again,
        a_serial_number_is_the_same_whichever_way_its_maker_is_written;
    "deploy-asset" Accepted: an_asset_is_found_by_every_spelling_of_its_tag,
        of_two_that_were_given_before_each_is_found_as_it_is_written,
        a_placeholder_that_was_given_before_stays_the_tag_of_its_asset;
    "void-asset" Accepted: what_was_given_before_gives_up_only_what_it_holds,
        what_is_given_now_gives_up_both_its_values;
    "correct-asset" Accepted: a_tag_that_was_given_before_takes_its_normal_form_when_it_is_corrected;
    "correct-asset" Refused: a_tag_is_not_corrected_to_what_another_has_in_other_blanks;
    "define-vendor" Refused: a_vendor_is_the_same_in_other_blanks_and_widths;
    "define-project" Refused: a_project_code_holds_nothing_that_nobody_sees;
    "issue-purchase-order" Refused: an_order_number_is_the_same_in_other_blanks;
}

fn register(scene: &mut Scene, tag: &str) -> Outcome {
    scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), "tag": tag}))
}

/// An asset in stock whose tag was given by the former rule.
fn formerly(scene: &mut Scene, n: u128, tag: &str, serial: &str) {
    let facts = laptop(json!({"tag": tag, "serial": serial}));
    scene.given_formerly("asset", id(n), "asset.registered", json!({"facts": facts}));
}

fn holders(store: &MemoryStore) -> BTreeMap<String, u128> {
    let tags = store.keys.iter().filter(|(key, _)| key.kind == itam_domain::KeyKind::TAG);
    tags.map(|(key, holder)| (key.value.clone(), holder.as_u128())).collect()
}

fn a_tag_is_the_same_in_whichever_blanks_widths_and_case_it_is_written(scene: &mut Scene) {
    register(scene, "LT 1").decision();
    for tag in ["lt  1", "LT\u{a0}1", "\u{2003}LT\u{3000}1", "ＬＴ １", "ⓁⓉ ①"] {
        register(scene, tag).refused("tag-held");
    }
    register(scene, "LT  2").decision();
    for tag in ["LT 2", "LT  2", "LT   2", "ＬＴ　２"] {
        register(scene, tag).refused("tag-held");
    }
}

fn a_placeholder_is_no_tag(scene: &mut Scene) {
    for tag in ["#N/A", "No tag", "Not  Specified", "No Asset Tag", "........", "Default string", "Ｎ／Ａ"]
    {
        let outcome = register(scene, tag);
        assert!(outcome.refused("tag-placeholder").rejection().detail.contains("placeholder"), "{tag}");
    }
}

fn a_placeholder_of_a_spreadsheet_is_no_serial_number(scene: &mut Scene) {
    for serial in ["#N/A", "#N/A", ".........", "XXXXXXXXXX", "No SN", "System  Serial Number"] {
        let outcome = scene.when("register-asset", json!({"model_id": id(LAPTOP_MODEL), "serial": serial}));
        assert_eq!(outcome.decision().keys, [], "{serial}");
    }
}

fn a_tag_with_what_nobody_sees_is_not_given(scene: &mut Scene) {
    for tag in ["LT\u{200b}-1", "ب\u{200c}ه", "LT\u{ad}-1", "\u{feff}LT-1"] {
        register(scene, tag).refused("hidden-character");
    }
}

fn a_serial_number_is_the_same_whichever_way_its_maker_is_written(scene: &mut Scene) {
    let mut of_maker = |maker: &str, serial: &str| {
        let model = json!({"name": format!("X{}", serial.len()), "kind": "hardware", "manufacturer": maker});
        let model = scene.when("define-model", model).id;
        scene.when("register-asset", json!({"model_id": model, "serial": serial}))
    };
    of_maker("ACME  Corp", "S 1").decision();
    of_maker("acme corp", "s\u{a0}1").refused("serial-held");
}

fn a_tag_that_was_given_before_is_not_given_again(scene: &mut Scene) {
    formerly(scene, OTHER, "LT 1", "PF1");
    for tag in ["LT 1", "lt  1", "ＬＴ 1"] {
        register(scene, tag).refused("tag-held").fact("holder", json!(id(OTHER)));
    }
    formerly(scene, 900, "LT  2", "PF2");
    register(scene, "lt  2").refused("tag-held").fact("holder", json!(id(900)));
}

fn a_tag_that_was_given_before_leaves_every_other_free(scene: &mut Scene) {
    formerly(scene, OTHER, "LT  1", "PF1");
    assert_eq!(register(scene, "LT-1").decision().keys.len(), 1);
}

fn deploy(scene: &mut Scene, tag: &str) -> Outcome {
    scene.when("deploy-asset", json!({"asset": tag, "custodian": {"location": id(crate::fixtures::BERLIN)}}))
}

fn back(scene: &mut Scene, asset: uuid::Uuid) {
    scene.when("return-asset", json!({"asset": asset})).decision();
}

fn an_asset_is_found_by_every_spelling_of_its_tag(scene: &mut Scene) {
    let asset = register(scene, "LT  1").id;
    for tag in ["LT  1", "lt 1", "ＬＴ １", "LT\u{a0}\u{a0}1"] {
        assert_eq!(deploy(scene, tag).touched()[0].id, asset, "{tag}");
        back(scene, asset);
    }
}

fn of_two_that_were_given_before_each_is_found_as_it_is_written(scene: &mut Scene) {
    formerly(scene, 901, "LT 1", "PF1");
    formerly(scene, 902, "LT  1", "PF2");
    formerly(scene, 903, "ＬＴ １", "PF3");
    for (tag, n) in [("LT 1", 901), ("lt  1", 902), ("ｌｔ １", 903), ("LT   1", 901)] {
        assert_eq!(deploy(scene, tag).touched()[0].id, id(n), "{tag}");
        back(scene, id(n));
    }
}

fn a_placeholder_that_was_given_before_stays_the_tag_of_its_asset(scene: &mut Scene) {
    formerly(scene, OTHER, "No Asset Tag", "Default string");
    assert_eq!(deploy(scene, "no asset tag").touched()[0].id, id(OTHER));
    register(scene, "No Asset Tag").refused("tag-placeholder");
}

fn void(scene: &mut Scene, n: u128) -> Outcome {
    scene.because("Registered twice.").when("void-asset", json!({"asset": id(n)}))
}

fn what_was_given_before_gives_up_only_what_it_holds(scene: &mut Scene) {
    formerly(scene, 901, "LT 1", "PF1");
    formerly(scene, 902, "LT  1", "PF2");
    void(scene, 902).decision();
    assert_eq!(holders(&scene.store), BTreeMap::from([("lt 1".to_owned(), id(901).as_u128())]));
    register(scene, "LT  1").refused("tag-held");
    void(scene, 901).decision();
    assert_eq!(holders(&scene.store), BTreeMap::new());
    register(scene, "LT  1").decision();
}

fn what_is_given_now_gives_up_both_its_values(scene: &mut Scene) {
    let asset = register(scene, "LT  1").id;
    assert_eq!(holders(&scene.store).len(), 2);
    void_id(scene, asset).decision();
    assert_eq!(holders(&scene.store), BTreeMap::new());
}

fn void_id(scene: &mut Scene, asset: uuid::Uuid) -> Outcome {
    scene.because("Registered twice.").when("void-asset", json!({"asset": asset}))
}

fn correct(scene: &mut Scene, n: u128, tag: &str) -> Outcome {
    let body = json!({"asset": id(n), "corrections": [{"tag": tag}]});
    scene.because("Misread.").when("correct-asset", body)
}

fn a_tag_that_was_given_before_takes_its_normal_form_when_it_is_corrected(scene: &mut Scene) {
    formerly(scene, OTHER, "LT  1", "PF1");
    correct(scene, OTHER, "LT 1").decision();
    assert_eq!(holders(&scene.store), BTreeMap::from([("lt 1".to_owned(), id(OTHER).as_u128())]));
    register(scene, "LT   1").refused("tag-held");
    correct(scene, OTHER, "LT\u{a0}1").decision();
    assert_eq!(holders(&scene.store).len(), 2);
    correct(scene, OTHER, "LT 1").decision();
    assert_eq!(holders(&scene.store).len(), 1);
}

fn a_tag_is_not_corrected_to_what_another_has_in_other_blanks(scene: &mut Scene) {
    formerly(scene, 901, "LT 1", "PF1");
    formerly(scene, 902, "LT-2", "PF2");
    correct(scene, 902, "LT  1").refused("tag-held");
}

fn a_vendor_is_the_same_in_other_blanks_and_widths(scene: &mut Scene) {
    scene.when("define-vendor", json!({"name": "Acme GmbH"})).decision();
    for name in ["ACME  GmbH", "Acme\u{a0}GmbH", "Ａcme GmbH"] {
        scene.when("define-vendor", json!({"name": name})).refused("name-held");
    }
}

fn a_project_code_holds_nothing_that_nobody_sees(scene: &mut Scene) {
    scene.when("define-project", json!({"code": "P\u{200d}1", "name": "One"})).refused("hidden-character");
}

fn an_order_number_is_the_same_in_other_blanks(scene: &mut Scene) {
    let order = |number: &str| -> Value {
        json!({"number": number, "vendor_id": id(crate::fixtures::VENDOR), "lines": [crate::fixtures::order_line(2)]})
    };
    scene.when("issue-purchase-order", order("PO 1")).decision();
    scene.when("issue-purchase-order", order("po  1")).refused("order-number-held");
}

/// Spellings of few labels, so that they meet.
fn spelling() -> impl Strategy<Value = String> {
    let part = prop::sample::select(vec!["a", "A", "Ａ", "b", "1", "１"]);
    let blank = prop::sample::select(vec!["", " ", "  ", "\u{a0}", "\u{3000}"]);
    (part.clone(), blank, part).prop_map(|(one, blank, next)| format!("{one}{blank}{next}x"))
}

#[derive(Clone, Debug)]
enum Step {
    Register(String),
    Correct(usize, String),
    Void(usize),
    Find(String),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        spelling().prop_map(Step::Register),
        (0..6_usize, spelling()).prop_map(|(n, tag)| Step::Correct(n, tag)),
        (0..6_usize).prop_map(Step::Void),
        spelling().prop_map(Step::Find),
    ]
}

/// The live assets with their labels.
fn bearers(store: &MemoryStore) -> Vec<(u128, UniqueLabel)> {
    let mut found = Vec::new();
    for (aggregate, loaded) in &store.aggregates {
        let labels = loaded.state.as_deref().map(Aggregate::labels).unwrap_or_default();
        let tags = labels.into_iter().filter(|label| label.kind() == itam_domain::KeyKind::TAG);
        found.extend(tags.map(|label| (aggregate.id.as_u128(), label)));
    }
    found
}

proptest! {
    #[test]
    fn whatever_was_given_before_no_label_is_given_twice_and_none_is_held_by_nobody(
        former in prop::collection::vec(spelling(), 0..4),
        steps in prop::collection::vec(step(), 0..16),
    ) {
        let mut scene = Scene::with_organization();
        let mut former_forms = BTreeSet::new();
        let mut assets = Vec::new();
        for (n, tag) in (800_u128..).zip(&former) {
            if former_forms.insert(itam_domain::former_form(tag)) {
                formerly(&mut scene, n, tag, &format!("F{n}"));
                assets.push(id(n));
            }
        }
        let mut given_now = BTreeSet::new();
        for step in steps {
            match step {
                Step::Register(tag) => {
                    let outcome = register(&mut scene, &tag);
                    if outcome.reason().is_none() {
                        assets.push(outcome.id);
                        given_now.insert(outcome.id.as_u128());
                    }
                }
                Step::Correct(n, tag) => {
                    let Some(asset) = assets.get(n).copied() else { continue };
                    let body = json!({"asset": asset, "corrections": [{"tag": tag}]});
                    let before = bearers(&scene.store);
                    let outcome = scene.because("Misread.").when("correct-asset", body);
                    // Of the same label in other case, nothing is given anew.
                    if outcome.reason().is_none() && bearers(&scene.store) != before {
                        given_now.insert(asset.as_u128());
                    }
                }
                Step::Void(n) => {
                    let Some(asset) = assets.get(n).copied() else { continue };
                    void_id(&mut scene, asset);
                }
                Step::Find(tag) => {
                    let label = UniqueLabel::tag(&itam_domain::Tag(itam_domain::ShortText::try_new(&tag).unwrap()));
                    if let Some(found) = scene.store.bearer(&label) {
                        let bears = |(id, it): &(u128, UniqueLabel)| *id == found.as_u128() && it.key() == label.key();
                        prop_assert!(bearers(&scene.store).iter().any(bears), "{tag} leads to another's");
                    }
                }
            }
            let bearers = bearers(&scene.store);
            for (one, label) in &bearers {
                // Each is found as it is written.
                prop_assert_eq!(scene.store.bearer(label).map(|it| it.as_u128()), Some(*one));
                for (other, its) in &bearers {
                    let are_both_new = given_now.contains(one) && given_now.contains(other);
                    prop_assert!(one == other || !are_both_new || label.key() != its.key(), "two bear {label:?}");
                    prop_assert!(one == other || label.former() != its.former(), "two bear {label:?}");
                }
            }
            // Nobody holds what it does not bear, and who was given a label now holds all of it.
            let mut held: BTreeMap<_, _> = scene.store.keys.clone();
            held.retain(|key, _| key.kind == itam_domain::KeyKind::TAG);
            for (key, holder) in &held {
                let bears = |(id, label): &(u128, UniqueLabel)| *id == holder.as_u128() && label.keys().any(|it| it == key);
                prop_assert!(bearers.iter().any(bears), "{key:?} is held by an asset that does not bear it");
            }
            for (asset, label) in bearers.iter().filter(|(asset, _)| given_now.contains(asset)) {
                for key in label.keys() {
                    prop_assert_eq!(held.get(key).map(uuid::Uuid::as_u128), Some(*asset));
                }
            }
        }
    }
}
