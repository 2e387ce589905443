"""Queries for which a visitor's words decide how much there is to do: the database gives them up in time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction

# An ordinary query takes a hundredth of either. SQLite counts steps of its virtual machine instead of time.
MOST_MILLISECONDS = 2_000
MOST_STEPS = 10_000_000

QUERY_CANCELED = "57014"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


class TooMuch(Exception):
    """A query would have taken too long; it was given up."""


@contextmanager
def bounded_queries() -> Iterator[None]:
    """Bound each query of the block by itself. Raises TooMuch."""
    bounded = _in_postgresql if connection.vendor == "postgresql" else _in_sqlite
    try:
        with bounded():
            yield
    except OperationalError as error:
        if _was_given_up(error.__cause__):
            raise TooMuch from error
        raise


@contextmanager
def _in_postgresql() -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = %s", [MOST_MILLISECONDS])
        yield
        # This transaction may be part of another one.
        cursor.execute("SET LOCAL statement_timeout = DEFAULT")


@contextmanager
def _in_sqlite() -> Iterator[None]:
    connection.ensure_connection()
    # What the handler returns ends the query; it is first asked after so many steps.
    connection.connection.set_progress_handler(lambda: 1, MOST_STEPS)
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


def _was_given_up(error: BaseException | None) -> bool:
    is_canceled = getattr(error, "pgcode", None) == QUERY_CANCELED
    return is_canceled or getattr(error, "sqlite_errorname", None) == "SQLITE_INTERRUPT"
