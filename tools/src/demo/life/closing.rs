//! What happened to the demo's assets in the last weeks, so that every worklist has something.

use chrono::{Duration, NaiveTime};
use serde_json::json;

use super::{Life, StoryStage};
use crate::demo::script::{ANALYST, COMPLIANCE, MANAGER};

/// Lets one more thing happen to some of them.
pub(super) fn tell(life: &mut Life<'_>) {
    let days = Duration::days(life.script.dice.between(1, 18).cast_signed());
    let morning = (life.script.now - days).date_naive().and_time(NaiveTime::MIN).and_utc();
    let at = morning + Duration::minutes(life.script.dice.between(420, 1_000).cast_signed());
    if at <= life.at {
        return;
    }
    life.at = at;
    let roll = life.script.dice.between(0, 999);
    match life.stage {
        StoryStage::InStock => in_stock(life, roll),
        StoryStage::Deployed => deployed(life, roll),
        StoryStage::Done => {}
    }
}

fn in_stock(life: &mut Life<'_>, roll: u64) {
    let until = (life.script.now + Duration::days(20)).date_naive();
    match roll {
        0..=59 => {
            let sites = &life.organization.sites;
            let other = sites[(life.site + 1) % sites.len()].stockroom;
            life.say(ANALYST, "ship-asset", json!({"destination_id": other, "carrier": "Gull Freight"}));
        }
        60..=109 => {
            let data = json!({"kind": "upgrade", "expected_back_on": until, "description": "more memory"});
            life.say(ANALYST, "start-maintenance", data);
        }
        110..=124 => life.say(ANALYST, "report-missing", json!({"loss": "not_found"})),
        125..=199 => {
            let custodian = life.other_custodian();
            life.say(ANALYST, "reserve-asset", json!({"reserved_for": custodian, "until": until}));
        }
        200..=224 => {
            let data = json!({"hold": "quarantine", "reason": "suspected malware"});
            life.say(COMPLIANCE, "place-hold", data);
        }
        225..=264 => life.say(MANAGER, "retire-asset", json!({"cause": "obsolete"})),
        _ => {}
    }
}

fn deployed(life: &mut Life<'_>, roll: u64) {
    let in_two_weeks = (life.script.now + Duration::days(14)).date_naive();
    match roll {
        0..=24 => {
            let data =
                json!({"kind": "repair", "expected_back_on": in_two_weeks, "description": "keyboard fails"});
            life.say(ANALYST, "start-maintenance", data);
        }
        25..=34 => life.say(life.holder(), "report-missing", json!({"loss": "lost"})),
        35..=59 => {
            let custodian = life.other_custodian();
            let data = json!({"custodian": custodian, "acceptance": "required"});
            life.say(ANALYST, "reassign-asset", data);
        }
        60..=69 => {
            let data = json!({"hold": "legal", "case_number": "C-118"});
            life.say(COMPLIANCE, "place-hold", data);
        }
        70..=119 => life.say(ANALYST, "verify-asset", json!({"condition": "good"})),
        120..=134 => {
            let custodian = life.other_custodian();
            let data = json!({"custodian": custodian, "due_back_on": in_two_weeks});
            life.say(ANALYST, "reassign-asset", data);
        }
        // Whoever has it took it along to another site.
        135..=159 => {
            let sites = &life.organization.sites;
            let other = sites[(life.site + 1) % sites.len()].id;
            life.say(ANALYST, "relocate-asset", json!({"location_id": other}));
        }
        _ => {}
    }
}
