"""Limits on queries whose cost a visitor's words decide: the database cancels those that take too long."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from django.db import OperationalError, connection, transaction

# An ordinary query takes a hundredth of either. SQLite counts the steps of its virtual machine, not time.
MOST_MILLISECONDS = 2_000
MOST_STEPS = 10_000_000
# How often SQLite's steps are looked at until they are too many.
LOOKS = 100

# How PostgreSQL runs the queries.
SETTINGS = {
    # They take longer to start than such a query takes.
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # A list of the books of a large shop fits. Looking again for what does not fit takes ten times longer.
    "work_mem": "16MB",
    # Searches for common words then read the same rows every time, which are still in memory.
    "synchronize_seqscans": "off",
}

QUERY_CANCELED = "57014"  # https://www.postgresql.org/docs/current/errcodes-appendix.html


class TooMuch(Exception):
    """A query took too long, so the database cancelled it."""


@contextmanager
def bounded_queries() -> Iterator[None]:
    """Limit each query of the block; on SQLite, all of them together. Raises TooMuch."""
    bounded = _in_postgresql if connection.vendor == "postgresql" else _in_sqlite
    try:
        with bounded():
            yield
    except OperationalError as error:
        if _was_cancelled(error.__cause__):
            raise TooMuch from error
        raise


@contextmanager
def _in_postgresql() -> Iterator[None]:
    is_inner = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        settings = {"statement_timeout": MOST_MILLISECONDS} | SETTINGS
        cursor.execute("; ".join(f"SET LOCAL {name} = '{value}'" for name, value in settings.items()))
        yield
        if is_inner:
            # Otherwise the end of the transaction is the end of its settings.
            cursor.execute("; ".join(f"SET LOCAL {name} TO DEFAULT" for name in settings))


@contextmanager
def _in_sqlite() -> Iterator[None]:
    connection.ensure_connection()
    # SQLite calls the handler after so many steps; True ends the query. The steps before the first call are
    # fewer: SQLite counts on from the last time that the same query was run. So one call says nothing yet.
    calls = count(1)
    connection.connection.set_progress_handler(lambda: next(calls) > LOOKS, max(1, MOST_STEPS // LOOKS))
    try:
        yield
    finally:
        connection.connection.set_progress_handler(None, 0)


def _was_cancelled(error: BaseException | None) -> bool:
    is_canceled = getattr(error, "pgcode", None) == QUERY_CANCELED
    return is_canceled or getattr(error, "sqlite_errorname", None) == "SQLITE_INTERRUPT"
