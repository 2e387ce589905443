"""The book's words about itself: Dublin Core of EPUB 3 (with refinements) and of EPUB 2 (with attributes).

https://www.w3.org/TR/epub-33/#sec-pkg-metadata
"""

import re
from datetime import date

from lxml import etree

from .book import Metadata
from .plain_text import html_to_text, one_line

OPF = "http://www.idpf.org/2007/opf"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
# As in "Ada Lovelace <ada@example.com>".
E_MAIL_ADDRESS = re.compile(r"\s*<[^<>\s]*@[^<>\s]*>")
ISBN = re.compile(r"(?:urn:isbn:|isbn[ :]*)?([0-9][0-9 -]{8,20}[0-9Xx])", re.IGNORECASE)
UNKNOWN_LANGUAGE = "und"
MAX_DESCRIPTION = 20_000
MAX_AUTHORS = 50


def read_metadata(root: etree._Element) -> Metadata:
    """Read the metadata of a package document; what is missing or makes no sense is left empty."""
    descriptions = (html_to_text("".join(it.itertext())) for it in _values(root, "description"))
    titles = _values(root, "title")
    main, subtitle = _main_and_subtitle(root, titles)
    return Metadata(
        title=main,
        subtitle=subtitle,
        authors=_authors(root)[:MAX_AUTHORS],
        language=_language(_texts(root, "language")),
        published=_published(root),
        description=next(descriptions, "")[:MAX_DESCRIPTION],
        subjects=tuple(dict.fromkeys(_texts(root, "subject"))),
        isbn=next(filter(None, map(_isbn, _texts(root, "identifier"))), ""),
        identifier=_identifier(root),
    )


def _values(root: etree._Element, name: str) -> list[etree._Element]:
    elements = root.iterfind(f"{{*}}metadata//{{http://purl.org/dc/elements/1.1/}}{name}")
    return [element for element in elements if _text(element)]


def _texts(root: etree._Element, name: str) -> list[str]:
    return [_text(element) for element in _values(root, name)]


def _text(element: etree._Element) -> str:
    return one_line("".join(element.itertext()))


def _refinement(root: etree._Element, element: etree._Element, name: str) -> str:
    """Return what EPUB 3's <meta refines="#id" property="name"> or EPUB 2's opf:name says of the element."""
    for meta in root.iterfind(f"{{*}}metadata/{{*}}meta[@property='{name}']"):
        if element.get("id") and meta.get("refines") == f"#{element.get('id')}":
            return _text(meta)
    return element.get(f"{{{OPF}}}{name}", "")


def _main_and_subtitle(root: etree._Element, titles: list[etree._Element]) -> tuple[str, str]:
    kinds = [(_refinement(root, title, "title-type"), _text(title)) for title in titles]
    main = next((text for kind, text in kinds if kind == "main"), kinds[0][1] if kinds else "")
    subtitle = next((text for kind, text in kinds if kind == "subtitle"), "")
    return main, subtitle


def _authors(root: etree._Element) -> tuple[str, ...]:
    creators = [
        (_refinement(root, creator, "display-seq"), _refinement(root, creator, "role"), _name(creator))
        for creator in _values(root, "creator")
    ]
    # Those without a place keep the order of the file, after those with one.
    creators.sort(key=lambda creator: int(creator[0]) if creator[0].isdecimal() else len(creators) + 1)
    writers = [name for _, role, name in creators if role in {"", "aut"}]
    return tuple(dict.fromkeys(writers or [name for _, _, name in creators]))


def _name(creator: etree._Element) -> str:
    name = _text(creator)
    return E_MAIL_ADDRESS.sub("", name) or name


def _language(tags: list[str]) -> str:
    """Return the first tag, written the way BCP 47 recommends: pt-BR, zh-Hant."""
    tag = tags[0].replace("_", "-") if tags else ""
    if len(tag) > 35 or not LANGUAGE.fullmatch(tag):
        return UNKNOWN_LANGUAGE
    first, *rest = tag.split("-")
    cased = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(cased.get(len(part), str.lower)(part) for part in rest)])


def _published(root: etree._Element) -> date | None:
    for element in _values(root, "date"):
        found = DATE.match(_text(element))
        if found and element.get(f"{{{OPF}}}event", "publication") == "publication":
            year, month, day = (int(part or 1) for part in found.groups())
            try:
                return date(year, month, day)
            except ValueError:
                continue
    return None


def _identifier(root: etree._Element) -> str:
    identifiers = _values(root, "identifier")
    unique = [element for element in identifiers if element.get("id") == root.get("unique-identifier")]
    return next((_text(element) for element in unique + identifiers), "")


def _isbn(identifier: str) -> str:
    """Return the 13 digits of a valid ISBN, be it written with 10 or 13, else nothing."""
    found = ISBN.fullmatch(identifier)
    digits = re.sub(r"[ -]", "", found[1]).upper() if found else ""
    if len(digits) == 10 and _weighted(digits, range(10, 0, -1)) % 11 == 0:
        first = f"978{digits[:9]}"
        return f"{first}{-_weighted(first, [1, 3] * 6) % 10}"
    valid = len(digits) == 13 and digits[:3] in {"978", "979"} and digits.isdecimal()
    return digits if valid and _weighted(digits, [*([1, 3] * 6), 1]) % 10 == 0 else ""


def _weighted(digits: str, weights: range | list[int]) -> int:
    return sum(
        (10 if digit == "X" else int(digit)) * weight for digit, weight in zip(digits, weights, strict=True)
    )
