"""ISBNs in all the ways in which packages write them → 13 digits, if the check digit is right."""

import re
import unicodedata

DASHES = re.compile("[\u00ad\u058a\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
BETWEEN = r"[ ._/-]{0,3}"
THIRTEEN = re.compile(rf"(?<![0-9])97[89](?:{BETWEEN}[0-9]){{10}}(?![0-9])")
TEN = re.compile(rf"(?<![0-9Xx])[0-9](?:{BETWEEN}[0-9]){{8}}{BETWEEN}[0-9Xx](?![0-9A-Za-z])")
# What may come before ten digits; without it they must be all that there is.
LABEL = re.compile(r"isbn", re.IGNORECASE)
UUID = re.compile(r"uuid|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}", re.IGNORECASE)


def isbn_in(identifier: str, scheme: str = "") -> str:
    """Return the valid ISBN in an identifier, or else nothing; ten digits must be called one."""
    text = DASHES.sub("-", unicodedata.normalize("NFKC", identifier)).replace("--", "-")
    if UUID.search(text):
        return ""
    found = [_thirteen(written) for written in THIRTEEN.findall(text)]
    if LABEL.search(text) or LABEL.search(scheme) or TEN.fullmatch(text.strip()):
        found += [_of_ten(written) for written in TEN.findall(text)]
    return next(filter(None, found), "")


def _thirteen(written: str) -> str:
    digits = _digits(written)
    return digits if _weighted(digits, [*([1, 3] * 6), 1]) % 10 == 0 else ""


def _of_ten(written: str) -> str:
    digits = _digits(written)
    if _weighted(digits, range(10, 0, -1)) % 11:
        return ""
    first = f"978{digits[:9]}"
    return f"{first}{-_weighted(first, [1, 3] * 6) % 10}"


def _digits(written: str) -> str:
    return re.sub("[^0-9Xx]", "", written).upper()


def _weighted(digits: str, weights: range | list[int]) -> int:
    return sum(
        (10 if digit == "X" else int(digit)) * weight for digit, weight in zip(digits, weights, strict=True)
    )
