"""Who owns a book, through whatever they bought or were given."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from books.models import Book, Grant
from users.formats import number
from users.models import CustomUser

from .permission import special_status
from .rules import readers_of


@dataclass(frozen=True)
class Owners:
    """How many people own a book, and how many through what; some may own it twice."""

    total: int
    bought: int
    with_a_bundle: int
    with_all_books: int
    given: int

    def __str__(self) -> str:
        """Return it as staff read it: "3 people own it: 2 bought it, 1 with a bundle"."""
        ways = [
            (self.bought, "bought it"),
            (self.with_a_bundle, "with a bundle"),
            (self.with_all_books, "with All Books"),
            (self.given, "given it by staff"),
        ]
        people = "1 person owns it" if self.total == 1 else f"{number(self.total)} people own it"
        return f"{people}: {', '.join(f'{number(count)} {way}' for count, way in ways if count)}"


def owners_of(book: Book) -> Owners:
    """Return how many people own this book."""
    live = Grant.objects.filter(book=book, ended_at=None)
    of_bundles = Grant.objects.filter(ended_at=None).filter(
        Q(book=book, bundle__isnull=False) | Q(book=None, bundle__books=book)
    )
    return Owners(
        total=readers_of(book).count(),
        bought=_people(live.filter(bundle=None, order_id__isnull=False)),
        with_a_bundle=_people(of_bundles.filter(bundle__everything=False)) if _has_begun(book) else 0,
        with_all_books=_readers_of_all().count() if _has_begun(book) else 0,
        given=_people(live.filter(bundle=None, order_id=None)),
    )


def ever_owned(books: QuerySet[Book]) -> set[UUID]:
    """Return the ids of those of these books that anybody owns or has owned."""
    granted = Grant.objects.filter(book__in=books.order_by().values("pk")).order_by()
    begun = books.filter(first_published_at__isnull=False).order_by()
    if not _readers_of_all().exists():
        begun = begun.filter(bundles__in=Grant.objects.filter(book=None).order_by().values("bundle"))
    return {*granted.values_list("book", flat=True), *begun.values_list("pk", flat=True)} - {None}


def _has_begun(book: Book) -> bool:
    """Tell whether bundles and All Books unlock it: they do not before it is first published."""
    return book.first_published_at is not None


def _people(grants: QuerySet[Grant]) -> int:
    return grants.order_by().values("user").distinct().count()


def _readers_of_all() -> QuerySet[CustomUser]:
    """Return who holds the permission; superusers, who may read everything, own nothing by that."""
    held = special_status()
    return CustomUser.objects.filter(Q(user_permissions=held) | Q(groups__permissions=held)).distinct()
