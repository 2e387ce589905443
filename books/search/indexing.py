"""Making books findable."""

from collections.abc import Iterable
from dataclasses import dataclass

from books.models import Book, SearchEntry, SearchLanguage
from books.models.catalogue.authors import authors_prefetch

from .language.documents import document, heading, words_of
from .language.spelling import learn
from .language.stems import stemmed_language

LONGEST_DESCRIPTION = 20_000

# The fields of a SearchEntry, best first: a match in the title comes before one in the description.
FIELDS = ("title", "authors", "subjects", "description")


@dataclass(frozen=True)
class Findable:
    """The texts by which a book is found, as they are written."""

    title: str
    subtitle: str
    authors: str
    # The names of its subjects, the title of its series, its ISBN.
    subjects: str
    description: str
    # A BCP 47 tag.
    language: str

    @classmethod
    def of(cls, book: Book) -> "Findable":
        """Return what a stored book is found by; needs its authors, subjects and series."""
        subjects = " ".join(subject.name for subject in book.subjects.all())
        return cls(
            title=book.title,
            subtitle=book.subtitle,
            authors=book.author_names,
            subjects=f"{subjects} {book.series or ''} {book.isbn}",
            description=book.description,
            language=book.language,
        )

    def columns(self) -> dict[str, str]:
        """Return the columns of its SearchEntry, except the book."""
        language = stemmed_language(self.language)
        return {
            "heading": heading(self.title),
            "title": document(f"{self.title} {self.subtitle}", language),
            # Names are not words of a language.
            "authors": document(self.authors),
            "subjects": document(self.subjects, language),
            "description": document(self.description[:LONGEST_DESCRIPTION], language),
        }

    @property
    def names(self) -> str:
        """The text whose words are known to the correction of misspellings."""
        return f"{self.title} {self.subtitle} {self.authors} {self.subjects}"


def index(*books: Book) -> None:
    """Make books findable as they are stored; call it after they, their authors or their subjects change."""
    stored = Book.objects.filter(pk__in=[book.pk for book in books])
    stored = stored.prefetch_related(authors_prefetch(), "subjects", "series")
    found_by = {book: Findable.of(book) for book in stored}
    SearchEntry.objects.bulk_create(
        [SearchEntry(book=book, **findable.columns()) for book, findable in found_by.items()],
        update_conflicts=True,
        unique_fields=["book"],
        update_fields=["heading", *FIELDS],
    )
    learn_from(found_by.values())


def learn_from(findables: Iterable[Findable]) -> None:
    """Remember in which languages these books are, and the words of their names."""
    findables = list(findables)
    languages = {stemmed_language(each.language) for each in findables} - {""}
    SearchLanguage.objects.bulk_create(
        [SearchLanguage(code=code) for code in sorted(languages)], ignore_conflicts=True
    )
    learn(word for each in findables for word in words_of(each.names))
