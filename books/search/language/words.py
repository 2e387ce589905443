"""Words as both searches compare them: without case, accents, apostrophes and what cannot be seen."""

import re
import unicodedata
from functools import cache

from django.utils.functional import SimpleLazyObject

LONGEST_QUERY = 200
# What Unicode does not take apart: letters with a stroke, ligatures, letters with two small forms. The
# database's books_plain (migration 0043) has the same table and takes the same steps as `fold`: a test
# compares them, letter by letter.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ς": "σ", "ß": "ss", "þ": "th", "æ": "ae", "œ": "oe"}
)


def ranges_of(codes):
    """Return the characters with these codes, in ascending order, as ranges for a regular expression."""
    codes = set(codes)
    firsts, lasts = (sorted(code for code in codes if code + step not in codes) for step in (-1, 1))
    return "".join(f"\\u{first:04x}-\\u{last:04x}" for first, last in zip(firsts, lasts, strict=True))


# What says how a word is set, not which word it is: soft hyphens, joiners and their opposites, marks of
# direction, the lengthening stroke of Arabic (tatweel), variants of a character.
INVISIBLE = (
    *(0x00AD, 0x034F, 0x061C, 0x0640, 0x115F, 0x1160, 0x17B4, 0x17B5, 0xFEFF),
    *range(0x180B, 0x1810),
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
)
WITHOUT_INVISIBLE = str.maketrans("", "", "".join(map(chr, INVISIBLE)))
# Chinese, Japanese, Thai, Lao, Burmese and Khmer put no spaces between words; in Korean, what is looked for
# is often within one. Each character, with its signs, counts as a word.
UNSPACED = (
    r"\u0e01-\u0e4e\u0e81-\u0ecd\u0edc-\u0edf\u1000-\u103f\u1050-\u108f\u1780-\u17d3"
    r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff"
)
# Hyphens and apostrophes, which some people leave out: "e-mail" and "email" are the same.
JOINTS = "'’‐-"
LETTER = r"[^\W_]"


@cache
def signs():
    """Return the vowels of Hindi, Thai and others, as ranges for a regular expression.

    They are signs on a letter which, unlike accents, make another word.
    """
    return ranges_of(
        code
        for code in range(0x10000)
        if unicodedata.category(chr(code))[0] == "M"
        and not unicodedata.combining(chr(code))
        and code not in INVISIBLE
    )


# Compiled when they are first used: it would take a fortieth of the start, and only searches need them.
UNSPACED_LETTER = SimpleLazyObject(lambda: re.compile(f"([{UNSPACED}][{signs()}]*)"))
WORD = SimpleLazyObject(lambda: re.compile(f"{LETTER}+(?:[{signs()}]+{LETTER}*)*"))
# A word, or several joined by apostrophes and hyphens.
COMPOUND = SimpleLazyObject(lambda: re.compile(f"{WORD.pattern}(?:[{JOINTS}]{WORD.pattern})*"))


def clean(query: str) -> str:
    """Return what a visitor typed without invisible characters and extra spaces, cut to 200 characters."""
    query = query.translate(WITHOUT_INVISIBLE)
    printable = "".join(letter if letter.isprintable() else " " for letter in query)
    return " ".join(printable.split())[:LONGEST_QUERY].strip()


def fold(text):
    """Return the text without case, accents and invisible characters."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text).translate(WITHOUT_INVISIBLE)
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", plain).lower().translate(LETTERS)


def spaced(text):
    """Return the text with the letters of scripts without spaces as words of their own."""
    return UNSPACED_LETTER.sub(r" \1 ", text)


def joined(text):
    """Return the compounds of a folded text, each as one word: "email" for "e-mail"."""
    found = (compound for compound in COMPOUND.findall(text) if not WORD.fullmatch(compound))
    return ["".join(WORD.findall(compound)) for compound in found]
