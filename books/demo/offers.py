"""What the demo shop does with prices: a sale, a pre-order, a book for which buyers choose what to pay."""

from datetime import timedelta

from django.utils import timezone

from books.models import Book, Sale
from books.models.preorders import days
from books.models.prices.sales import LOOKED_BACK

# Folders of the books.
ON_SALE = ("supper-for-two-and-a-half", "dear-upstairs")
AHEAD_OF_ITS_DAY = "the-snail-who-was-early"
PAY_WHAT_YOU_WANT = "small-weather"

SALE_LASTS = timedelta(days=60)
OPENS_IN = timedelta(days=45)


def make_offers(books: dict[str, Book]) -> None:
    """Put new books of the demo shop on sale, or sell them in another way; `books` by their folders."""
    if on_sale := [book for folder, book in books.items() if folder in ON_SALE]:
        _start_sale(on_sale)
    if AHEAD_OF_ITS_DAY in books:
        _sell_ahead(books[AHEAD_OF_ITS_DAY])
    if PAY_WHAT_YOU_WANT in books:
        book = books[PAY_WHAT_YOU_WANT]
        book.minimum_price = 0
        book.save(update_fields=["minimum_price"])


def _start_sale(books: list[Book]) -> None:
    now = timezone.now()
    for book in books:
        # A reduction is announced beside what a book cost before.
        book.first_published_at = now - LOOKED_BACK
        book.save(update_fields=["first_published_at"])
    sale = Sale.objects.create(name="Evenings in", begins=now, ends=now + SALE_LASTS, percent=25)
    sale.books.set(books)


def _sell_ahead(book: Book) -> None:
    book.opens_at = timezone.now().replace(minute=0, second=0, microsecond=0) + OPENS_IN
    book.published = book.opens_at.date()
    book.save(update_fields=["opens_at", "published"])
    days.day_chosen(book, before=None)
