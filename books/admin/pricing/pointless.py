"""Prices that make others pointless: a bundle that costs as much as its books, a book as much as its bundle.

Where buyers choose what they pay, the least counts: whoever wants to pay little pays no more.

Staff are told when they save such a price, and on the page of what nobody has a reason to buy.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.utils import timezone

from books.models import Book, Bundle, Price, Prices, Sale, begun_sales, offered_lists
from books.models.prices import NO_SALES

# Of the bundles with a book, the cheapest are looked at; of a larger bundle, its dearest books.
MOST_BUNDLES = 24
MOST_BOOKS = 1_000
# As many as anybody reads.
MOST_SAID = 12


def warn(model_admin, request, products: Iterable[Book | Bundle], *, at: datetime | None = None) -> None:
    """Tell staff who have saved a price what pointless_prices says; `at` is when their sale begins."""
    products = list(products)
    for sentence in pointless_prices(products, at=at):
        said = f"While the sale runs: {sentence}" if at else sentence
        model_admin.message_user(request, said, messages.WARNING)
    for sentence in pointless_sales(products):
        model_admin.message_user(request, sentence, messages.WARNING)


def pointless_prices(products: Iterable[Book | Bundle], *, at: datetime | None = None) -> list[str]:
    """Return a sentence for each price of these products, or of their bundles, that makes another pointless.

    In each currency that the shop sells in, with the sales of this moment, or else of now. Of a shop of very
    many books, the dearest are compared.
    """
    bundles = list(dict.fromkeys(_bundles_of(products)))
    sales = begun_sales(at)
    said = (
        sentence
        for price_list in (None, *offered_lists())
        for bundle in bundles
        for sentence in _about(bundle, Prices(price_list, sales))
    )
    return list(islice(dict.fromkeys(said), MOST_SAID))


def pointless_sales(products: Iterable[Book | Bundle]) -> list[str]:
    """Return a sentence for each sale, running or to come, in which buyers may pay as little as without it.

    Of a book whose buyers choose what they pay, a sale lowers what is suggested, and the least in proportion.
    """
    said = (
        sentence
        for book in products
        if book.minimum_price is not None
        for sale in _sales_to_end(book)
        for sentence in _about_sale(book, sale)
    )
    return list(islice(dict.fromkeys(said), MOST_SAID))


def _sales_to_end(book: Book) -> QuerySet[Sale]:
    named = Sale.books.through.objects.filter(book=book.pk).values("sale")
    return Sale.objects.filter(Q(everything=True) | Q(pk__in=named), ends__gt=timezone.now())


def _about_sale(book: Book, sale: Sale) -> Iterator[str]:
    sales = begun_sales(max(sale.begins, timezone.now()))
    for price_list in (None, *offered_lists()):
        least = Prices(price_list, sales).minimum_of(book)
        if least is not None and least == Prices(price_list, NO_SALES).minimum_of(book):
            yield (
                f"Buyers may pay {least} for “{book}” with or without the sale “{sale}”: it lowers only what "
                "is suggested."
            )


def _bundles_of(products: Iterable[Book | Bundle]) -> Iterator[Bundle]:
    for product in products:
        if isinstance(product, Bundle):
            yield product
        else:
            yield from Bundle.objects.with_book(product)[:MOST_BUNDLES]
    yield from Bundle.objects.filter(everything=True)


def _about(bundle: Bundle, prices: Prices) -> Iterator[str]:
    together = prices.price_of(bundle)
    if together is None:
        return
    published = bundle.included_books().published().order_by()
    priced = published.filter(price__isnull=False).order_by("-price", "pk")
    columns = ("title", "price", "minimum_price", "first_published_at")
    books = list(priced.only(*columns)[:MOST_BOOKS])
    others = list(Bundle.objects.filter(everything=False).order_by("-price")[:1]) if bundle.everything else []
    prices.look_up(product.pk for product in (*books, *others))
    costs = [(book, _least(prices, book)) for book in books]
    alike = [(book, cost) for book, cost in costs if cost and cost.currency == together.currency]
    are_known = len(alike) == len(costs) < MOST_BOOKS and not published.filter(price=None).exists()
    separately = sum(cost.amount for _, cost in alike)
    from_ = "" if all(book.minimum_price is None for book in books) else "from "
    if are_known and books and separately <= together.amount:
        yield (
            f"“{bundle}” costs {together}, and its books one by one {from_}"
            f"{Price(separately, together.currency)}: nobody has a reason to buy it."
        )
    elif len(alike) > 1 or others:
        alike += [(other, cost) for other in others if (cost := prices.price_of(other))]
        yield from _dearer(bundle, together, alike)


def _least(prices, product):
    """Return what a buyer has to pay: what it costs, or less if they may choose."""
    return prices.minimum_of(product) or prices.price_of(product)


def _dearer(bundle, together, costs):
    dearest, cost = max(costs, key=lambda each: each[1].amount)
    if cost.currency == together.currency and cost.amount >= together.amount:
        yield (
            f"“{dearest}” costs {cost}, and “{bundle}”, which includes it, {together}: "
            "nobody has a reason to buy it on its own."
        )
