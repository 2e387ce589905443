"""What staff can choose in the shop's settings works for whatever they choose."""

from datetime import UTC, datetime

import pytest

from books.money import money
from pages.choices import LOCALES
from tests.shop import shop
from users.formats import day_and_time, english_variant, number

MOMENT = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize("locale", LOCALES)
def test_every_way_of_writing_writes_everything(settings, locale):
    settings.SHOP = shop(locale=locale)

    assert "November" in day_and_time(MOMENT)
    assert "2026" in day_and_time(MOMENT)
    assert len(number(1_234_567)) == len("1,234,567")
    assert len(money(123_456_700, "eur")) >= len("€1,234,567.00")
    assert english_variant(locale) in {"en-us", "en-ie", "en-au"}
