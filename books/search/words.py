"""Words as both searches compare them: without case, accents and apostrophes."""

import re
import unicodedata

LONGEST_QUERY = 200
# Letters with a stroke, ligatures: what Unicode does not take apart.
LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
# Chinese and Japanese are written without spaces: each character is a word.
IDEOGRAPH = re.compile(r"([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
# A word, or several held together by apostrophes and hyphens.
COMPOUND = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")


def clean(query: str) -> str:
    """Return what a visitor typed, without control characters and needless spaces, at most 200 characters."""
    printable = "".join(letter if letter.isprintable() else " " for letter in query)
    return " ".join(printable.split())[:LONGEST_QUERY].strip()


def fold(text):
    """Return the text without case and accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", plain).casefold().translate(LETTERS)


def spaced(text):
    """Return the text with the letters of scripts without spaces as words of their own."""
    return IDEOGRAPH.sub(r" \1 ", text)
