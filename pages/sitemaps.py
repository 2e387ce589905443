"""The pages that search engines may list: those that any visitor can open.

A small shop has one sitemap. In a larger one it is an index of files, each with the pages of one kind whose
keys are in one range: the database finds them by the key, and no file takes longer than another. What the
files hold is fixed by sitemaps.org: https://www.sitemaps.org/protocol.html
"""

from collections.abc import Callable, Iterator
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.urls import reverse
from django.utils.html import escape

from books.models import Author, Book, Bundle, Series, Subject
from pages.models import Page

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# How many pages a file may have; sitemaps.org allows ten times as many.
SIZE = 5_000
# The name of the only file of a section.
WHOLE = "all"


class Pages:
    """Pages that are not about a book, and those that staff wrote, which are few."""

    def files(self) -> list[str]:
        return [WHOLE]

    def paths(self, file: str) -> Iterator[str]:
        """Yield the paths of the pages in a file."""
        yield from map(reverse, ("home", "about", "book_list"))
        for page in Page.objects.published().order_by("pk"):
            yield page.get_absolute_url()


class ByNumber:
    """The pages of rows with numbers for keys: file 2 has those from 2 × SIZE on."""

    def __init__(self, rows: Callable[[], QuerySet]):
        self._rows = rows

    def files(self) -> list[str]:
        # Of the whole table, because whether a row has a page takes longer to find out.
        keys = self._rows().model._default_manager.order_by("pk").values_list("pk", flat=True)
        last = keys.last() or 0
        return list(map(str, range(last // SIZE + 1))) if last >= SIZE else [WHOLE]

    def paths(self, file: str) -> Iterator[str]:
        """Yield the paths of the pages in a file."""
        start = 0 if file == WHOLE else int(file) * SIZE
        rows = self._rows().filter(pk__gte=start, pk__lt=start + SIZE).order_by("pk")
        return (row.get_absolute_url() for row in rows)


class ByRandomId:
    """The pages of rows with random UUIDs for keys: file 2f has those that begin with these digits.

    As the keys are random, about as many begin with some digits as with others.
    """

    MOST_DIGITS = 4

    def __init__(self, rows: Callable[[], QuerySet]):
        self._rows = rows

    def files(self) -> list[str]:
        digits = next(digits for digits in range(self.MOST_DIGITS + 1) if self._is_enough(digits))
        return [f"{number:0{digits}x}" for number in range(16**digits)] if digits else [WHOLE]

    def paths(self, file: str) -> Iterator[str]:
        """Yield the paths of the pages in a file."""
        rows = self._beginning_with("" if file == WHOLE else file).order_by("pk").only("pk")
        return (row.get_absolute_url() for row in rows)

    def _is_enough(self, digits):
        """Tell whether the first file is small enough if so many digits are the same in each."""
        return digits == self.MOST_DIGITS or self._beginning_with("0" * digits)[: SIZE + 1].count() <= SIZE

    def _beginning_with(self, digits):
        return self._rows().filter(pk__range=(UUID(f"{digits:0<32}"), UUID(f"{digits:f<32}")))


def _with_books(model: type[Model], link: str) -> QuerySet:
    """Return the authors, subjects or series whose pages visitors can open: those with a published book."""
    return model._default_manager.filter(Exists(Book.objects.published().filter(**{link: OuterRef("pk")})))


# Another kind of page that visitors can open is another line.
SECTIONS = {
    "pages": Pages(),
    # Not All Books, which has no page of its own.
    "bundles": ByNumber(lambda: Bundle.objects.for_offers().filter(everything=False)),
    "books": ByRandomId(Book.objects.published),
    "authors": ByNumber(lambda: _with_books(Author, "authors")),
    "subjects": ByNumber(lambda: _with_books(Subject, "subjects")),
    "series": ByNumber(lambda: _with_books(Series, "series")),
}


def whole() -> str:
    """Return the sitemap: of all pages, or in a larger shop of the files that list them."""
    files = [(name, file) for name, section in SECTIONS.items() for file in section.files()]
    if len(files) > len(SECTIONS):
        return _document("sitemapindex", "sitemap", (reverse("sitemap_file", args=file) for file in files))
    return _document(
        "urlset", "url", (path for section in SECTIONS.values() for path in section.paths(WHOLE))
    )


def is_file(name: str, file: str) -> bool:
    """Tell whether the section of this name has this file."""
    return name in SECTIONS and file in SECTIONS[name].files()


def of_file(name: str, file: str) -> str:
    """Return the sitemap of the pages in one file."""
    return _document("urlset", "url", SECTIONS[name].paths(file))


def _document(root, entry, paths):
    """Return a document with an entry for each path. Addresses are SITE_URL's, whatever host was asked."""
    entries = "".join(f"<{entry}><loc>{escape(settings.SITE_URL + path)}</loc></{entry}>\n" for path in paths)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{NAMESPACE}">\n{entries}</{root}>\n'
