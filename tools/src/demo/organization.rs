//! The demo's organization: its places, departments, people, vendors and models.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde_json::json;
use uuid::Uuid;

use super::catalog::{PRODUCTS, Product, VENDORS};
use super::dice::Dice;
use super::places::{
    DEPARTMENTS, FIRST_ENDS, FIRST_STARTS, JOB_TITLES, LAST_ENDS, LAST_STARTS, PROJECTS, SITES, SiteSpec,
};
use super::script::{ANALYST, BUYER, MANAGER, Script};

/// How many people there are, how many of them came later, and how many left.
const PEOPLE: usize = 300;
const LATE: usize = 30;
const LEAVERS: usize = 10;

pub(super) struct Organization {
    pub(super) sites: Vec<Site>,
    pub(super) departments: Vec<Uuid>,
    pub(super) vendors: Vec<Uuid>,
    pub(super) models: Vec<DemoModel>,
    projects: Vec<Project>,
    /// Whom things are given: people who were there all the time.
    pub(super) people: Vec<DemoPerson>,
}

pub(super) struct Site {
    pub(super) spec: &'static SiteSpec,
    pub(super) id: Uuid,
    pub(super) stockroom: Uuid,
    pub(super) room: Uuid,
}

pub(super) struct DemoModel {
    pub(super) id: Uuid,
    pub(super) product: &'static Product,
}

struct Project {
    id: Uuid,
    /// The last day on which it runs.
    until: Option<NaiveDate>,
}

pub(super) struct DemoPerson {
    pub(super) id: Uuid,
    pub(super) site: usize,
}

impl Organization {
    /// Founds it at the script's start. `None` if that does not lie in the past.
    pub(super) fn found(script: &mut Script) -> Option<Self> {
        let mut moment = StoryClock(script.start);
        let sites = sites(script, &mut moment)?;
        let departments = departments(script, &mut moment)?;
        let mut vendors = Vec::new();
        for (name, account, website) in VENDORS {
            let data = json!({"name": name, "account_number": account, "website": website});
            vendors.push(script.say(BUYER, moment.next(), "define-vendor", data)?.created_id());
        }
        let mut models = Vec::new();
        for product in &PRODUCTS {
            let data = json!({
                "name": product.name,
                "kind": "hardware",
                "hardware_kind": product.kind.as_str(),
                "manufacturer": product.maker,
                "model_number": product.number,
                "end_of_life_months": 60,
            });
            let id = script.say(ANALYST, moment.next(), "define-model", data)?.created_id();
            models.push(DemoModel { id, product });
        }
        let people = people(script, &mut moment, &sites, &departments)?;
        let projects = projects(script, &mut moment, &departments)?;
        Some(Self { sites, departments, vendors, models, projects, people })
    }

    /// A project that something is charged to, for about one thing in three: one that runs long enough for it to be
    /// ordered.
    pub(super) fn project(&self, dice: &mut Dice, at: DateTime<Utc>) -> Option<Uuid> {
        let ordered_by = (at + Duration::days(30)).date_naive();
        let runs = |project: &&Project| project.until.is_none_or(|until| ordered_by <= until);
        let running: Vec<Uuid> = self.projects.iter().filter(runs).map(|project| project.id).collect();
        dice.chance(33).then(|| *dice.pick(&running))
    }
}

/// One thing after another, a second apart.
struct StoryClock(DateTime<Utc>);

impl StoryClock {
    fn next(&mut self) -> DateTime<Utc> {
        self.0 += Duration::seconds(1);
        self.0
    }
}

fn sites(script: &mut Script, moment: &mut StoryClock) -> Option<Vec<Site>> {
    let mut sites = Vec::new();
    for spec in &SITES {
        let data =
            json!({"name": spec.name, "kind": "site", "address": spec.address, "country": spec.country});
        let id = script.say(ANALYST, moment.next(), "define-location", data)?.created_id();
        let mut part = |name: String, kind: &str| {
            let data = json!({"name": name, "kind": kind, "parent_id": id, "country": spec.country});
            let defined = script.say(ANALYST, moment.next(), "define-location", data)?;
            Some(defined.created_id())
        };
        let stockroom = part(format!("{} Stockroom", spec.name), "stockroom")?;
        let room = part(spec.room.to_owned(), "room")?;
        sites.push(Site { spec, id, stockroom, room });
    }
    Some(sites)
}

fn departments(script: &mut Script, moment: &mut StoryClock) -> Option<Vec<Uuid>> {
    let mut departments: Vec<Uuid> = Vec::new();
    for (number, (name, parent)) in DEPARTMENTS.into_iter().enumerate() {
        let data = json!({
            "name": name,
            "cost_center": (4000 + 10 * number).to_string(),
            "parent_id": parent.and_then(|parent| departments.get(parent)),
        });
        let id = script.say(ANALYST, moment.next(), "define-department", data)?.created_id();
        departments.push(id);
    }
    Some(departments)
}

/// Projects that have ended are inactive from the next day on.
fn projects(script: &mut Script, moment: &mut StoryClock, departments: &[Uuid]) -> Option<Vec<Project>> {
    let mut projects = Vec::new();
    for (code, name, department, days) in PROJECTS {
        let until = days.map(|days| (script.start + Duration::days(days)).date_naive());
        let mut data = json!({
            "code": code,
            "name": name,
            "department_id": departments.get(department),
            "active_from": script.start.date_naive(),
            "active_until": until,
        });
        let id = script.say(ANALYST, moment.next(), "define-project", data.clone())?.created_id();
        if let Some(days) = days {
            data["project_id"] = json!(id);
            data["standing"] = json!("inactive");
            script.say(ANALYST, script.start + Duration::days(days + 1), "define-project", data);
        }
        projects.push(Project { id, until });
    }
    Some(projects)
}

fn people(
    script: &mut Script,
    moment: &mut StoryClock,
    sites: &[Site],
    departments: &[Uuid],
) -> Option<Vec<DemoPerson>> {
    let mut people = Vec::new();
    for number in 0..PEOPLE {
        let is_late = number >= PEOPLE - LATE;
        let at = if is_late { script.dice.later(script.start, 30, 900) } else { moment.next() };
        let site = script.dice.index(sites.len());
        // Steps that have no common divisor with the lists' lengths, so that no name comes twice.
        let first = format!("{}{}", FIRST_STARTS[number % 20], FIRST_ENDS[(number * 7 + number / 20) % 15]);
        let last = format!("{}{}", LAST_STARTS[(number * 3) % 20], LAST_ENDS[(number / 20) % 15]);
        let username = format!("{}.{}", first.to_lowercase(), last.to_lowercase());
        let data = json!({
            "name": format!("{first} {last}"),
            "username": username,
            "email": format!("{username}@example.org"),
            "employee_number": format!("E{:05}", 10_000 + number),
            "job_title": script.dice.pick(&JOB_TITLES),
            "department_id": script.dice.pick(departments),
            "location_id": sites[site].id,
        });
        let id = script.say(MANAGER, at, "add-person", data)?.created_id();
        if number < LEAVERS {
            let at = script.dice.later(script.start, 200, 1_000);
            script.say(MANAGER, at, "deactivate-person", json!({ "person_id": id }));
        } else if !is_late {
            people.push(DemoPerson { id, site });
        }
    }
    Some(people)
}
