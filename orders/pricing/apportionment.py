"""An amount divided by weight, to the last cent, by the largest remainder method.

Every share is rounded down; the cents that are left go to those that lost most by it, one each. Data
migrations call apportion and apportion_among_books, so their results must not change.
"""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import BigIntegerField, F, Max, QuerySet, Sum
from django.db.models.functions import Cast, Coalesce

from books.money import base_currency, smallest_charge


def apportion[Key](amount: int, weights: Mapping[Key, int]) -> dict[Key, int]:
    """Divide an amount by these weights; without any weight, return nothing.

    No share is above its weight unless the amount is above their sum.
    """
    total = sum(weights.values())
    if not total:
        return {}
    shares = {key: amount * weight // total for key, weight in weights.items()}
    by_loss = sorted(weights, key=lambda key: (-(amount * weights[key] % total), str(key)))
    for key in by_loss[: amount - sum(shares.values())]:
        shares[key] += 1
    return shares


def apportion_among_books(amount: int, books: QuerySet) -> dict[UUID, int]:
    """Divide an amount among books by their list prices; empty if there are none."""
    return {book: share for book, (share, _) in divide_among_books(amount, books).items()}


def divide_among_books(amount: int, books: QuerySet) -> dict[UUID, tuple[int, int | None]]:
    """Return what each book gets of an amount by its list price, and that price in the base currency.

    A book without a price weighs as much as the lowest possible price. The database does the sums and returns
    only books that get something: at most one for each cent, however many books there are.
    """
    price = Cast(Coalesce("price", smallest_charge(base_currency())), BigIntegerField())
    weighed = books.order_by().annotate(weight=price)
    sums = weighed.aggregate(total=Sum("weight"), most=Max("weight"))
    total = int(sums["total"] or 0)
    if not total:
        return {}
    divided = weighed.annotate(
        share=F("weight") * amount / total,
        loss=F("weight") * amount % total,
    )
    # Among very many books, none gets a whole cent by its price, and they are not read once more.
    gets_a_cent = amount * sums["most"] >= total
    rows = divided.filter(share__gt=0).values_list("pk", "share", "price") if gets_a_cent else ()
    shares = {book: (share, price) for book, share, price in rows}
    by_loss = divided.order_by("-loss", "pk").values_list("pk", "price")
    for book, price in by_loss[: amount - sum(share for share, _ in shares.values())]:
        shares[book] = shares.get(book, (0, price))[0] + 1, price
    return shares
