"""Copies of a book's files with a watermark: a sentence that says for whom each was made. None is kept.

A file that a watermark would break is left as it is: one that is signed or locked, or odd in any way. The
same file and sentence give the same bytes, so that an interrupted download can be resumed.
"""

import logging
import textwrap
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from posixpath import dirname, join
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO, BinaryIO

from django.conf import settings
from django.core.files import File
from lxml import etree
from pypdf import PdfReader, PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject

from books import access
from books.epub.opening.archive import Archive
from books.epub.opening.package import read_package
from books.models import Book, Grant
from books.models.downloads import Format
from users.formats import day
from users.models import CustomUser

from .turns import Turns

logger = logging.getLogger(__name__)

CHUNK = 1024**2
SIGNATURES = "META-INF/signatures.xml"
UTF_8_NAME_FLAG = 0x800
READABLE_BY_ALL = 0o644 << 16
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en"><head><title>This copy</title></head><body/></html>
"""
# Callers take a turn around copy_for. One at a time in each process: pypdf works for seconds without a pause,
# and holds the whole PDF in memory, twice while it writes.
TURNS = Turns(1)
# In points. Courier, because all its letters are equally wide.
FONT, FONT_SIZE, LETTER_WIDTH, LINE_HEIGHT, MARGIN = "/Courier", 9, 5.4, 14, 36


class CannotBeWatermarked(Exception):
    """A watermark would break the file; the message says why."""


def copy_for(reader: CustomUser, book: Book, kind: Format) -> File | None:
    """Return a copy of the book's file for this reader, gone once closed; None if a watermark would break it.

    Raises FileNotFoundError if the book's file is missing.
    """
    kept = getattr(book, kind)
    watermarked = {Format.EPUB: watermarked_epub, Format.PDF: watermarked_pdf}[kind]
    with kept.storage.open(kept.name) as file:
        try:
            return File(watermarked(file, sentence(reader, book)), name=kept.name)
        except Exception as error:
            # Any error: nobody can list the ways in which a file can be odd, and the reader has paid.
            logger.warning(
                "sent without watermark: book=%s format=%s %s", book.pk, kind, type(error).__name__
            )
            return None


def sentence(reader: CustomUser, book: Book) -> str:
    """Return what the copy says: for whom it was made; when and by which order, if it was bought or given."""
    live = Grant.objects.filter(access.grants_opening(book), user=reader, ended_at=None).distinct()
    live = live.order_by("granted_at", "id")
    grants = sorted(live, key=lambda grant: grant.order_id is None)
    # A guest has no name or address here; their order does.
    whom = "a guest" if reader.is_guest else reader.email
    if not grants:
        return f"This copy was made for {whom}."
    made = f"This copy was made for {whom} on {day(grants[0].granted_at)}."
    return f"{made} Order {grants[0].order_number}." if grants[0].order_id else made


def watermarked_epub(file: BinaryIO, sentence: str) -> IO[bytes]:
    """Return a copy with the sentence among its rights and on a last page, as an open temporary file.

    The page and a new package document are appended; every other file stays as it is. Raises
    CannotBeWatermarked, UnusableEpub, and what zipfile and lxml raise over odd files.
    """
    with Archive(file) as archive:
        if SIGNATURES in archive:
            raise CannotBeWatermarked("The book is signed.")
        path = read_package(archive).path
    with _temporary_file() as copy:
        file.seek(0)
        copyfileobj(file, copy, CHUNK)
        with zipfile.ZipFile(copy, "a") as archive_of_copy:
            _append_watermark(archive_of_copy, path, sentence)
    return copy


def watermarked_pdf(file: BinaryIO, sentence: str) -> IO[bytes]:
    """Return a copy with the sentence in its properties and on a last page, as an open temporary file.

    The page is appended; every byte stays. Raises CannotBeWatermarked, and what pypdf raises over odd files.
    """
    with _temporary_file() as copy:
        original = PdfReader(file)
        if original.is_encrypted:
            raise CannotBeWatermarked("The PDF is locked.")
        form = original.root_object.get("/AcroForm")
        if form is not None and form.get_object().get("/SigFlags"):
            raise CannotBeWatermarked("The PDF is signed.")
        writer = PdfWriter(original, incremental=True)
        writer.add_metadata({"/Rights": sentence})
        _add_page(writer, sentence)
        writer.write(copy)
    return copy


@contextmanager
def _temporary_file() -> Iterator[IO[bytes]]:
    """Yield a nameless file and rewind it after the block; an error closes the file, which deletes it."""
    # Beside the books: on a read-only system the usual place is in memory.
    file = TemporaryFile(dir=settings.MEDIA_ROOT)  # noqa: SIM115 (open when it is returned)
    try:
        yield file
        file.seek(0)
    except BaseException:
        file.close()
        raise


def _append_watermark(archive: zipfile.ZipFile, path: str, sentence: str) -> None:
    if any(not info.filename.isascii() and not info.flag_bits & UTF_8_NAME_FLAG for info in archive.filelist):
        raise CannotBeWatermarked(
            "The archive has names in an unknown encoding; zipfile would write them in another."
        )
    old = archive.getinfo(path)
    parser = etree.XMLParser(resolve_entities=False, load_dtd=False, no_network=True)
    package = etree.fromstring(archive.read(old), parser)
    taken = {name.casefold() for name in archive.namelist()}
    page_path = _list_page(package, dirname(path), taken, sentence)
    page = etree.fromstring(PAGE.encode())
    etree.SubElement(page.find("{*}body"), "{http://www.w3.org/1999/xhtml}p").text = sentence
    # The old package document stays where it is, but the archive's directory no longer lists it.
    archive.filelist.remove(old)
    del archive.NameToInfo[path]
    for name, root in ((path, package), (page_path, page)):
        # Always dated 1980: with the real time, no two copies would be the same.
        added = zipfile.ZipInfo(name)
        added.external_attr = READABLE_BY_ALL
        data = etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True)
        archive.writestr(added, data, zipfile.ZIP_DEFLATED)


def _list_page(package: etree._Element, folder: str, taken: set[str], sentence: str) -> str:
    """Put the sentence and the last page into the package document; return the page's path."""
    title, manifest, spine = map(package.find, ("{*}metadata//{*}title", "{*}manifest", "{*}spine"))
    if title is None or manifest is None or spine is None:
        raise CannotBeWatermarked("The package document lacks a part.")
    for element in package.iter(etree.Element):
        taken |= {element.get("id", "").casefold(), element.get("href", "").casefold()}
    name = _free_name(folder, taken)
    # Beside the title: in the oldest books that is one level deeper.
    etree.SubElement(title.getparent(), etree.QName(etree.QName(title).namespace, "rights")).text = sentence
    space = etree.QName(manifest).namespace
    item = {"id": name, "href": f"{name}.xhtml", "media-type": "application/xhtml+xml"}
    etree.SubElement(manifest, etree.QName(space, "item"), item)
    reference = etree.SubElement(spine, etree.QName(space, "itemref"), {"idref": name})
    if package.get("version", "").startswith("3"):
        # In a book with fixed pages, too.
        reference.set("properties", "rendition:layout-reflowable")
    return join(folder, f"{name}.xhtml")


