"""Writes many rows at once: by COPY on PostgreSQL, by one prepared statement on SQLite."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import StringIO

from django.core.management.color import no_style
from django.db import connection
from django.db.models import Max, Model
from django.db.models.fields import NOT_PROVIDED

# For building indexes; PostgreSQL's default of 64 MB makes those of a million books several times as slow.
MAINTENANCE_MEMORY = "512MB"


class Table:
    """A model's table. The columns that are not named get the model's defaults, the same in every row."""

    def __init__(self, model: type[Model], *names: str) -> None:
        self.model = model
        blank = model()
        given = {name: model._meta.get_field(name) for name in names}
        rest = [field for field in model._meta.concrete_fields if field not in given.values()]
        defaults = {
            field: field.pre_save(blank, add=True)
            for field in rest
            if not (field.generated or field.db_default is not NOT_PROVIDED)
        }
        # Without a default, the database numbers the row.
        defaults = {field: value for field, value in defaults.items() if not field.primary_key}
        self.fields = [*given.values(), *defaults]
        self.defaults = tuple(defaults.values())

    def write(self, rows: Iterable[Sequence[object]]) -> None:
        """Add these rows, each with the named columns in their order."""
        whole = ((*row, *self.defaults) for row in rows)
        if connection.vendor == "postgresql":
            self._copy(whole)
        else:
            self._insert(whole)

    def next_id(self) -> int:
        """Return a number from which all are free."""
        return (self.model.objects.aggregate(last=Max("pk"))["last"] or 0) + 1

    @property
    def _columns(self) -> str:
        return ", ".join(connection.ops.quote_name(field.column) for field in self.fields)

    def _copy(self, rows: Iterable[tuple]) -> None:
        table = connection.ops.quote_name(self.model._meta.db_table)
        file = StringIO()
        # Whatever has a value is quoted, so that an empty text is not taken for NULL.
        csv.writer(file, quoting=csv.QUOTE_NOTNULL).writerows(map(_as_text, row) for row in rows)
        file.seek(0)
        with connection.cursor() as cursor:
            cursor.copy_expert(f"COPY {table} ({self._columns}) FROM STDIN (FORMAT csv)", file)

    def _insert(self, rows: Iterable[tuple]) -> None:
        table = connection.ops.quote_name(self.model._meta.db_table)
        places = ", ".join(["%s"] * len(self.fields))
        statement = f"INSERT INTO {table} ({self._columns}) VALUES ({places})"  # noqa: S608 (names of columns)
        with connection.cursor() as cursor:
            cursor.executemany(statement, (self._prepared(row) for row in rows))

    def _prepared(self, row: tuple) -> list[object]:
        return [
            field.get_db_prep_save(value, connection) for field, value in zip(self.fields, row, strict=True)
        ]


def _as_text(value: object) -> object:
    return json.dumps(value) if isinstance(value, list | dict) else value


def free_numbers(*models: type[Model]) -> None:
    """Let the database number new rows after those that were written with their ids."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


@contextmanager
def indexes_set_aside(*models: type[Model]) -> Iterator[None]:
    """Drop the indexes of these tables and make them again at the end, which is quicker than keeping them.

    Those that keep rows unique stay. Call it in a transaction, whose end decides about all of it.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # an index cannot be dropped while checks wait
        cursor.execute(f"SET LOCAL maintenance_work_mem = '{MAINTENANCE_MEMORY}'")
        cursor.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique",
            [[model._meta.db_table for model in models]],
        )
        found = dict(cursor.fetchall())
        for name in found:
            cursor.execute(f"DROP INDEX {name}")
        yield
        for definition in found.values():
            cursor.execute(definition)
