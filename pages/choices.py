"""What staff choose from in the shop's settings: currencies, ways of writing, time zones."""

from datetime import date
from zoneinfo import available_timezones

from babel import Locale
from babel.numbers import format_currency, get_currency_name

from books.money import CURRENCIES
from users.formats import day

# How amounts and numbers are written: one for each way that a country with publishers has.
LOCALES = """
    en_US en_GB en_IE en_CA en_AU en_NZ en_IN en_ZA bg_BG cs_CZ da_DK de_AT de_CH de_DE el_GR es_AR es_ES
    es_MX et_EE fi_FI fr_BE fr_CA fr_CH fr_FR hr_HR hu_HU it_CH it_IT ja_JP ko_KR lt_LT lv_LV nb_NO nl_BE
    nl_NL pl_PL pt_BR pt_PT ro_RO sk_SK sl_SI sv_SE tr_TR uk_UA zh_CN zh_TW
""".split()
EXAMPLE = date(2026, 11, 27)
CONTINENTS = (
    *("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/"),
    "Pacific/",
)


def currencies() -> list[tuple[str, str]]:
    """Return the currencies with their names: ("eur", "Euro (EUR)"), by name."""
    named = [
        (code, f"{get_currency_name(code.upper(), locale='en')} ({code.upper()})") for code in CURRENCIES
    ]
    return sorted(named, key=lambda choice: choice[1])


def locales() -> list[tuple[str, str]]:
    """Return the ways of writing with an example of each, by name."""
    return sorted(((name, _with_example(name)) for name in LOCALES), key=lambda choice: choice[1])


def time_zones() -> list[str]:
    """Return the names of the time zones, which are those of cities, and UTC."""
    return sorted(name for name in available_timezones() if name == "UTC" or name.startswith(CONTINENTS))


def _with_example(name):
    shown = Locale.parse(name).get_display_name("en")
    return f"{shown}: {format_currency(1234.5, 'EUR', locale=name)}, {day(EXAMPLE, locale=name)}"
