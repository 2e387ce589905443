"""Where an order, its allocations and discounts, and its reader's access do not agree."""

from collections.abc import Iterator
from dataclasses import dataclass

from books.models import Book
from books.money import money
from orders.models import DiscountCode
from orders.pricing.allocations import kept_of
from orders.stripe_gateway.types import Payment

from .shop_side import Case, kept_lines

# What somebody wanted, or what nobody can undo: it is listed, but does not count.
NOTES = {"withdrawn_by_staff", "code_overused"}
# Differences that the shop can see without Stripe.
OF_SHOP = {
    "paid_without_access",
    "access_without_payment",
    "withdrawn_by_staff",
    "allocation_mismatch",
    "discount_without_cause",
    "lines_mismatch",
}


@dataclass(frozen=True)
class Difference:
    """`order` is an order's id, or None if no order is concerned; `charge_id` the charge in question."""

    kind: str
    order: str | None
    detail: str
    charge_id: str = ""

    def as_dict(self) -> dict[str, str | None]:
        """Return it as `money_doctor --json` lists it."""
        return {"kind": self.kind, "order": self.order, "detail": self.detail}


def orphan(payment: Payment) -> Difference:
    """Return the difference for a charge without an order."""
    named = (
        f"names the order {payment.order_id}, which does not exist" if payment.order_id else "names no order"
    )
    detail = f"{payment.charge_id} over {money(payment.amount, payment.currency)} {named}."
    return Difference("orphan_charge", None, detail, payment.charge_id)


def unannounced(book: Book) -> Difference:
    """Return the difference for a book that has opened without letters to all who had bought it before."""
    detail = f"“{book}” has opened, and not everybody who had it before has been told. Does the worker run?"
    return Difference("opening_unannounced", None, detail)


def find_shop_differences(case: Case) -> Iterator[Difference]:
    """Compare an order with its lines, its allocations, its discounts and its reader's access."""
    yield from _line_differences(case)
    yield from _allocation_differences(case)
    yield from _discount_differences(case)
    yield from _access_differences(case)


def overused(code: DiscountCode, uses: int) -> Difference:
    """Return the note on a code with more uses than it allows.

    Money has arrived for an order that had expired: its buyer paid what they were shown, and keeps it. Or
    staff have lowered the number.
    """
    said = f"The code {code} may be used {code.most_uses} times and has been used {uses} times."
    return Difference("code_overused", None, said)


def _line_differences(case: Case) -> Iterator[Difference]:
    order, lines = case.order, case.order.lines.all()
    if order.paid_at is None:
        return
    total = sum(line.amount for line in lines)
    if total != order.amount:
        detail = f"The order is over {order.price}; its lines add up to {money(total, order.currency)}."
        yield Difference("lines_mismatch", str(order.pk), detail)
    elif order.discount_code_id is None and any(line.discount for line in lines):
        yield Difference("lines_mismatch", str(order.pk), "A line is cheaper by a code; the order has none.")
    for line in lines:
        if line.pk in case.unexplained:
            detail = f"“{line.title}” has cost nothing, and neither its price nor a discount says why."
            yield Difference("lines_mismatch", str(order.pk), detail)


def _allocation_differences(case: Case) -> Iterator[Difference]:
    order, kept = case.order, kept_of(case.order)
    if case.allocated != kept:
        booked, held = money(case.allocated, order.currency), money(kept, order.currency)
        detail = f"The shop has {held} from this order; {booked} is allocated to books."
        yield Difference("allocation_mismatch", str(order.pk), detail)


def _discount_differences(case: Case) -> Iterator[Difference]:
    titles = {line.pk: line.title for line in kept_lines(case.order)}
    for each in case.shortfalls:
        if each.line_id in titles:
            less = money(each.missing, case.order.currency)
            sources = ", ".join(sorted(f"{source} ({source.pk}, {source.status})" for source in each.sources))
            reason = f"for money that was refunded or withheld: {sources}"
            detail = f"{case.order} had {less} off {titles[each.line_id]} {reason}."
            yield Difference("discount_without_cause", str(case.order.pk), detail)


def _access_differences(case: Case) -> Iterator[Difference]:
    order, key = case.order, str(case.order.pk)
    due = case.due
    if case.granted - due:
        detail = f"The order is {order.status} and still gives access."
        if {reader for reader, *_ in case.granted} - {reader for reader, *_ in due} and due:
            detail = "Somebody has access by the order who did not buy it, or has not taken a copy."
        yield Difference("access_without_payment", key, detail)
    if order.user.is_erased and not order.is_for_others:
        # An erased account has no access, whatever it paid for.
        return
    if due - case.granted:
        yield Difference("paid_without_access", key, "The order is paid, but some access is missing.")
    elif due and case.has_access is False:
        detail = "The order is paid; staff removed the access or deactivated the account by hand."
        yield Difference("withdrawn_by_staff", key, detail)
