"""What the tests build is the same whenever it is built."""

from datetime import UTC, datetime
from unittest.mock import patch

from django.test import SimpleTestCase

from .epubs import make_epub, make_picture


class BuildersTests(SimpleTestCase):
    def test_an_epub_is_the_same_byte_for_byte_whenever_it_is_built(self):
        built = set()
        for moment in (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)):
            with patch("time.time", return_value=moment.timestamp()):
                built.add(make_epub(cover=make_picture()).getvalue())

        self.assertEqual(len(built), 1)
