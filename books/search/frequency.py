"""How many books have a word, as PostgreSQL estimates it for its own plans.

An estimate decides how a search is made, never what it finds, so it may be old or missing. SQLite has none:
it lists all books with a word whatever is asked.
"""

import math
import time
from functools import lru_cache

from django.db import connection

# Words in more than this share of the books are common: PostgreSQL's index takes longer to list the books
# with one than it takes to look for it in the books that another word has found.
COMMON = 0.05
REMEMBERED_SECONDS = 600


def is_common(word):
    """Tell whether words with this beginning are common."""
    return share([word], "document") > COMMON


def share(words, column):
    """Return the share of the entries with all these words in the column; 0 if few have them."""
    shares = _estimates()[1].get(column, {})
    return math.prod(
        min(1, sum(part for each, part in shares.items() if each.startswith(word))) for word in words
    )


def entries():
    """Return the number of entries."""
    return _estimates()[0]


def _estimates():
    if connection.vendor != "postgresql":
        return 0, {}
    return _estimates_in(time.monotonic() // REMEMBERED_SECONDS)


@lru_cache(maxsize=1)
def _estimates_in(period):
    """Return the number of entries, and for each column its most frequent words with their shares."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'books_searchentry'::regclass")
        [(number,)] = cursor.fetchall()
        cursor.execute(
            """
            SELECT attname, word, share
            FROM pg_stats,
                unnest(most_common_elems::text::text[], most_common_elem_freqs) AS common (word, share)
            WHERE schemaname = current_schema() AND tablename = 'books_searchentry' AND word IS NOT NULL
            """
        )
        shares = {}
        for column, word, part in cursor.fetchall():
            shares.setdefault(column, {})[word] = part
    return number, shares
