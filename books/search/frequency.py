"""How many books or chapters have a word, as PostgreSQL estimates it for its own plans.

An estimate decides how a search is made, never what it finds, so it may be old or missing. SQLite has none:
it lists all books with a word whatever is asked.
"""

import time
from bisect import bisect_left
from functools import lru_cache
from itertools import islice, takewhile

from django.db import connection

# Words in more than this share of the books are common: PostgreSQL's index takes longer to list the books
# with one than it takes to look for it in the books that another word has found.
COMMON = 0.05
REMEMBERED_SECONDS = 600

ENTRIES = "books_searchentry"
CHAPTERS = "books_chapter"


def is_common(beginning):
    """Tell whether words with this beginning are in very many books."""
    return share(beginning, "document") > COMMON


def share(word, column, *, table=ENTRIES, is_beginning=True):
    """Return the share of the rows with this word, or one that begins so; 0 if they are few."""
    words, shares = _estimates()[1].get((table, column), ([], {}))
    if not is_beginning:
        return shares.get(word, 0)
    begin_so = takewhile(lambda each: each.startswith(word), islice(words, bisect_left(words, word), None))
    return min(1, sum(shares[each] for each in begin_so))


def rows(table=ENTRIES):
    """Return the number of rows."""
    return _estimates()[0].get(table, 0)


def _estimates():
    if connection.vendor != "postgresql":
        return {}, {}
    return _estimates_in(time.monotonic() // REMEMBERED_SECONDS)


@lru_cache(maxsize=1)
def _estimates_in(period):
    """Return the number of rows by table, and by table and column the most frequent words, sorted, with the
    share of each.
    """
    tables = [ENTRIES, CHAPTERS]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reltuples FROM pg_class WHERE oid = ANY(%s::text[]::regclass[])", [tables]
        )
        numbers = dict(cursor.fetchall())
        cursor.execute(
            """
            SELECT tablename, attname, word, share
            FROM pg_stats,
                unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (word, share)
            WHERE schemaname = current_schema() AND tablename = ANY(%s) AND word IS NOT NULL
            """,
            [tables],
        )
        shares = {}
        for table, column, word, part in cursor.fetchall():
            shares.setdefault((table, column), {})[word] = part
    return numbers, {column: (sorted(parts), parts) for column, parts in shares.items()}
