"""How dates, times and numbers are written: in English words, otherwise as in the shop's country.

The interface is in English, so a date has English words: "27 November 2026" for a shop in Britain or Germany,
"November 27, 2026" for one in the United States. Numbers have no words, and are written as the shop's locale
writes them, like money (books/money.py): "1.234,5" in Germany. Nothing here depends on the thread's language
or time zone, so that letters and kept pages say the same as any page.
"""

from .dates import day, day_and_time, month, short_day
from .language import english_variant, locale_of
from .numbers import number, percent, percentage

__all__ = [
    "day",
    "day_and_time",
    "english_variant",
    "locale_of",
    "month",
    "number",
    "percent",
    "percentage",
    "short_day",
]
