"""Which books match a query, best first, at a cost that does not grow with the shop.

The best is the book with exactly this title; then come those with every word in the title, in title and
authors, in title, authors and subjects, and anywhere. Among equals the newest is first.
"""

import math

from django.db import connection

from books.models import Book

from . import frequency
from .indexing import FIELDS

# Counted and shown. Nobody turns more pages, and the database need not read more to answer.
MOST_FOUND = 1_000
# The newest books are looked through, one by one, until this many times as many as should be enough.
PATIENCE = 10
# Longer lists are sorted only if the newest books have too few that match.
MOST_LISTED = 5_000
# Books that are gone through for words that are common, in a tenth of a second.
MOST_GONE_THROUGH = 20_000

# The tiers, best first: the exact title, then as many as there are fields.
TIERS = range(len(FIELDS) + 1)
ANYWHERE = TIERS[-1]

# PostgreSQL expects too many books with a rare word, and would read all books to join them. LIMIT 1 makes it
# look up those that there are.
ENTRIES = {
    "postgresql": """books_searchentry entry
        CROSS JOIN LATERAL (SELECT * FROM books_book WHERE id = entry.book_id LIMIT 1) AS book""",
    "sqlite": "books_searchentry entry JOIN books_book book ON book.id = entry.book_id",
}
# The limit also tells PostgreSQL's planner that the list is short. The order is BOOK_ORDERS["newest"].
ALL = """
    WITH found AS MATERIALIZED (
        SELECT book.id, first_published_at, book.title, {tier} AS tier
        FROM {entries} WHERE {found} AND is_published LIMIT {most} + 1
    ),
    counted AS (SELECT count(*) AS number FROM found)
    SELECT number, CAST(id AS text) FROM counted LEFT JOIN found ON number <= {most}
    ORDER BY tier, first_published_at DESC, title, id
"""
COUNTED = """
    SELECT count(*) FROM (
        SELECT FROM (SELECT * FROM books_searchentry LIMIT {first}) AS entry
        CROSS JOIN LATERAL (SELECT * FROM books_book WHERE id = entry.book_id LIMIT 1) AS book
        WHERE {has} AND is_published LIMIT {most} + 1
    ) AS found
"""
LISTED = """
    WITH found AS MATERIALIZED (
        SELECT book.id, first_published_at, book.title FROM {entries} WHERE {found} AND is_published {limit}
    )
    SELECT id, (SELECT count(*) FROM found) FROM found
    ORDER BY first_published_at DESC, title, id LIMIT {number}
"""
# LIMIT 1 makes the planner look at the books one by one, in their order.
WALKED = """
    SELECT book.id FROM (
        SELECT id, first_published_at, title FROM books_book WHERE is_published
        ORDER BY first_published_at DESC, title, id LIMIT {books}
    ) AS book, LATERAL (SELECT * FROM books_searchentry WHERE book_id = book.id LIMIT 1) AS entry
    WHERE {has} ORDER BY first_published_at DESC, book.title, book.id LIMIT {number}
"""


def few(wanted):
    """Return the ids of all published books that match, best first; None if they are more than MOST_FOUND.

    They are texts, for key(): a page shows few of a thousand, and each id takes time to make of its text.
    """
    if wanted.are_common and _are_often_together(wanted):
        return None
    found, found_values = wanted.found(ANYWHERE)
    better = [_in_tier(wanted, tier) for tier in TIERS[:-1]]
    cases = " ".join(f"WHEN {has} THEN {tier}" for tier, (has, _) in enumerate(better))
    tier = f"CASE {cases} ELSE {ANYWHERE} END"
    values = [*(value for _, values in better for value in values), *found_values]
    rows = _rows(ALL, values, by_index=wanted.are_common, tier=tier, found=found, most=MOST_FOUND)
    return None if rows[0][0] > MOST_FOUND else [pk for _, pk in rows if pk]


def _are_often_together(wanted):
    """Tell whether more than MOST_FOUND of the first books, without an index, have words that are common.

    If they have not, the words are seldom together, and only the index finds the few books with all of them.
    """
    has, values = wanted.has(ANYWHERE)
    [(number,)] = _rows(COUNTED, values, has=has, first=MOST_GONE_THROUGH, most=MOST_FOUND)
    return number > MOST_FOUND


def best(wanted, number):
    """Return the ids of the best of many matching books, up to this many."""
    found = []
    for tier in TIERS:
        found += newest(wanted, tier, number - len(found))
        if len(found) == number:
            break
    return found


def newest(wanted, tier, number):
    """Return the ids of the newest books of a tier, up to this many."""
    if tier == 0:
        return _listed(_in_tier(wanted, 0), number)
    better = _in_tier(wanted, tier - 1)
    has, found = _without(wanted.has(tier), better), _without(wanted.found(tier), better)
    by_index = wanted.are_common
    ids = _walked(has, number, _share(wanted, tier)) or _listed(
        found, number, most=MOST_LISTED, by_index=by_index
    )
    if ids is not None:
        return ids
    # More books match than was estimated.
    share = MOST_LISTED / max(frequency.rows(), MOST_LISTED)
    return _walked(has, number, share) or _listed(found, number, by_index=by_index)


def is_quick(wanted, tier, number):
    """Tell whether so many books of a tier are found without a list of very many."""
    share = wanted.share(tier)
    # In a small shop, a large share of the books is a short list.
    is_short = share <= frequency.COMMON or share * frequency.rows() <= MOST_LISTED
    return is_short or _is_walk_shorter(number, _share(wanted, tier))


def _share(wanted, tier):
    """Return the share of the tier among all books, as PostgreSQL estimates it."""
    return wanted.share(tier) - (wanted.share(tier - 1) if tier > 1 else 0)


def _is_walk_shorter(number, share):
    """Tell whether so many books of this share are found sooner among the newest than from a list."""
    return share > 0 and number / share < share * frequency.rows()


def _walked(condition, number, share):
    """Return the ids of the newest books that satisfy the condition, as this share of all books does.

    It returns none if a list is quicker, or if there turn out to be fewer among the newest.
    """
    if not _is_walk_shorter(number, share):
        return []
    has, values = condition
    rows = _rows(WALKED, values, has=has, books=PATIENCE * math.ceil(number / share), number=number)
    return [key(pk) for (pk,) in rows] if len(rows) == number else []


def _listed(condition, number, *, most=None, by_index=False):
    """Return the ids of the newest books that satisfy the condition; None if more than `most` do."""
    found, values = condition
    limit = "" if most is None else f"LIMIT {most + 1}"
    rows = _rows(LISTED, values, by_index=by_index, found=found, limit=limit, number=number)
    is_all = most is None or not rows or rows[0][1] <= most
    return [key(pk) for pk, _ in rows] if is_all else None


def _in_tier(wanted, tier):
    """Return the condition "at least as good as this tier", with its parameters."""
    return wanted.has(tier) if tier else ("entry.heading = %s", [wanted.heading])


def _without(condition, better):
    """Return the condition that the first holds and the other does not."""
    return f"{condition[0]} AND NOT {better[0]}", [*condition[1], *better[1]]


def key(pk):
    """Return the id of a book as it is in Python, of its text."""
    return Book._meta.pk.to_python(pk)


def _rows(statement, values, *, by_index=False, **parts):
    """Return what a statement finds; `by_index` keeps PostgreSQL from going through all entries for it."""
    with connection.cursor() as cursor:
        if by_index and connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(statement.format(entries=ENTRIES[connection.vendor], **parts), values)
        found = cursor.fetchall()
        if by_index and connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan TO DEFAULT")
        return found
