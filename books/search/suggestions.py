"""What to suggest while a visitor types: titles, names and subjects with words that begin so.

They come from the newest books that the search finds by their title, by their authors and by their subjects,
so that they cost no more than a page of results. A book is found once, by the best of these: one found by its
title may have an author or a subject of that name too.
"""

from books.models import Author, Book, Subject

from . import ranking
from .language.documents import words_of
from .language.words import clean
from .wanted import Wanted

SHORTEST = 2
# Of each kind.
MOST = 4
# Books in which names and subjects are looked for: several may be by one author.
LOOKED_THROUGH = 24

BY_TITLE, BY_AUTHOR, BY_SUBJECT = ranking.TIERS[1:4]


def suggest(query):
    """Return books, authors and subjects, a few each."""
    # Other forms are for whoever has finished the word.
    wanted = Wanted.of(clean(query), languages=[])
    if sum(map(len, wanted.words)) < SHORTEST:
        return [], [], []
    titled = _titled(wanted)
    by_author = titled + _newest(wanted, BY_AUTHOR)
    by_subject = by_author + _newest(wanted, BY_SUBJECT)
    authors = Author.objects.filter(books__in=by_author)
    subjects = Subject.objects.filter(books__in=by_subject)
    return _books(titled), _named(authors, wanted), _named(subjects, wanted)


def _titled(wanted):
    ids = ranking.newest(wanted, 0, MOST)
    return ids + (ranking.newest(wanted, BY_TITLE, MOST - len(ids)) if len(ids) < MOST else [])


def _books(ids):
    books = Book.objects.only("title", "language").in_bulk(ids)
    return [books[pk] for pk in ids if pk in books]


def _newest(wanted, tier):
    """Return the newest books of the tier; none if that takes a list of very many."""
    is_quick = ranking.is_quick(wanted, tier, LOOKED_THROUGH)
    return ranking.newest(wanted, tier, LOOKED_THROUGH) if is_quick else []


def _named(rows, wanted):
    """Return those whose names have every word of the query, or one that begins so."""
    found = rows.order_by("name").distinct()
    return [each for each in found if _has_all(words_of(each.name), wanted.words)][:MOST]


def _has_all(words, wanted):
    return all(any(word.startswith(each) for word in words) for each in wanted)
