//! Lists of people, requisitions and orders by any filter, now and at any moment, against a look at all of them.

use chrono::TimeDelta;
use itam_domain::person::{PersonAdded, PersonDeactivated, PersonErased, PersonEvent, PersonStanding};
use itam_domain::{DepartmentId, Envelope, Event, LocationId, VendorId};
use itam_read_model::{
    Direction, Moment, PersonFilters, PurchaseOrderFilters, PurchaseOrderStatus, RequisitionFilters,
    RequisitionStatus, View,
};
use proptest::prelude::*;
use uuid::Uuid;

use crate::history::Dice;
use crate::past_laws::walk;
use crate::procurement::{issued_by, random_event};
use crate::support::{Register, apply, envelope, id, location, noon};

fn department(number: u32) -> DepartmentId {
    DepartmentId(id(640_000 + number))
}

fn vendor(number: u32) -> VendorId {
    VendorId(id(650_000 + number))
}

fn event(dice: &mut Dice) -> (Uuid, Event) {
    match dice.roll(3) {
        0 => {
            let event = match dice.roll(6) {
                0 => PersonEvent::Deactivated(PersonDeactivated {}),
                1 => PersonEvent::Erased(PersonErased {}),
                _ => PersonEvent::Added(PersonAdded {
                    department_id: Some(department(dice.roll(2))).filter(|_| dice.roll(3) > 0),
                    location_id: Some(location(dice.roll(2))).filter(|_| dice.roll(3) > 0),
                }),
            };
            (id(500_000 + dice.roll(12)), event.into())
        }
        1 => {
            let number = dice.roll(9);
            (id(610_000 + number), issued_by(vendor(number % 3), &format!("PO-{number}")).into())
        }
        _ => {
            let (first, event) = random_event(dice.roll(12));
            // Of several orders, and of the one requisition.
            let is_order = matches!(event, Event::PurchaseOrder(_)) && dice.roll(2) == 0;
            (if is_order { id(610_000 + dice.roll(9)) } else { first }, event)
        }
    }
}

pub(crate) fn story(seed: u64, length: u64) -> Vec<Envelope> {
    let mut dice = Dice(seed);
    let dated = (1..=length).map(|position| {
        let (id, event) = event(&mut dice);
        let mut envelope = envelope(position, id, event);
        if dice.roll(3) == 0 {
            envelope.effective_at = noon(0) + TimeDelta::minutes(i64::from(dice.roll(80)));
        }
        envelope
    });
    dated.collect()
}

fn one_or_none<T: Copy>(values: &[T]) -> Vec<Option<T>> {
    std::iter::once(None).chain(values.iter().copied().map(Some)).collect()
}

fn compare(view: View<'_>) -> Result<(), TestCaseError> {
    compare_people(view)?;
    for direction in [Direction::Ascending, Direction::Descending] {
        let list = |filters: PurchaseOrderFilters| {
            walk(|cursor| view.purchase_orders(&filters, direction, cursor, 2).expect("list"))
        };
        let all = list(PurchaseOrderFilters::default());
        for status in one_or_none(PurchaseOrderStatus::ALL) {
            for vendor in one_or_none(&[vendor(0), vendor(1), vendor(7)]) {
                let wanted: Vec<_> = all
                    .iter()
                    .filter(|order| status.is_none_or(|status| order.status() == status))
                    .filter(|order| vendor.is_none_or(|vendor| order.order.vendor_id == vendor))
                    .cloned()
                    .collect();
                prop_assert_eq!(list(PurchaseOrderFilters { status, vendor }), wanted);
            }
        }
        let list = |status| {
            let filters = RequisitionFilters { status, requester: None };
            walk(|cursor| view.requisitions(&filters, direction, cursor, 2).expect("list"))
        };
        let all = list(None);
        for status in RequisitionStatus::ALL.iter().copied() {
            let wanted: Vec<_> = all.iter().filter(|found| found.status() == status).cloned().collect();
            prop_assert_eq!(list(Some(status)), wanted);
        }
    }
    Ok(())
}

fn compare_people(view: View<'_>) -> Result<(), TestCaseError> {
    let list = |filters: PersonFilters| walk(|cursor| view.people(&filters, cursor, 2).expect("list"));
    let all = list(PersonFilters::default());
    let standings = [PersonStanding::Active, PersonStanding::Inactive, PersonStanding::Erased];
    let places: [LocationId; 2] = [location(0), location(7)];
    for standing in one_or_none(&standings) {
        for department in one_or_none(&[department(0), department(7)]) {
            for location in one_or_none(&places) {
                let wanted: Vec<_> = all
                    .iter()
                    .filter(|found| standing.is_none_or(|standing| found.item.standing == standing))
                    .filter(|found| department.is_none() || found.item.department_id == department)
                    .filter(|found| location.is_none() || found.item.location_id == location)
                    .cloned()
                    .collect();
                prop_assert_eq!(list(PersonFilters { standing, department, location }), wanted);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_filter_gives_what_a_look_at_all_gives_now_and_at_every_moment(seed: u64, length in 1_u64..80) {
        let mut register = Register::new();
        for (envelope, position) in story(seed, length).into_iter().zip(0_u64..) {
            apply(&mut register.writer, envelope);
            if (seed ^ position).is_multiple_of(5) {
                register.writer.flush().expect("flush");
            }
        }
        register.writer.flush().expect("flush");
        let snapshot = register.snapshot();
        compare(snapshot.now())?;
        let mut dice = Dice(seed);
        for _ in 0..8 {
            let as_of = noon(0) + TimeDelta::minutes(i64::from(dice.roll(90)));
            compare(snapshot.at(Moment { as_of, known_at: u64::from(dice.roll(90)) }))?;
        }
    }
}
