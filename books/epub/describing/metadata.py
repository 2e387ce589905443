"""The book's metadata: Dublin Core as in EPUB 3 (with refinements) and in EPUB 2 (with attributes).

https://www.w3.org/TR/epub-33/#sec-pkg-metadata
"""

import re
from collections import defaultdict
from collections.abc import Iterator

from lxml import etree

from books.epub.book import Metadata, Person
from books.epub.plain_text import SKIPPED, html_to_text, one_line

from . import people
from .dates import Published, first_date
from .isbns import isbn_in
from .languages import language_tag

# A position in a series, as 2 or 1.5. The parts of "2.1.3", which EPUB 3 allows, are no number.
POSITION = re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?")
# EPUB 2's events, those first that say when the text came out; the date of a change says nothing of it.
PUBLICATION = ("", "publication", "original-publication", "issued", "available", "creation")
# Codes for ISBNs in https://ns.editeur.org/onix/en/5, with 10 and with 13 digits, and for EANs.
ISBN_TYPES = {"02": "isbn", "15": "isbn", "03": "ean"}
RUBY = re.compile(r"</?(?:ruby|rb|rt|rp|rtc|b|i|em|strong|sup|sub|small|span|br)\b[^<>]*>", re.IGNORECASE)
MAX_DESCRIPTION = 20_000
MAX_AUTHORS = 50
MAX_CONTRIBUTORS = 50
MAX_SUBJECTS = 50
# In characters, of any other value; our pages show less.
MAX_VALUE = 1_000
MAX_DESCRIPTION_MARKUP = 10 * MAX_DESCRIPTION

# What refines an element, by "#" with its id and by the name of the refinement.
type Refinements = dict[tuple[str, str], list[str]]


def read_metadata(root: etree._Element) -> Metadata:
    """Read the metadata of a package document; what is missing or meaningless is left empty."""
    descriptions = (
        html_to_text("".join(it.itertext())[:MAX_DESCRIPTION_MARKUP]) for it in _values(root, "description")
    )
    refinements = _refinements(root)
    main, subtitle = _main_and_subtitle(_values(root, "title"), refinements)
    series, position = _series(root, refinements)
    creators, contributors = (_people(root, name, refinements) for name in ("creator", "contributor"))
    authors = people.authors_of(creators, contributors)[:MAX_AUTHORS]
    published = _published(root)
    return Metadata(
        title=_text(main) if main is not None else "",
        subtitle=subtitle,
        authors=tuple(author.name for author in authors),
        language=language_tag(_texts(root, "language")),
        published=published.day,
        published_to=published.precision,
        description=next(descriptions, "")[:MAX_DESCRIPTION],
        subjects=tuple(dict.fromkeys(_texts(root, "subject")))[:MAX_SUBJECTS],
        series=series,
        series_position=_position(position),
        isbn=next(filter(None, _isbns(root, refinements)), ""),
        identifier=_identifier(root),
        title_file_as=_title_file_as(root, main, refinements),
        contributors=people.contributors_of([*creators, *contributors], authors)[:MAX_CONTRIBUTORS],
        authors_file_as={author.name: author.file_as for author in authors if author.file_as},
    )


def _values(root: etree._Element, name: str) -> list[etree._Element]:
    """Return Dublin Core's elements of this name with something in them, whatever their namespace."""
    elements = (
        child for metadata in root.iterfind("{*}metadata") for child in metadata.iterdescendants("{*}*")
    )
    named = (element for element in elements if etree.QName(element).localname.lower() == name)
    return [element for element in named if _text(element)]


def _texts(root: etree._Element, name: str) -> list[str]:
    return [_text(element) for element in _values(root, name)]


def _text(element: etree._Element) -> str:
    """Return the element's text on one line, without the readings beside ruby text."""
    return one_line(_without_ruby("".join(_passages(element))))[:MAX_VALUE]


