"""What must hold after every fault, read from both ledgers, Stripe's and the shop's."""

import json
import re
from collections import defaultdict
from functools import cache

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.faults.forms import decoded
from tests.programs import PROJECT

SCHEMAS = PROJECT.parent / "shared/stripe/jsonschema-requests-endive.json"
OPERATIONS = {
    r"/v1/charges": "PostCharges",
    r"/v1/payment_methods": "PostPaymentMethods",
    r"/v1/payment_intents": "PostPaymentIntents",
    r"/v1/payment_intents/pi_\w+/confirm": "PostPaymentIntentsIntentConfirm",
    r"/v1/payment_intents/pi_\w+/cancel": "PostPaymentIntentsIntentCancel",
    r"/v1/checkout/sessions": "PostCheckoutSessions",
    r"/v1/checkout/sessions/cs_\w+/expire": "PostCheckoutSessionsSessionExpire",
    r"/v1/refunds": "PostRefunds",
    # What creates a customer may be changed of it, too.
    r"/v1/customers(?:/cus_\w+)?": "PostCustomers",
}
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
# What the money doctor mentions but does not count as a difference.
NOTES = {"withdrawn_by_staff"}
# A dispute in one of these states withholds the money.
MONEY_WITH_THE_BANK = {"needs_response", "under_review", "lost"}
SECRETS = r"tok_\w+|whsec_\w+|[sr]k_test_\w+|\b4\d{15}\b|[\w.+-]+@[\w-]+\.\w+|cs_test_\w+_secret_\w+"


class Books:
    """Both ledgers at one moment. `orders` are the rows of money_doctor --json.

    `letters` counts the thank-you letters by order number. The orders in `duplicates` paid for what another
    one had paid for and were refunded: their buyer may or may not have been thanked first. `refunded_lines`
    has the order and the product of each line that was refunded by itself. `readers` has each order's reader:
    guests of several browsers may have typed the same address. `free_lines` are those of orders of amount 0.
    """

    def __init__(self, ledger, report, letters, duplicates, refunded_lines, readers, free_lines):
        self.ledger = ledger
        self.orders = {order["id"]: order for order in report["orders"]}
        self.differences = report["differences"]
        self.letters = letters
        self.duplicates = duplicates
        self.refunded_lines = refunded_lines
        self.readers = readers
        self.for_no_reason = {line.order for line in free_lines if not line.has_reason}
        # Readers who erased their account get no mail and no access, whatever they paid for.
        self.left = {key for key, order in self.orders.items() if order["user"].startswith("erased-")}
        self.succeeded = [charge for charge in ledger["charges"] if charge["status"] == "succeeded"]

    def order_of(self, charge):
        return self.orders.get(charge["metadata"].get("order_id"))

    def reader_of(self, order):
        return self.readers[order["id"]]

    def items_of(self, order):
        """Return the products that an order is for, without those that were refunded by themselves."""
        items = order.get("items", [order["item"]])
        return [each for each in items if (order["id"], each) not in self.refunded_lines]

    def is_kept(self, charge):
        """Whether the shop keeps money from this charge: not fully refunded, not withheld by the bank."""
        withheld = {
            each["charge"] for each in self.ledger["disputes"] if each["status"] in MONEY_WITH_THE_BANK
        }
        return charge["amount_refunded"] < charge["amount"] and charge["id"] not in withheld


def check(books, *, expected_differences=()):
    """Assert that the two ledgers agree; the doctor must find what is expected, and nothing else."""
    found = {(each["kind"], each["order"]) for each in books.differences if each["kind"] not in NOTES}
    kinds = {kind for kind, _ in found}
    assert kinds == set(expected_differences), books.differences
    flagged = {order for _, order in found} | {
        charge["id"]
        for charge in books.succeeded
        if any(charge["id"] in each["detail"] for each in books.differences)
    }
    nobody_was_charged_twice(books, flagged)
    every_charge_has_its_order(books, flagged)
    access_is_what_was_paid_for(books, flagged)
    paid_orders_have_their_charge(books, flagged)
    nothing_is_in_doubt(books, flagged)
    thanks_were_sent_once(books)
    nobody_has_two_customers(books)


def nobody_has_two_customers(books):
    """And each session is for that of its order's reader, or for none."""
    owners = {each["id"]: each["email"] for each in books.ledger["customers"] if "deleted" not in each}
    assert len(set(owners.values())) == len(owners), owners
    for session in books.ledger["checkout_sessions"]:
        order = books.orders.get(session["metadata"]["order_id"])
        if order and order["id"] not in books.left and session["customer"] in owners:
            assert owners[session["customer"]] == order["user"], session


def nobody_was_charged_twice(books, flagged):
    kept = defaultdict(list)
    for charge in books.succeeded:
        order = books.order_of(charge)
        if order and order["id"] not in flagged and charge["amount_refunded"] < charge["amount"]:
            # Copies for others may be bought twice, with two orders.
            things = [order["id"]] if "copies" in order else books.items_of(order)
            for item in things:
                kept[books.reader_of(order), item].append(charge["id"])
    assert [(whose, charges) for whose, charges in kept.items() if len(charges) > 1] == []


