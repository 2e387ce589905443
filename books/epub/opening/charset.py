"""Bytes → text: by byte order mark, as UTF-8, as declared, or in the encoding that the letters look like.

Declarations are hints, not facts: programs copy them from templates, and converters forget them. Labels mean
what browsers take them for (https://encoding.spec.whatwg.org/#names-and-labels).
"""

import codecs
import re
from collections.abc import Iterable

BYTE_ORDER_MARKS = [
    # UTF-32 first: its mark begins with that of UTF-16.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
]
# Without a mark: how markup begins, or every other byte is zero.
WIDE_STARTS = [(b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be")]
WIDE_SAMPLE = 400
WIDE_SHARE = 0.4
# In bytes. A declaration comes first; what it is made of tells the encoding long before the end.
DECLARED_WITHIN = 4_096
SNIFFED = 20_000

DECLARED = re.compile(
    rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']\s*([A-Za-z0-9._:-]{1,40})"""
    rb"""|<meta\s[^>]{0,400}?charset\s*=\s*["']?\s*([A-Za-z0-9._:-]{1,40})|^\s*@charset\s+["']([A-Za-z0-9._:-]{1,40})""",
    re.IGNORECASE,
)
LANGUAGE = re.compile(
    rb"""\blang\s*=\s*["']\s*([A-Za-z]{2,3})\b|\blanguage\s*>\s*([A-Za-z]{2,3})\b""", re.IGNORECASE
)
# The encodings known to Python in which documents are really written; utf-8 has been tried before.
DOCUMENT_ENCODING = re.compile(
    r"iso8859|cp125|cp8|cp9|shift_jis|euc_|gb|big5|koi8|iso2022_jp|hz|tis|mac-|johab", re.ASCII
)
# What browsers read under these names: mostly the same encoding with more letters.
SUPERSETS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}
# Nothing but ASCII in bytes, so they look like UTF-8; the mark with which other letters begin.
SEVEN_BIT = {"iso2022_jp": b"\x1b$", "hz": b"~{"}

LATIN = "cp1252"
# By the first part of the language's tag.
LATIN_BY_LANGUAGE = {
    language: encoding
    for encoding, languages in {
        "cp1250": "pl cs sk hu sl hr ro bs sq pol ces cze slk slo hun slv hrv ron rum",
        "cp1254": "tr az tur aze",
        "cp1257": "lt lv et lit lav est",
        "cp1258": "vi vie",
    }.items()
    for language in languages.split()
}
# Each with its commonest letters: they are more than half of any text, and few in one decoded wrongly.
ALPHABETS = {
    "cp1251": "оеаинтсрвлкмді",
    "koi8_r": "оеаинтсрвлкмді",
    "cp1253": "αοιετσνηυρπκςάέίό",
    "cp1255": "יוהלאתרמשבנם",
    "cp1256": "اليمنرتوبهدع",
    "cp874": "านรอกเงมยลวดท่ี้",
}
# The letters of these are too many for that.
SCRIPTS = ("gb18030", "cp932", "euc_jp", "big5hkscs", "cp949")
OTHERS_BY_LANGUAGE = {
    language: tuple(encodings.split())
    for encodings, languages in {
        "cp1251 koi8_r": "ru uk bg be sr mk rus ukr bul bel srp mkd mac",
        "cp932 euc_jp": "ja jpn",
        "gb18030 big5hkscs": "zh zho chi",
        "big5hkscs gb18030": "zh-tw zh-hk zh-mo zh-hant",
        "cp949": "ko kor",
        "cp1253": "el ell gre",
        "cp1255": "he iw yi heb yid",
        "cp1256": "ar fa ur ara fas per urd",
        "cp874": "th tha",
    }.items()
    for language in languages.split()
}
TAG = re.compile(rb"<[^<>]*>|&#?[A-Za-z0-9]+;")
LETTER = re.compile(rb"[A-Za-z]")
PUNCTUATION = re.compile("[ -\x7f\xa0«»“”„‘’…—–№。，、！？：；（）「」『』]")
# What is no character, and those that everybody may use for signs of their own.
WRONG = re.compile("[\ufffd\ue000-\uf8ff]")
KANA = re.compile("[\u3041-\u30fe]")
MIXED_WORD = re.compile(r"[A-Za-z][^\W\d_A-Za-z]|[^\W\d_A-Za-z][A-Za-z]")
# Letters of Polish and Czech as they look in the encoding of Western Europe.
EASTERN = re.compile("[a-z][³¹¿¯\ufffd]|[³¿][a-z]|[a-z][øìùò](?=[a-zà-þ])|[øì](?=ed|[íéá])")
COMMON_SHARE = 0.5
# In bytes: of fewer nobody can tell how frequent a letter is.
FEW = 12
KANA_SHARE = 0.2


def _single_byte(error: UnicodeError) -> tuple[str, int]:
    """Read bytes that are no UTF-8, among many that are, as what they were in before the two were mixed."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode(LATIN, errors="replace"), error.end


codecs.register_error("books.single_byte", _single_byte)


def decode(data: bytes, language: str = "") -> str:
    """Return a file's text; the language, if it is known, helps to tell encodings apart."""
    for mark, encoding in BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return data.removeprefix(mark).decode(encoding, errors="replace")
    if encoding := _wide(data[:WIDE_SAMPLE]):
        return data.decode(encoding, errors="replace")
    data = data.removeprefix(codecs.BOM_UTF8)
    declared = _declared(data)
    if declared in SEVEN_BIT and SEVEN_BIT[declared] in data:
        return data.decode(declared, errors="replace")
    if _is_utf8(data):
        return data.decode("utf-8", errors="books.single_byte")
    if declared not in SEVEN_BIT and declared and _fits(data[:SNIFFED], declared):
        return data.decode(declared, errors="replace")
    return data.decode(_sniffed(data, language or _language(data)), errors="replace")


def _wide(sample: bytes) -> str:
    for start, encoding in WIDE_STARTS:
        if sample.startswith(start):
            return encoding
    for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = sample[place::2], sample[1 - place :: 2]
        if high.count(0) > WIDE_SHARE * len(high) and not low.count(0):
            return encoding
    return ""


def _is_utf8(data: bytes) -> bool:
    """Tell whether it is UTF-8; a few wrong bytes among correct letters do not make it another encoding."""
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    if not wrong:
        return True
    beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore"))
    return wrong * 2 <= beyond_ascii - wrong


def _declared(data: bytes) -> str:
    """Return the declared encoding by Python's name, or nothing if it is not one of documents."""
    found = DECLARED.search(data[:DECLARED_WITHIN])
    label = next(filter(None, found.groups()), b"").decode().lower() if found else ""
    # Hebrew "-i" is in the order in which it is read, as all of Unicode is.
    for written in (label.removesuffix("-i"), label.removeprefix("x-"), label.replace("windows-", "cp")):
        try:
            name = codecs.lookup(written).name
        except LookupError:
            continue
        name = SUPERSETS.get(name, name)
        return name if DOCUMENT_ENCODING.match(name) else ""
    return ""


def _fits(data: bytes, encoding: str) -> bool:
    """Tell whether text in this encoding could look like this; many a declaration is false."""
    text = data.decode(encoding, errors="replace")
    beyond_ascii = sum(letter > "\x7f" for letter in text)
    if text.count("\ufffd") * 20 > beyond_ascii:
        return False
    if encoding == LATIN:
        return not _is_mostly_beyond_ascii(_words(data)) and not _is_eastern(text)
    # Letters of two alphabets in one word.
    return encoding not in ALPHABETS or len(MIXED_WORD.findall(text)) * 2 <= beyond_ascii


def _language(data: bytes) -> str:
    found = LANGUAGE.search(data[:DECLARED_WITHIN])
    return next(filter(None, found.groups()), b"").decode() if found else ""


def _words(data: bytes) -> bytes:
    """Return the first passages between tags in which there is more than ASCII."""
    passages = TAG.split(data[: 10 * SNIFFED])
    return b" ".join(passage for passage in passages if not passage.isascii())[:SNIFFED]


def _is_mostly_beyond_ascii(words: bytes) -> bool:
    beyond = sum(byte > 0x7F for byte in words)
    return beyond > len(LETTER.findall(words))


def _is_eastern(text: str) -> bool:
    """Tell whether Western Europe's encoding makes words of it that no language there has."""
    return len(EASTERN.findall(text)) * 5 > len(PUNCTUATION.sub("", text))


def _sniffed(data: bytes, language: str) -> str:
    words, tag = _words(data), language.replace("_", "-").lower()
    language = tag.partition("-")[0]
    others = OTHERS_BY_LANGUAGE.get(tag) or OTHERS_BY_LANGUAGE.get(language, ())
    if not others and not _is_mostly_beyond_ascii(words):
        is_eastern = _is_eastern(words.decode(LATIN, errors="replace"))
        return LATIN_BY_LANGUAGE.get(language) or ("cp1250" if is_eastern else LATIN)
    return _likeliest(words, others) or _likeliest(words, (*ALPHABETS, *SCRIPTS)) or LATIN


def _likeliest(words: bytes, encodings: Iterable[str]) -> str:
    """Return the one of these encodings that the words are likely to be in; nothing if they are in none."""
    texts = {encoding: words.decode(encoding, errors="replace") for encoding in encodings}
    possible = {
        encoding: text
        for encoding, text in texts.items()
        if len(WRONG.findall(text)) * 50 <= len(PUNCTUATION.sub("", text))
    }
    shares = {
        name: _share(possible[name], letters) for name, letters in ALPHABETS.items() if name in possible
    }
    best = max(shares, key=shares.__getitem__, default="")
    if best and shares[best] > COMMON_SHARE:
        return best
    for encoding in ("euc_jp", "cp932"):
        text = PUNCTUATION.sub("", possible.get(encoding, ""))
        if len(KANA.findall(text)) > KANA_SHARE * max(len(text), 1):
            return encoding
    scripts = [encoding for encoding in possible if encoding in SCRIPTS]
    return (
        _by_frequency(words, scripts) if len(scripts) > 1 and len(words) > FEW else next(iter(scripts), best)
    )


def _share(text: str, letters: str) -> float:
    """Return how much of the text, without ASCII and punctuation, consists of these letters."""
    rest = PUNCTUATION.sub("", text).lower()
    return sum(map(rest.count, letters)) / len(rest) if rest else 0


def _by_frequency(words: bytes, encodings: list[str]) -> str:
    # Loaded late: only documents in old encodings that do not say so need its tables.
    from charset_normalizer import from_bytes  # noqa: PLC0415

    best = from_bytes(words, cp_isolation=encodings, threshold=1.0).best()
    return best.encoding if best else encodings[0]
