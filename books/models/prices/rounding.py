"""How a price list works a price out: the base price times its rate, with the ending that staff want.

There is one formula, in whole numbers, so that Python and the database come to the same price, and so that a
lower base price never becomes a higher price. Filters and lists in order of price rest on that.
"""

from decimal import Decimal
from math import gcd
from typing import NamedTuple, Self

from django.db.models import BigIntegerField, Expression, F, Value
from django.db.models.functions import Cast, Greatest

from books.money import minor_digits, price_step

# Of a rate: PriceList.rate has as many.
DECIMALS_OF_RATE = 6


class Formula(NamedTuple):
    """price = max((base × factor + shift) // divisor, 1) × step - below, all in minor units."""

    factor: int
    shift: int
    divisor: int
    step: int
    below: int

    @classmethod
    def of(cls, rate: Decimal, base: str, currency: str, *, ends_in: str, rounds_up: bool) -> Self:
        """Return the formula for prices in `currency`; `rate` is how much of it one unit of `base` is worth.

        `ends_in` is "00" for round prices, "99" for those just below, "" for any. Rounded to the nearest, two
        prices that are equally near become the higher.
        """
        smallest = price_step(currency)
        step = max(100, 10 ** minor_digits(currency)) * (smallest if minor_digits(currency) == 2 else 1)
        step = step if ends_in else smallest
        below = smallest if ends_in == "99" else 0
        above = int(rate.scaleb(DECIMALS_OF_RATE)) * 10 ** minor_digits(currency)
        under = 10 ** (DECIMALS_OF_RATE + minor_digits(base))
        # The number of steps is (base × above / under + below) / step, rounded.
        if rounds_up:
            parts = above, below * under + step * under - 1, step * under
        else:
            parts = 2 * above, 2 * below * under + step * under, 2 * step * under
        common = gcd(parts[0], parts[2])
        # What the shift has beyond a multiple of the common factor never decides.
        return cls(*(part // common for part in parts), step=step, below=below)

    def price(self, base: int) -> int:
        """Return the price of what costs `base` in the base currency."""
        return max((base * self.factor + self.shift) // self.divisor, 1) * self.step - self.below

    def expression(self, base: str) -> Expression:
        """Return the same for the database; `base` names a column. NULL stays NULL."""
        steps = (Cast(F(base), BigIntegerField()) * self.factor + self.shift) / self.divisor
        at_least_one = Greatest(steps, Value(1), output_field=BigIntegerField())
        return at_least_one * self.step - self.below

    def least_base(self, price: int) -> int:
        """Return the lowest base price that is worked out at this price or a higher one."""
        steps = -(-(price + self.below) // self.step)
        if steps <= 1:
            return 0
        return max(-(-(steps * self.divisor - self.shift) // self.factor), 0)
