"""docs/accounts.md says what the settings say."""

import re
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.test import SimpleTestCase

DOCUMENT = Path(settings.BASE_DIR) / "docs" / "accounts.md"
UNITS = {"m": "minute", "h": "hour"}
SECONDS = {"minutes": 60, "hours": 60 * 60, "days": 24 * 60 * 60}


def documented():
    """What the tables say: {setting: number in words}."""
    rows = re.findall(r"^\| [^|]+ \| ([^|]+) \| `([^`]+)` \|$", DOCUMENT.read_text(), re.MULTILINE)
    return {setting: words for words, setting in rows}


def limit_in_words(limit):
    """'10/5m/ip,50/h/ip' → '10 in 5 minutes and 50 in an hour, by network address'."""
    parts = [part.split("/") for part in limit.split(",")]
    times = []
    for amount, duration, _ in parts:
        number, unit = duration[:-1], UNITS[duration[-1]]
        once = "an" if unit == "hour" else "a"
        times.append(f"{amount} in {number} {unit}s" if number else f"{amount} in {once} {unit}")
    counted_by = {"ip": "network address", "user": "user"}[parts[0][2]]
    return f"{' and '.join(times)}, by {counted_by}"


def number_of(words):
    number, _, unit = words.partition(" ")
    return int(number) * SECONDS.get(unit, 1)


class DocumentedNumbersTests(SimpleTestCase):
    def test_every_limit_is_documented_as_it_is_set(self):
        numbers = documented()

        for action, limit in settings.ACCOUNT_RATE_LIMITS.items():
            with self.subTest(action):
                self.assertEqual(numbers[action], limit_in_words(limit))

    def test_no_limit_counts_by_what_was_typed(self):
        for action, limit in settings.ACCOUNT_RATE_LIMITS.items():
            with self.subTest(action):
                self.assertNotIn("/key", limit)

    def test_every_time_and_count_is_documented_as_it_is_set(self):
        for name, words in documented().items():
            if not hasattr(settings, name):
                continue
            with self.subTest(name):
                value = getattr(settings, name)
                if isinstance(value, timedelta):
                    value = value.total_seconds()
                self.assertEqual(number_of(words), value)

    def test_every_row_of_the_document_is_a_setting(self):
        validators = {entry["NAME"].rpartition(".")[2]: entry for entry in settings.AUTH_PASSWORD_VALIDATORS}
        numbers = documented()

        known = {name for name in numbers if hasattr(settings, name) or name in settings.ACCOUNT_RATE_LIMITS}

        self.assertEqual(set(numbers) - known, {"MinimumLengthValidator"})
        least = validators["MinimumLengthValidator"]["OPTIONS"]["min_length"]
        self.assertEqual(numbers["MinimumLengthValidator"], f"{least} characters")