def _passages(element: etree._Element) -> Iterator[str]:
    """Yield the element's text without that of readings, which libraries write as elements or as text."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and etree.QName(child).localname.lower() not in SKIPPED:
            yield from _passages(child) if etree.QName(child).localname.lower() != "br" else " "
        elif not isinstance(child.tag, str):
            yield child.text or ""
        yield child.tail or ""


def _without_ruby(text: str) -> str:
    return html_to_text(text) if RUBY.search(text) else text


def _attribute(element: etree._Element, name: str) -> str:
    """Return an attribute of EPUB 2, which may be in its namespace or in none."""
    values = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return next(values, "").strip()


def _refinements(root: etree._Element) -> Refinements:
    """Return what EPUB 3's <meta refines="#id" property="name"> say."""
    said: Refinements = defaultdict(list)
    for meta in root.iterfind("{*}metadata/{*}meta[@refines]"):
        refined = f"#{meta.get('refines', '').strip().removeprefix('#')}"
        said[refined, meta.get("property", "").strip()].append(_text(meta))
    return said


def _all_refinements(element: etree._Element, name: str, refinements: Refinements) -> list[str]:
    """Return what refines an element, or its attribute opf:name of EPUB 2."""
    said = refinements.get((f"#{element.get('id')}", name)) if element.get("id") else None
    return said or [_attribute(element, name)]


def _refinement(element: etree._Element, name: str, refinements: Refinements) -> str:
    return _all_refinements(element, name, refinements)[0]


def _main_and_subtitle(
    titles: list[etree._Element], refinements: Refinements
) -> tuple[etree._Element | None, str]:
    kinds = [(_refinement(title, "title-type", refinements), title) for title in titles]
    main = next((title for kind, title in kinds if kind == "main"), titles[0] if titles else None)
    subtitle = next((_text(title) for kind, title in kinds if kind == "subtitle"), "")
    return main, subtitle


def _title_file_as(root: etree._Element, title: etree._Element | None, refinements: Refinements) -> str:
    said = _refinement(title, "file-as", refinements) if title is not None else ""
    return one_line(said or _named_metas(root).get("calibre:title_sort", ""))[:MAX_VALUE]


def _people(root: etree._Element, name: str, refinements: Refinements) -> list[Person]:
    """Return the people in these elements, in the order of their display sequence, for each role once."""
    found = [
        (_refinement(element, "display-seq", refinements), person)
        for element in _values(root, name)
        for person in _persons(element, refinements, people.UNKNOWN if name == "contributor" else "")
    ]
    return people.in_order(found)


def _persons(element: etree._Element, refinements: Refinements, default: str) -> Iterator[Person]:
    named = people.name_of(_text(element))
    file_as = one_line(_refinement(element, "file-as", refinements))[:MAX_VALUE]
    for role in _all_refinements(element, "role", refinements):
        yield Person(named, people.role_code(role) or default, file_as)


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
    said = _named_metas(root)
    return said.get("calibre:series", ""), said.get("calibre:series_index", "")


def _named_metas(root: etree._Element) -> dict[str, str]:
    """Return what <meta name="" content=""> say, or <meta property="">, as Calibre writes both."""
    metas = root.iterfind("{*}metadata//{*}meta")
    return {
        meta.get("name") or meta.get("property", ""): one_line(meta.get("content") or meta.text or "")[
            :MAX_VALUE
        ]
        for meta in metas
    }


def _position(text: str) -> str:
    return text if POSITION.fullmatch(text) else ""


def _published(root: etree._Element) -> Published:
    dates = [(_attribute(element, "event").lower(), _text(element)) for element in _values(root, "date")]
    said = [text for event in PUBLICATION for of, text in dates if of == event]
    return first_date([*said, _named_metas(root).get("dcterms:issued", "")])


def _identifier(root: etree._Element) -> str:
    identifiers = _values(root, "identifier")
    unique = [element for element in identifiers if element.get("id") == root.get("unique-identifier")]
    return next((_text(element) for element in unique + identifiers), "")


def _isbns(root: etree._Element, refinements: Refinements) -> Iterator[str]:
    """Yield the ISBN in each identifier, then in the sources, which name the printed book."""
    for name in ("identifier", "source"):
        for element in _values(root, name):
            kind = _refinement(element, "identifier-type", refinements)
            scheme = _attribute(element, "scheme") or ISBN_TYPES.get(kind, kind)
            yield isbn_in(_text(element), scheme)
    metas = _named_metas(root)
    yield from (
        isbn_in(metas.get(name, ""), "isbn") for name in ("isbn", "dc.identifier.isbn", "schema:isbn")
    )
