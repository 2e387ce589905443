"""The demo shelf binds into sound EPUB files, the same ones every time."""

import re
import zipfile
from pathlib import Path
from posixpath import dirname, join, normpath
from xml.etree import ElementTree

import pytest

from books.demo.epubs import build_epub, demo_price, demo_sources, read_book

SOURCES = demo_sources()
XML = (".xhtml", ".opf", ".ncx", ".xml")
# What Markdown writes for emphasis, code, headings, links and tables, and a typewriter for dashes and dots.
LEFT_OVER_MARKUP = re.compile(r"\*\*|__|[`|]|^\s*#|\]\(|--|[—–]-|-[—–]|\.\.\.", re.MULTILINE)
every_book = pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)


def test_the_shelf_holds_at_least_twelve_books_in_three_languages() -> None:
    assert len(SOURCES) >= 12
    assert {read_book(source)["language"] for source in SOURCES} >= {"en", "de", "ja"}
    assert len({read_book(source)["identifier"] for source in SOURCES}) == len(SOURCES)


@every_book
def test_a_book_has_chapters_a_cover_and_a_price(source: Path) -> None:
    chapters = [chapter["file"] for chapter in read_book(source)["chapters"]]
    assert len(chapters) >= 4
    assert chapters == sorted(path.name for path in source.glob("*.xhtml"))
    assert (source / "cover.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert 400 <= demo_price(source) <= 1800


@every_book
def test_the_mimetype_comes_first_and_is_stored(source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_epub(source, tmp_path / "book.epub")) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"


@every_book
def test_all_xml_parses_and_every_link_resolves(source: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(build_epub(source, tmp_path / "book.epub")) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(XML)}
        names = set(archive.namelist())
    ids = {}
    for name, text in texts.items():
        tree = ElementTree.fromstring(text)  # noqa: S314 - our own files
        found = [element.get("id") for element in tree.iter()]
        ids[name] = [value for value in found if value]
        assert len(ids[name]) == len(set(ids[name])), name
    for name, text in texts.items():
        for link in re.findall(r'\b(?:href|src)="([^"]+)"', text):
            path, _, anchor = link.partition("#")
            target = normpath(join(dirname(name), path)) if path else name
            assert target in names, f"{name}: {link}"
            assert not anchor or anchor in ids[target], f"{name}: {link}"


@every_book
def test_chapters_carry_one_heading_and_nothing_active(source: Path) -> None:
    for path in source.glob("*.xhtml"):
        text = path.read_text(encoding="utf-8")
        assert text.count("<h1") == 1, path
        assert not re.search(r"<script|style=|\son\w+=|(?:src|href)=\"\w+:", text), path


@every_book
def test_no_text_shows_left_over_markup(source: Path) -> None:
    texts = {"book.toml": read_book(source)["description"]}
    texts |= {path.name: _prose(path) for path in source.glob("*.xhtml")}

    found = {name: LEFT_OVER_MARKUP.findall(text) for name, text in texts.items()}

    assert not {name: marks for name, marks in found.items() if marks}


def _prose(chapter: Path) -> str:
    """Return what a reader sees of a chapter outside its listings, in which these marks are meant."""
    body = ElementTree.parse(chapter).getroot().find("{*}body")  # noqa: S314 - our own files
    assert body is not None
    for listing in body.findall(".//{*}pre"):
        listing.clear()
    return "\n".join(body.itertext())


@every_book
def test_a_build_is_reproducible(source: Path, tmp_path: Path) -> None:
    one = build_epub(source, tmp_path / "one.epub").read_bytes()
    assert one == build_epub(source, tmp_path / "two.epub").read_bytes()
