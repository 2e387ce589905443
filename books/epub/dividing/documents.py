"""The documents of the spine, parsed within limits, and which of them are chapters."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from posixpath import basename
from urllib.parse import quote

from lxml import etree

from books.epub.book import UnusableEpub
from books.epub.opening.archive import HEAD_BYTES, Archive, resolve
from books.epub.opening.charset import decode
from books.epub.opening.dtbook import words_of
from books.epub.opening.kinds import Kind, kind_of
from books.epub.opening.markup import SVG, document_body, outermost, page_of_text, parse_xhtml
from books.epub.opening.package import Package, picture_source
from books.epub.plain_text import has_text
from books.epub.styling.applying import Styles

from .reaching import Reach

# Ten times the longest novels; all the trees are in memory at once.
MAX_TEXT_BYTES = 60 * 1024**2
MAX_ELEMENTS = 1_000_000
CONTENTS_PAGE, COVER_PAGE = "the page of contents", "the page of the cover"
# In characters: a heading, and the like. A document with more beside its lists of links is a chapter.
MAX_BESIDE_NAVIGATION = 300
# The sanitiser takes ten times as long for a passage with three times as many of these characters.
ESCAPED = "&<>"
MAX_ESCAPED = 100_000


@dataclass(frozen=True)
class Documents:
    """The roots of all documents by their paths, and the bodies of those that are chapters."""

    roots: dict[str, etree._Element]
    bodies: dict[str, etree._Element]
    empty: tuple[str, ...]
    # For each path of the spine whose fallback is read instead, the fallback's path.
    stand_ins: dict[str, str]
    # What a style sheet hides, which is taken out, with the path of its document.
    hidden: tuple[tuple[str, etree._Element], ...]
    # Whether some of the style sheets were left out, because they are larger than those of any book.
    lacks_styles: bool
    # The documents in which numbers are left out that style sheets count.
    lacking_numbers: tuple[str, ...]
    # What is read although neither the spine nor the contents list it.
    only_linked: tuple[str, ...]
    # The documents of the manifest that nothing leads to.
    out_of_reach: tuple[str, ...]
    # Tells whether a file of the book is read, or shown as a picture.
    knows: Callable[[str], bool]
    # The documents that are no chapters, each with the reason.
    left_out: dict[str, str]


def read_documents(archive: Archive, package: Package, cover_path: str | None) -> Documents:
    """Parse the spine's documents; raise UnusableEpub if there is nothing to read, or far too much.

    The navigation and the cover page are no chapters: our pages show both in their own way.
    """
    spine = package.documents(archive)
    reach, styles = Reach(archive, package, spine), Styles(archive, package)
    roots = _parsed(archive, package, reach, styles)
    bodies = {path: document_body(root) for path, root in roots.items()}
    filled = {path: body for path, body in bodies.items() if not _is_blank(body)}
    left_out = _not_to_be_read(filled, package.navigation(), cover_path)
    chapters = {path: body for path, body in filled.items() if path not in left_out}
    stand_ins = {path: read for path, read in spine.items() if path != read and read in chapters}
    empty = tuple(sorted(bodies.keys() - filled.keys()))
    return Documents(
        roots=roots,
        bodies=chapters,
        empty=empty,
        stand_ins=stand_ins,
        hidden=tuple(styles.hidden),
        lacks_styles=styles.is_over_budget,
        lacking_numbers=tuple(styles.lacking_numbers),
        only_linked=tuple(reach.only_linked),
        out_of_reach=tuple(reach.out_of_reach()),
        knows=reach.knows,
        left_out=left_out,
    )


def _not_to_be_read(
    bodies: dict[str, etree._Element], navigation: str | None, cover_path: str | None
) -> dict[str, str]:
    """Return why the contents and the cover page are not read; nothing if the book is nothing else."""
    if not bodies:
        raise UnusableEpub("The book has no text.")
    left_out = {
        path: CONTENTS_PAGE if path == navigation else COVER_PAGE
        for path, body in bodies.items()
        if (path == navigation and _is_only_navigation(body)) or _shows_only(body, path, cover_path)
    }
    return left_out if len(left_out) < len(bodies) else {}


def _is_only_navigation(body: etree._Element) -> bool:
    """Tell whether the document has hardly any words beside its lists of links."""
    navs = outermost(body, lambda part: part.tag == "nav")
    beside = _length(body) - sum(map(_length, navs))
    return not navs or beside <= MAX_BESIDE_NAVIGATION


def _length(element: etree._Element) -> int:
    return len("".join("".join(element.itertext()).split()))


def _parsed(archive: Archive, package: Package, reach: Reach, styles: Styles) -> dict[str, etree._Element]:
    types = package.media_types()
    roots, size, elements = {}, 0, 0
    for path in reach.paths():
        data = archive.read(path)
        kind = kind_of(data[:HEAD_BYTES], types.get(path, ""))
        if kind is Kind.PICTURE:
            roots[path] = _page_of_picture(path)
            continue
        size += len(data)
        if size > MAX_TEXT_BYTES:
            raise UnusableEpub(f"The book's text is longer than {MAX_TEXT_BYTES // 1024**2} MB.")
        root = _root(data, kind, package.language)
        elements += int(root.xpath("count(//*)"))
        if elements > MAX_ELEMENTS:
            raise UnusableEpub(f"The book's text has more than {MAX_ELEMENTS:,} elements.")
        if any(_is_slow(passage) for passage in root.itertext()):
            raise UnusableEpub(f"A passage of the book has more than {MAX_ESCAPED:,} characters &, < and >.")
        reach.follow(path, root)
        styles.apply(path, root)
        roots[path] = _page_of_drawing(root) if kind is Kind.DRAWING else root
    return roots


def _root(data: bytes, kind: Kind | None, language: str) -> etree._Element:
    if kind is Kind.PLAIN_TEXT:
        return page_of_text(decode(data, language))
    root = parse_xhtml(data, language)
    return words_of(root) if kind is Kind.MARKUP else root


def _is_slow(passage: str) -> bool:
    return len(passage) > MAX_ESCAPED and sum(map(passage.count, ESCAPED)) > MAX_ESCAPED


def _page_of_picture(path: str) -> etree._Element:
    return parse_xhtml(f'<html><body><img src="{escape(quote(basename(path)))}"/></body></html>'.encode())


def _page_of_drawing(root: etree._Element) -> etree._Element:
    page, body = etree.Element("html"), etree.Element("body")
    page.append(body)
    body.append(root)
    return page


def _pictures(body: etree._Element, path: str) -> set[tuple[str, str] | None]:
    return {
        resolve(path, picture_source(element)) for element in body.iter("img", "image", f"{{{SVG}}}image")
    }


def _is_blank(body: etree._Element) -> bool:
    has_picture = next(body.iter("img", "svg", f"{{{SVG}}}svg", "object", "embed"), None) is not None
    return not has_picture and not has_text(body)


def _shows_only(body: etree._Element, path: str, picture: str | None) -> bool:
    """Tell whether the page shows this one picture and has no words, as a cover page does."""
    return bool(picture) and _pictures(body, path) == {(picture, "")} and not has_text(body)
