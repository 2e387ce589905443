"""The book's metadata: Dublin Core as in EPUB 3 (with refinements) and in EPUB 2 (with attributes).

https://www.w3.org/TR/epub-33/#sec-pkg-metadata
"""

import math
import re
from datetime import date

from lxml import etree

from books.epub.book import Metadata
from books.epub.plain_text import html_to_text, one_line

OPF = "http://www.idpf.org/2007/opf"
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")
# As in "Ada Lovelace <ada@example.com>".
E_MAIL_ADDRESS = re.compile(r"\s*<[^<>\s@]*@[^<>\s]*>")
ISBN = re.compile(r"(?:urn:isbn:|isbn[ :]*)?([0-9][0-9 -]{8,20}[0-9Xx])", re.IGNORECASE)
# An author's place in the order; no book needs more digits.
PLACE = re.compile(r"[0-9]{1,6}")
# A position in a series, as 2 or 1.5. The parts of "2.1.3", which EPUB 3 allows, are no number.
POSITION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?")
UNKNOWN_LANGUAGE = "und"
MAX_DESCRIPTION = 20_000
MAX_AUTHORS = 50
MAX_SUBJECTS = 50
# In characters, of any other value; our pages show less.
MAX_VALUE = 1_000
MAX_DESCRIPTION_MARKUP = 10 * MAX_DESCRIPTION

# What refines an element, by "#" with its id and by the name of the refinement.
type Refinements = dict[tuple[str, str], str]


def read_metadata(root: etree._Element) -> Metadata:
    """Read the metadata of a package document; what is missing or meaningless is left empty."""
    descriptions = (
        html_to_text("".join(it.itertext())[:MAX_DESCRIPTION_MARKUP]) for it in _values(root, "description")
    )
    refinements = _refinements(root)
    main, subtitle = _main_and_subtitle(_values(root, "title"), refinements)
    series, position = _series(root, refinements)
    return Metadata(
        title=main,
        subtitle=subtitle,
        authors=_authors(_values(root, "creator"), refinements)[:MAX_AUTHORS],
        language=_language(_texts(root, "language")),
        published=_published(root),
        description=next(descriptions, "")[:MAX_DESCRIPTION],
        subjects=tuple(dict.fromkeys(_texts(root, "subject")))[:MAX_SUBJECTS],
        series=series,
        series_position=_position(position),
        isbn=next(filter(None, map(_isbn, _texts(root, "identifier"))), ""),
        identifier=_identifier(root),
    )


def _values(root: etree._Element, name: str) -> list[etree._Element]:
    elements = root.iterfind(f"{{*}}metadata//{{http://purl.org/dc/elements/1.1/}}{name}")
    return [element for element in elements if _text(element)]


def _texts(root: etree._Element, name: str) -> list[str]:
    return [_text(element) for element in _values(root, name)]


def _text(element: etree._Element) -> str:
    return one_line("".join(element.itertext()))[:MAX_VALUE]


def _refinements(root: etree._Element) -> Refinements:
    """Return what EPUB 3's <meta refines="#id" property="name"> say; of two with the same name, the first."""
    said: Refinements = {}
    for meta in root.iterfind("{*}metadata/{*}meta[@refines]"):
        said.setdefault((meta.get("refines"), meta.get("property", "")), _text(meta))
    return said


def _refinement(element: etree._Element, name: str, refinements: Refinements) -> str:
    """Return what refines an element, or its attribute opf:name of EPUB 2."""
    said = refinements.get((f"#{element.get('id')}", name)) if element.get("id") else None
    return element.get(f"{{{OPF}}}{name}", "") if said is None else said


def _main_and_subtitle(titles: list[etree._Element], refinements: Refinements) -> tuple[str, str]:
    kinds = [(_refinement(title, "title-type", refinements), _text(title)) for title in titles]
    main = next((text for kind, text in kinds if kind == "main"), kinds[0][1] if kinds else "")
    subtitle = next((text for kind, text in kinds if kind == "subtitle"), "")
    return main, subtitle


def _authors(creators: list[etree._Element], refinements: Refinements) -> tuple[str, ...]:
    # Authors without a place come last, in the order of the file.
    ordered = sorted(creators, key=lambda creator: _place(_refinement(creator, "display-seq", refinements)))
    named = [(_refinement(creator, "role", refinements), _name(creator)) for creator in ordered]
    writers = [name for role, name in named if role in {"", "aut"}]
    return tuple(dict.fromkeys(writers or [name for _, name in named]))


def _place(sequence: str) -> float:
    found = PLACE.fullmatch(sequence)
    return int(found[0]) if found else math.inf


def _name(creator: etree._Element) -> str:
    name = _text(creator)
    return E_MAIL_ADDRESS.sub("", name) or name


def _series(root: etree._Element, refinements: Refinements) -> tuple[str, str]:
    """Return the title of the book's series and its position there, as EPUB 3 or else as Calibre has them.

    A collection may also be a set, such as the volumes of a box; that is no series.
    https://www.w3.org/TR/epub-33/#sec-belongs-to-collection
    """
    for meta in root.iterfind("{*}metadata/{*}meta[@property='belongs-to-collection']"):
        kind = _refinement(meta, "collection-type", refinements)
        # A collection that refines another is what that one belongs to.
        if _text(meta) and not meta.get("refines") and kind in {"", "series"}:
            return _text(meta), _refinement(meta, "group-position", refinements)
    metas = root.iterfind("{*}metadata/{*}meta[@name]")
    said = {meta.get("name"): one_line(meta.get("content", ""))[:MAX_VALUE] for meta in metas}
    return said.get("calibre:series", ""), said.get("calibre:series_index", "")


def _position(text: str) -> str:
    return text if POSITION.fullmatch(text) else ""


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
    """Return the 13 digits of a valid ISBN, whether written with 10 or 13, or else nothing."""
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
