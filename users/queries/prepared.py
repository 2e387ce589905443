"""Queries that Django puts together once for each process, and that are asked again with other values.

Django takes up to ten times as long to turn a query into SQL as PostgreSQL takes to find a row by its key.
That SQL depends on the values in a few places only: in those, `Given` stands for a value that is yet to come.
"""

from collections.abc import Callable
from copy import copy
from typing import Any, NamedTuple, NoReturn

from django.db import connection, models
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import TransactionManagementError


class Given(models.Value):
    """The place of a value in a prepared query."""

    def __init__(self, name: str, field: models.Field):
        super().__init__(None, output_field=field)
        self.name = name

    def as_sql(self, compiler: object, connection: object) -> tuple[str, tuple[Any, ...]]:
        """Return a placeholder, with itself for the value."""
        return "%s", (self,)

    def of(self, values: dict[str, object]) -> object:
        """Return its value among these, as the database takes it."""
        return self.output_field.get_db_prep_value(values[self.name], connection)


class _Compiled(NamedTuple):
    """A query with its SQL, and with the compiler that knows which columns become which attributes."""

    queryset: models.QuerySet
    compiler: SQLCompiler
    sql: str
    parameters: tuple[Any, ...]

    def asked(self, values: dict[str, object]) -> models.QuerySet:
        """Return the query with these values."""
        parameters = [each.of(values) if isinstance(each, Given) else each for each in self.parameters]
        compiler: Any = copy(self.compiler)
        compiler.connection = connection
        compiler.as_sql = lambda: (self.sql, parameters)
        asked: Any = self.queryset.all()
        asked.query.get_compiler = lambda using: compiler
        return asked


class Prepared[Row]:
    """Called with a value for each of its `fields`, by name, it returns the rows that its query finds."""

    def __init__(self, make: Callable[..., models.QuerySet], fields: dict[str, type[models.Field]]):
        self._make = make
        self._givens = {name: Given(name, field()) for name, field in fields.items()}
        # By the kind of the database.
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, **values: object) -> list[Row]:
        compiled = self._compiled.get(connection.vendor) or self._compile()
        if compiled.queryset.query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("Rows are locked only within a transaction.")
        return list(compiled.asked(values))

    def get(self, **values: object) -> Row:
        """Return the one row that the query finds; raises the model's DoesNotExist."""
        found = self(**values)
        if not found:
            self._raise_missing()
        return found[0]

    def _raise_missing(self) -> NoReturn:
        raise self._compiled[connection.vendor].queryset.model.DoesNotExist

    def _compile(self) -> _Compiled:
        queryset = self._make(**self._givens)
        compiler = queryset.query.get_compiler(connection=connection)
        sql, parameters = compiler.as_sql()
        compiled = _Compiled(queryset, compiler, sql, tuple(parameters))
        self._compiled[connection.vendor] = compiled
        return compiled


def prepared(**fields: type[models.Field]) -> Callable[[Callable[..., models.QuerySet]], Prepared[Any]]:
    """Make a function that returns a query a prepared one; it gets a `Given` for each of the fields."""
    return lambda make: Prepared(make, fields)
