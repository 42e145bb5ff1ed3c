//! The rules that hold an order to what was approved: piece by piece to a requisition's line, or as a
//! whole to what a role may order without one.

use super::event::PurchaseOrderLine;
use crate::approval_policy::Coverage;
use crate::context::Context;
use crate::money::Money;
use crate::rejection::Rejection;
use crate::requisition::{LineProgress, mixed_currencies, money, sums};
use crate::world::{Stop, World};

/// Checks an order's line against the line of the requisition that it fulfills: in the currency that
/// was approved, and at no higher price, within the policy's tolerance. With the number of pieces,
/// which is held to what was approved elsewhere, that also holds the amount of all orders together.
pub(super) fn check_price(
    approved: &LineProgress,
    ordered: &PurchaseOrderLine,
    number: u32,
    pointer: &str,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let (limit, price) = (approved.line.estimated_unit_price, ordered.unit_price);
    let policy = &context.policies.approval;
    let is_currency_approved = limit.currency() == price.currency();
    if is_currency_approved && policy.tolerates(limit, price) {
        return Ok(());
    }
    let rejection = if is_currency_approved {
        let tolerance = policy.tolerance_percent;
        let detail = format!(
            "line {number} orders at {price} a piece what was approved at {limit}, beyond a tolerance of \
             {tolerance} %"
        );
        Rejection::rule("beyond-approved-price", detail)
    } else {
        let (ordered, approved) = (price.currency(), limit.currency());
        let detail = format!("line {number} orders in {ordered} what was approved in {approved}");
        Rejection::rule("currency-not-approved", detail)
    };
    let rejection = rejection.at(&format!("{pointer}/unit_price"));
    let rejection = rejection.fact("approved", money(limit)).fact("ordered", money(price));
    Err(rejection.fact("line", number).fact("tolerance_percent", policy.tolerance_percent).into())
}

/// Checks an order's line against its requisition, when the line is changed and not new.
pub(super) fn check_changed(
    world: &World,
    before: &PurchaseOrderLine,
    after: &PurchaseOrderLine,
    number: u32,
    pointer: &str,
    context: &Context<'_>,
) -> Result<(), Stop> {
    // What an order says already stands, whatever rule it was issued under.
    let asks_for_more =
        after.quantity > before.quantity || after.unit_price.minor() > before.unit_price.minor();
    let Some(reference) = after.requisition_line.filter(|_| asks_for_more) else { return Ok(()) };
    let requisition = world.known(reference.requisition_id, pointer)?;
    let Some(approved) = requisition.lines.get(&reference.line) else { return Ok(()) };
    check_price(approved, after, number, pointer, context)
}

/// Checks what an order's lines without a requisition come to, if that is more than before: nobody
/// approved them, so a role's own limit holds them, all together.
pub(super) fn check_direct<'a>(
    before: impl Iterator<Item = &'a PurchaseOrderLine>,
    after: impl Iterator<Item = &'a PurchaseOrderLine>,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let (before, after) = (direct_totals(before)?, direct_totals(after)?);
    let was = |total: &Money| before.iter().find(|other| other.currency() == total.currency());
    let is_more = |total: &Money| was(total).is_none_or(|before| total.minor() > before.minor());
    if !after.iter().any(is_more) {
        return Ok(());
    }
    check_direct_totals(&after, "/lines", context)
}

fn direct_totals<'a>(lines: impl Iterator<Item = &'a PurchaseOrderLine>) -> Result<Vec<Money>, Stop> {
    let direct = lines.filter(|line| line.requisition_line.is_none());
    sums(direct.map(|line| (line.unit_price, line.quantity)))
}

/// Checks totals that nobody approved against what the sender's role may order without a requisition.
pub(crate) fn check_direct_totals(
    totals: &[Money],
    pointer: &str,
    context: &Context<'_>,
) -> Result<(), Stop> {
    let role = &context.actor.role;
    match context.policies.approval.orders_directly(role, totals) {
        Coverage::Covered => Ok(()),
        Coverage::Mixed => Err(mixed_currencies(totals).into()),
        Coverage::Beyond(total) => {
            let detail = format!(
                "{total} without an approved requisition is beyond what the role {role} may order: refer to a \
                 requisition, or have the policy say more"
            );
            Err(Rejection::rule("beyond-direct-limit", detail)
                .at(pointer)
                .fact("ordered", money(total))
                .into())
        }
    }
}
