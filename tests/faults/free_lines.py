"""Why an order cost nothing, worked out once more from the rows."""

from typing import NamedTuple

# What a card is charged at least, in the currencies of the scenarios.
SMALLEST_CHARGE = 50


class FreeLine(NamedTuple):
    """A line of a paid order of amount 0, as it is in the database; `price` is that of its product now.

    `lowest` is the least that a buyer who chooses the amount pays, `consented` whether they confirmed a
    newsletter. `percent` and `off` are what the order's discount code takes off, `rested_on` what its buyer
    had paid for parts of a set.
    """

    order: str
    price: int
    lowest: int | None
    consented: bool
    quantity: int
    credit: int
    discount: int
    reduced_by: int
    percent: int | None
    off: int | None
    rested_on: int

    @property
    def has_reason(self):
        """Whether price, sale, code and what was paid before leave less than a card is charged."""
        if self.consented or 0 in {self.price, self.lowest}:
            return True
        full = self.price * self.quantity - self.reduced_by
        by_code = full * self.percent // 100 if self.percent else self.off or 0
        claimed = self.credit + self.discount
        return claimed >= full and full - min(self.credit, self.rested_on) - by_code < SMALLEST_CHARGE
