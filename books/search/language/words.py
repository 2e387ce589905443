"""Words as both searches compare them: without case, accents and apostrophes."""

import re
import unicodedata

LONGEST_QUERY = 200
# What Unicode does not take apart: letters with a stroke, ligatures, letters with two small forms. The
# database's books_folded (migration 0012) has the same table and takes the same steps as `fold`: a test
# compares them, letter by letter.
LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ς": "σ", "ß": "ss", "þ": "th", "æ": "ae", "œ": "oe"}
)
# Chinese and Japanese put no spaces between words: each character counts as one.
IDEOGRAPH = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
WORD = re.compile(r"[^\W_]+")
# A word, or several joined by apostrophes and hyphens.
COMPOUND = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def clean(query: str) -> str:
    """Return what a visitor typed without control characters and extra spaces, cut to 200 characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in query)
    return " ".join(printable.split())[:LONGEST_QUERY].strip()


def fold(text):
    """Return the text without case and accents."""
    if text.isascii():
        return text.lower()
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", plain).lower().translate(LETTERS)


def spaced(text):
    """Return the text with the letters of scripts without spaces as words of their own."""
    return IDEOGRAPH.sub(r" \1 ", text)
