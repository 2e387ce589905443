"""Making books findable."""

from books.models import Book, SearchEntry, SearchLanguage
from books.models.catalogue.authors import authors_prefetch

from .language.documents import document, heading, words_of
from .language.spelling import learn
from .language.stems import stemmed_language

LONGEST_DESCRIPTION = 20_000

# The fields of a SearchEntry, best first: a match in the title comes before one in the description.
FIELDS = ("title", "authors", "subjects", "description")


def index(*books: Book) -> None:
    """Make books findable as they are stored; call it after they, their authors or their subjects change."""
    stored = Book.objects.filter(pk__in=[book.pk for book in books])
    stored = stored.prefetch_related(authors_prefetch(), "subjects", "series")
    entries = [_entry(book) for book in stored]
    SearchEntry.objects.bulk_create(
        entries, update_conflicts=True, unique_fields=["book"], update_fields=["heading", *FIELDS]
    )
    languages = {stemmed_language(book.language) for book in stored} - {""}
    SearchLanguage.objects.bulk_create(
        [SearchLanguage(code=code) for code in sorted(languages)], ignore_conflicts=True
    )
    learn(word for book in stored for word in words_of(" ".join(_names(book))))


def _entry(book):
    language = stemmed_language(book.language)
    title, authors, subjects = _names(book)
    return SearchEntry(
        book=book,
        heading=heading(book.title),
        title=document(title, language),
        # Names are not words of a language.
        authors=document(authors),
        subjects=document(subjects, language),
        description=document(book.description[:LONGEST_DESCRIPTION], language),
    )


def _names(book):
    """Return the texts whose words are known to the correction of misspellings."""
    subjects = " ".join(subject.name for subject in book.subjects.all())
    return f"{book.title} {book.subtitle}", book.author_names, f"{subjects} {book.series or ''} {book.isbn}"
