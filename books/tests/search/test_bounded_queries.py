"""The limits on queries whose cost a visitor's words decide."""

from unittest import skipUnless
from unittest.mock import patch

from django.db import connection
from django.test import TestCase

from books.search import bounded_queries
from books.search.bounded_queries import TooMuch

# Some ten steps of SQLite for each row.
QUERY = """
    WITH RECURSIVE row (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM row WHERE n < %s)
    SELECT max(n) FROM row
"""


@skipUnless(connection.vendor == "sqlite", "PostgreSQL measures each query by the clock.")
@patch.object(bounded_queries, "MOST_STEPS", 100_000)
class StepsTests(TestCase):
    def run_query(self, rows):
        with bounded_queries.bounded_queries(), connection.cursor() as cursor:
            cursor.execute(QUERY, [rows])
            return cursor.fetchone()[0]

    def test_a_quick_query_is_answered_however_often_it_was_run_before(self):
        answers = [self.run_query(1_000) for _ in range(100)]

        self.assertEqual(answers, [1_000] * 100)

    def test_a_long_query_is_cancelled(self):
        with self.assertRaises(TooMuch):
            self.run_query(1_000_000)
