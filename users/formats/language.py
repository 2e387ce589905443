"""The shop's locale, and which English it stands for."""

from functools import lru_cache

from babel import Locale, UnknownLocaleError


class _Grouping(Locale):
    """A locale by which Babel keeps every separator of thousands.

    Babel takes the two apostrophes of a Swiss million, 1'234'567, for quotation marks and drops them. What
    Unicode has there is another sign.
    """

    @property
    def number_symbols(self):
        latin = super().number_symbols["latn"]
        return {"latn": {**latin, "group": latin["group"].replace("'", "\N{RIGHT SINGLE QUOTATION MARK}")}}


@lru_cache(64)
def locale_of(name: str) -> Locale:
    """Return the locale with this name, "de_DE"."""
    known = Locale.parse(name)
    return _Grouping(known.language, known.territory, known.script)


@lru_cache(64)
def english_of(name: str) -> Locale:
    """Return the English of a locale's country: that of de_DE is en_DE, by Unicode's data.

    For a country without one it is the English of the world, which writes the day first.
    """
    try:
        return Locale("en", Locale.parse(name).territory)
    except UnknownLocaleError:
        return Locale("en", "001")


@lru_cache(64)
def has_24_hours(name: str) -> bool:
    """Tell whether a locale counts the hours of a day from 0 to 23."""
    return "H" in Locale.parse(name).time_formats["short"].pattern


@lru_cache(64)
def english_variant(name: str) -> str:
    """Return which of Django's own kinds of English writes dates as day() and times as day_and_time() do.

    That is for what Django itself writes: the columns of the admin's lists.
    """
    if english_of(name).date_formats["long"].pattern.startswith("M"):
        return "en-us"
    return "en-ie" if has_24_hours(name) else "en-au"
