"""Queries that are asked with every page, put together once.

Django takes several times as long to put a query together as the database takes to answer it. Where only a
few values in it differ from one request to the next, its SQL is the same.
"""

import threading

from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import FETCH_ONE, Value
from django.db.models.query import get_related_populators
from django.db.transaction import TransactionManagementError


class Given(Value):
    """A value of a prepared query that is given each time it is asked, by this name."""

    def __init__(self, name, field):
        super().__init__(name, output_field=field)

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def among(self, given, database):
        """Return the value as the database takes it."""
        return self.output_field.get_db_prep_value(given[self.value], database)


def _values(parameters, given):
    """Return the parameters of a query, of which some are Givens, as the database takes them."""
    # `connection` is a proxy: it would look up this thread's connection again for each attribute.
    database = connections[DEFAULT_DB_ALIAS]
    return [each.among(given, database) if isinstance(each, Given) else each for each in parameters]


class Prepared:
    """A query that ends in values_list(), made by a function with a Given for each value that differs.

    Call it with these values; it returns the rows as tuples, like the query itself.
    """

    def __init__(self, make):
        self._make = make
        # What converts the values of a row holds a connection, which belongs to one thread.
        self._of_thread = threading.local()

    def __call__(self, **given):
        compiler, sql, parameters, converters = self._compiled()
        with connection.cursor() as cursor:
            cursor.execute(sql, _values(parameters, given))
            rows = cursor.fetchall()
        return list(map(tuple, compiler.apply_converters(rows, converters))) if converters else rows

    def _compiled(self):
        if not hasattr(self._of_thread, "compiled"):
            compiler = self._make().query.get_compiler(connection=connection)
            sql, parameters = compiler.as_sql()
            columns = [column for column, *_ in compiler.select[: compiler.col_count]]
            self._of_thread.compiled = compiler, sql, parameters, compiler.get_converters(columns)
        return self._of_thread.compiled


class PreparedObjects:
    """A query of objects, made by a function with a Given for each value that differs.

    Call it with these values; it returns a list of the objects, with what the query selects and annotates.
    """

    def __init__(self, make):
        self._make = make
        # As in Prepared.
        self._of_thread = threading.local()

    def __call__(self, **given):
        query, compiler, sql, parameters, converters, names, related = self._compiled()
        if query.select_for_update and connection.get_autocommit():
            raise TransactionManagementError("Rows are locked only within a transaction.")
        with connection.cursor() as cursor:
            cursor.execute(sql, _values(parameters, given))
            rows = cursor.fetchall()
        found = []
        for row in compiler.apply_converters(rows, converters) if converters else rows:
            instance = query.model.from_db(connection.alias, names, row[: len(names)])
            for each in related:
                each.populate(row, instance)
            for name, column in compiler.annotation_col_map.items():
                setattr(instance, name, row[column])
            found.append(instance)
        return found

    def get(self, **given):
        """Return the only object; raises its model's DoesNotExist."""
        for found in self(**given):
            return found
        raise self._compiled()[0].model.DoesNotExist

    def _compiled(self):
        if not hasattr(self._of_thread, "compiled"):
            query = self._make().query
            compiler = query.get_compiler(connection=connection)
            sql, parameters = compiler.as_sql()
            converters = compiler.get_converters([column for column, *_ in compiler.select])
            names = [compiler.select[at][0].target.attname for at in compiler.klass_info["select_fields"]]
            related = get_related_populators(
                compiler.klass_info, compiler.select, connection.alias, FETCH_ONE
            )
            self._of_thread.compiled = query, compiler, sql, parameters, converters, names, related
        return self._of_thread.compiled


class PreparedForSeveral:
    """Prepared queries about any number of rows; the function gets a list of Givens for them, too.

    A query has room for 4, 8, 16 … of them, so there are few; the last one is repeated in the rest.
    """

    def __init__(self, make, field):
        self._make = make
        self._field = field
        self._by_size = {}

    @classmethod
    def of(cls, field):
        """Return a decorator for such a function; the values are those of this field."""
        return lambda make: cls(make, field)

    def __call__(self, values, **given):
        values = list(values)
        if not values:
            return []
        size = 4
        while size < len(values):
            size *= 2
        values += values[-1:] * (size - len(values))
        return self._for(size)(**given, **{f"each{number}": value for number, value in enumerate(values)})

    def _for(self, size):
        # Two threads may both make one; the later stays.
        if size not in self._by_size:
            each = [Given(f"each{number}", self._field) for number in range(size)]
            self._by_size[size] = Prepared(lambda: self._make(each))
        return self._by_size[size]


def prefill(instance, name, related):
    """Let `instance.name.all()` return these objects, as prefetch_related() does, but without a query."""
    found = getattr(instance, name).all()
    found._result_cache = related
    found._prefetch_done = True
    vars(instance).setdefault("_prefetched_objects_cache", {})[name] = found
