"""What the scenarios accept as the reason for an order that cost nothing, and what not."""

from tests.faults.free_lines import FreeLine

FULL = FreeLine(
    order="",
    price=900,
    lowest=None,
    consented=False,
    quantity=1,
    credit=0,
    discount=0,
    reduced_by=0,
    percent=None,
    off=None,
    rested_on=0,
)


def test_what_is_free_or_paid_for_or_taken_off_by_a_code_has_a_reason():
    lines = {
        "free": FULL._replace(price=0),
        "chosen": FULL._replace(lowest=0),
        "newsletter": FULL._replace(consented=True),
        "code": FULL._replace(discount=900, percent=100),
        "amount": FULL._replace(discount=900, off=900),
        "amount in a sale": FULL._replace(discount=450, reduced_by=450, off=450),
        "copies": FULL._replace(quantity=3, discount=2700, percent=100),
        "set": FULL._replace(credit=900, rested_on=1000),
        "less than a card is charged": FULL._replace(credit=900, rested_on=870),
    }
    assert {name for name, line in lines.items() if not line.has_reason} == set()


def test_nothing_else_has_one():
    lines = {
        "nothing": FULL,
        "a discount without a code": FULL._replace(discount=900),
        "a code that takes less off": FULL._replace(discount=900, percent=50),
        "one copy of three": FULL._replace(quantity=3, discount=900, off=900),
        "credit for nothing": FULL._replace(credit=900),
        "credit for less": FULL._replace(credit=900, rested_on=800),
        "a code that is not counted": FULL._replace(percent=100),
    }
    assert {name for name, line in lines.items() if line.has_reason} == set()
