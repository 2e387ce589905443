"""Binds the folders of the demo books into EPUB 3 files, byte for byte the same every time."""

import tomllib
import zipfile
from pathlib import Path

from books.demo.documents import CONTAINER, MEDIA_TYPES, Book, nav_document, ncx_document, package_document

SHELF = Path(__file__).parent


def demo_sources() -> list[Path]:
    """Return the folders of all demo books, oldest first: in this order they come into the shop."""
    sources = sorted(path.parent for path in SHELF.glob("*/book.toml"))
    return sorted(sources, key=lambda source: read_book(source)["published"])


def read_book(source: Path) -> Book:
    """Return what the book.toml of a folder says."""
    return tomllib.loads((source / "book.toml").read_text(encoding="utf-8"))


def demo_price(source: Path) -> int:
    """Return the price of a demo book in US cents."""
    return int(read_book(source)["price"])


def build_epub(source: Path, destination: Path) -> Path:
    """Bind the folder `source` into the EPUB file `destination` and return its path."""
    book = read_book(source)
    # The books of the shelf share one stylesheet.
    paths = sorted([SHELF / "style.css", *source.iterdir()], key=lambda path: path.name)
    files = {path.name: path.read_bytes() for path in paths if path.suffix in MEDIA_TYPES}
    files |= {"nav.xhtml": nav_document(book).encode(), "toc.ncx": ncx_document(book).encode()}
    parts = {"mimetype": b"application/epub+zip", "META-INF/container.xml": CONTAINER.encode()}
    parts["EPUB/package.opf"] = package_document(book, list(files)).encode()
    with zipfile.ZipFile(destination, "w") as archive:
        for name, content in (parts | {f"EPUB/{name}": content for name, content in files.items()}).items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            stored = name.endswith(("mimetype", ".jpg", ".png"))
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return destination
