"""Dates, times and numbers, as shops in several countries write them."""

from datetime import UTC, date, datetime

import pytest
from django.template import Context, Template

from tests.shop import shop
from users.formats import day, day_and_time, month, number, percentage, short_day

MOMENT = datetime(2026, 11, 27, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en_US", "November 28, 2026, 12:30 AM CET"),
        ("en_GB", "28 November 2026, 00:30 CET"),
        ("de_DE", "28 November 2026, 00:30 CET"),
        ("fi_FI", "28 November 2026, 0.30 CET"),
        ("ja_JP", "November 28, 2026, 0:30 CET"),
        # Unicode has no English of Brazil; its hours are its own.
        ("pt_BR", "28 November 2026, 00:30 CET"),
    ],
)
def test_a_moment_has_english_words_in_the_order_of_the_country(settings, locale, written):
    settings.SHOP = shop(locale=locale, time_zone="Europe/Berlin")

    assert day_and_time(MOMENT).replace("\N{NARROW NO-BREAK SPACE}", " ") == written
    assert written.startswith(day(MOMENT))


def test_a_day_without_a_time_is_the_same_everywhere(settings):
    settings.SHOP = shop(locale="en_GB", time_zone="Pacific/Auckland")

    assert day(date(2026, 11, 27)) == "27 November 2026"
    assert short_day(date(2026, 11, 27)) == "27 Nov 2026"
    assert month(date(1813, 1, 28)) == "January 1813"


@pytest.mark.parametrize(
    ("locale", "written"),
    [
        ("en_US", ("1,234,567", "4.3", "34%")),
        ("en_GB", ("1,234,567", "4.3", "34%")),
        ("de_DE", ("1.234.567", "4,3", "34\N{NO-BREAK SPACE}%")),
        # Babel would drop both separators.
        ("de_CH", ("1’234’567", "4.3", "34%")),
        ("fr_CH", ("1’234’567", "4,3", "34%")),
        ("tr_TR", ("1.234.567", "4,3", "%34")),
    ],
)
def test_numbers_are_written_as_the_locale_does(settings, locale, written):
    settings.SHOP = shop(locale=locale)

    assert (number(1_234_567), number(4.25, 1), percentage(0.3499)) == written


def test_a_whole_number_has_its_decimals_whatever_was_written_before():
    assert [number(3), number(3.0, 1), number(3)] == ["3", "3.0", "3"]


def test_a_percentage_is_rounded_down_and_nothing_more():
    assert [percentage(whole / 100) for whole in range(101)] == [f"{whole}%" for whole in range(101)]
    assert (percentage(0.9999), percentage(1)) == ("99%", "100%")


def test_a_template_leaves_out_what_is_not_known():
    template = Template(
        "{% load formats %}{{ none|day }}{{ empty|number }}{{ none|day_and_time }}{{ zero|number }}"
    )

    assert template.render(Context({"none": None, "empty": "", "zero": 0})) == "0"