def _free_name(folder: str, taken: set[str]) -> str:
    """Return a name that is neither an id nor, with .xhtml, an address or a file of the book."""
    names = (f"stamp{number or ''}" for number in count())
    return next(
        name
        for name in names
        if taken.isdisjoint({name, f"{name}.xhtml", join(folder, f"{name}.xhtml").casefold()})
    )


def _add_page(writer: PdfWriter, sentence: str) -> None:
    """Add a page of the last one's size with the sentence on it."""
    size = writer.pages[-1].mediabox
    page = writer.add_blank_page(width=size.width, height=size.height)
    letters = max(20, int((float(size.width) - 2 * MARGIN) / LETTER_WIDTH))
    shown = [_text(line) + b" '" for line in textwrap.wrap(sentence, letters)]
    start = f"BT /Stamp {FONT_SIZE} Tf {LINE_HEIGHT} TL {MARGIN} {float(size.height) - MARGIN} Td".encode()
    content = DecodedStreamObject()
    content.set_data(b"\n".join([start, *shown, b"ET"]))
    names = {"/Type": "/Font", "/Subtype": "/Type1", "/BaseFont": FONT, "/Encoding": "/WinAnsiEncoding"}
    font = DictionaryObject({NameObject(key): NameObject(value) for key, value in names.items()})
    fonts = DictionaryObject({NameObject("/Stamp"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    page[NameObject("/Contents")] = ArrayObject([writer._add_object(content)])


def _text(line: str) -> bytes:
    """Return the line as PDF writes it in hexadecimal, with a question mark for what the font lacks."""
    return b"<" + line.encode("cp1252", errors="replace").hex().encode() + b">"