def every_charge_has_its_order(books, flagged):
    for charge in books.succeeded:
        order = books.order_of(charge)
        known = order is not None and order["status"] in {"paid", "refunded", "disputed"}
        assert known or charge["id"] in flagged, (charge["id"], order)


def access_is_what_was_paid_for(books, flagged):
    paid_for = defaultdict(set)
    for charge in books.succeeded:
        if books.is_kept(charge) and (order := books.order_of(charge)) and "copies" not in order:
            paid_for[books.reader_of(order)].update(books.items_of(order))
    for order in books.orders.values():
        if costs_nothing(books, order) and "copies" not in order:
            paid_for[books.reader_of(order)].update(books.items_of(order))
    for order in books.orders.values():
        if "copies" in order:
            copies_are_read_while_paid_for(books, order)
        elif order["id"] not in flagged | books.left:
            bought = paid_for[books.reader_of(order)]
            # What was refunded of an order that is still paid is not missed; of any other order, all counts.
            kept = books.items_of(order) if order["status"] == "paid" else []
            items = kept or order.get("items", [order["item"]])
            may_read = "all-books" in bought or bought.issuperset(items)
            assert order["access"] is may_read, order


def copies_are_read_while_paid_for(books, order):
    """Of an order for others, by everybody who has taken one, and by no more than were bought."""
    kept = [charge for charge in books.succeeded if books.order_of(charge) is order and books.is_kept(charge)]
    assert order["redeemed"] <= order["copies"], order
    is_paid = bool(kept) or costs_nothing(books, order)
    assert order["access"] is (is_paid if order["redeemed"] else None), order


def costs_nothing(books, order):
    """Whether there was nothing to pay, so that there is no charge, and the order's lines say why."""
    return order["status"] == "paid" and order["amount"] == 0 and order["id"] not in books.for_no_reason


def paid_orders_have_their_charge(books, flagged):
    charges = {charge["id"]: charge for charge in books.succeeded}
    for order in books.orders.values():
        if order["status"] == "paid" and not costs_nothing(books, order) and order["id"] not in flagged:
            charge = charges.get(order["stripe_charge_id"])
            assert charge is not None, order
            assert (charge["amount"], charge["currency"]) == (order["amount"], order["currency"])
            assert charge["metadata"]["order_id"] == order["id"]
            assert charge["amount_refunded"] == order["refunded_amount"]


def nothing_is_in_doubt(books, flagged):
    doubtful = [key for key, order in books.orders.items() if order["in_doubt"] and key not in flagged]
    assert doubtful == []


def thanks_were_sent_once(books):
    """One letter for each order that was ever paid."""
    ever_paid = {
        key for key, order in books.orders.items() if order["status"] in {"paid", "refunded", "disputed"}
    }
    assert set(books.letters.values()) <= {1}, books.letters
    perhaps = {number_of(key) for key in books.duplicates}
    assert set(books.letters) - perhaps == {number_of(key) for key in ever_paid - books.left} - perhaps


def number_of(order_id):
    """Return the order's number."""
    return order_id[:8].upper()


def requests_are_valid(requests, known_ids):
    """Assert that each POST to Stripe fits its schema and is keyed by an order or refund of the shop."""
    for request in requests:
        if request.method != "POST":
            continue
        key = request.idempotency_key or ""
        if request.path.startswith("/v1/customers"):
            # The row may have been deleted since, with its account.
            assert re.match(rf"customer-{UUID}-\d", key), f"{request.path} has the key {key!r}."
        else:
            assert set(re.findall(UUID, key)) & known_ids, f"{request.path} has the key {key!r}."
        [operation] = [name for path, name in OPERATIONS.items() if re.fullmatch(path, request.path)] or [
            None
        ]
        assert operation, f"Nobody knows POST {request.path}."
        if SCHEMAS.exists():
            errors = errors_of(operation, request.body)
            assert errors == [], (request.path, request.body)


def errors_of(operation, body):
    """Return what is invalid in a form by its schema; its numbers and booleans are text."""
    parameters = decoded(body)
    if (judge := _validator(operation)) is None:
        return []
    while amended := [each for each in judge.iter_errors(parameters) if _amend(parameters, each)]:
        pass
    assert not amended
    return [error.message for error in judge.iter_errors(parameters)]


def _amend(parameters, error):
    """Convert text into the number or boolean that the schema expects; tell whether that was the error."""
    words = {"true": True, "false": False}
    value = error.instance
    if error.validator != "type" or not isinstance(value, str):
        return False
    if error.validator_value == "integer" and value.isdecimal():
        value = int(value)
    elif error.validator_value == "boolean" and value in words:
        value = words[value]
    else:
        return False
    *way, last = error.absolute_path
    for step in way:
        parameters = parameters[step]
    parameters[last] = value
    return True


@cache
def _validator(operation):
    content = json.loads(SCHEMAS.read_text())
    registry = Registry().with_resource("stripe:", DRAFT202012.create_resource(content))
    return Draft202012Validator(
        {"$ref": f"stripe:{content['x-operations'][operation]['$ref']}"}, registry=registry
    )


def log_holds_no_secret(written):
    """Assert that no token, key, card number or e-mail address was logged."""
    assert re.findall(SECRETS, written) == []
