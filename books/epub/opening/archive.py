"""The ZIP file of a book: opened only if it is no bomb, leaves no folder and is not locked.

https://www.w3.org/TR/epub-33/#sec-ocf
"""

import posixpath
import stat
import struct
import unicodedata
import zipfile
import zlib
from contextlib import nullcontext
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from books.epub.book import UnusableEpub
from books.epub.plain_text import one_line

from .markup import parse_xml

MAX_FILES = 5_000
MAX_FILE_BYTES = 64 * 1024**2
MAX_TOTAL_BYTES = 256 * 1024**2
# Prose shrinks to a third, markup to a tenth, a bomb to a thousandth. Small files may shrink to anything.
MAX_RATIO = 200
RATIO_FROM_BYTES = 1024**2

# The first bytes of each entry in an archive's directory.
DIRECTORY_ENTRY = b"PK\x01\x02"
CHUNK = 1024**2

# What zipfile raises over wrong bytes, depending on their place.
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError)
# EPUB allows no other (https://www.w3.org/TR/epub-33/#sec-zip-container-zipreqs).
COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
ENCRYPTED_FLAG = 0x1
# Fonts made unusable outside their book; the text is not locked (https://www.w3.org/TR/epub-33/#sec-font-obfuscation).
FONT_OBFUSCATION = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
LICENCES = ("META-INF/rights.xml", "META-INF/license.lcpl", "META-INF/sinf.xml")
LOCKED = "The book is locked by copy protection (DRM), so it cannot be read here."


class Archive:
    """The files of a book by their paths."""

    def __init__(self, file: Path | BinaryIO) -> None:
        """Open the file; raise UnusableEpub if it is unsafe or not an EPUB."""
        try:
            _check_size_of_directory(file)
            self._zip = zipfile.ZipFile(file)
        except (*BROKEN, NotImplementedError) as error:
            raise UnusableEpub("The file is not an EPUB: it is not a ZIP archive.") from error
        except OSError as error:
            raise UnusableEpub(f"The file cannot be read ({error.strerror}).") from error
        self._names = {composed(name): name for name in self._zip.namelist()}
        self._names_in_any_case = {name.casefold(): name for name in reversed(self._zip.namelist())}
        try:
            self._check_members()
            self._check_licence()
        except UnusableEpub:
            self._zip.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def __contains__(self, path: str) -> bool:
        return self.name(path) is not None

    def read(self, path: str) -> bytes:
        """Return the file's bytes; raise UnusableEpub if it is missing or damaged."""
        try:
            with self._zip.open(self.name(path) or path) as member:
                return member.read(MAX_FILE_BYTES)
        except KeyError as error:
            raise UnusableEpub(
                f"The book names a file that it does not contain: {one_line(path)}."
            ) from error
        except (*BROKEN, NotImplementedError, RuntimeError, OSError) as error:
            raise UnusableEpub(f"A file in the book is damaged: {one_line(path)}.") from error

    def name(self, path: str) -> str | None:
        """Return a file's name in the archive; books made where "Map.png" is "map.png" confuse the two."""
        path = composed(path)
        return self._names.get(path) or self._names_in_any_case.get(path.casefold())

    def _check_members(self) -> None:
        members = self._zip.infolist()
        # Of two, programs take different ones: one could check the first and another show the second.
        if len(self._names) < len(members):
            raise UnusableEpub("The book contains two files with the same name.")
        if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
            raise UnusableEpub(f"The book is larger than {MAX_TOTAL_BYTES // 1024**2} MB when unpacked.")
        for member in members:
            _check_member(member)

    def _check_licence(self) -> None:
        if any(path in self for path in LICENCES):
            raise UnusableEpub(LOCKED)
        if "META-INF/encryption.xml" in self:
            encryption = parse_xml(self.read("META-INF/encryption.xml"))
            methods = encryption.iterfind(".//{*}EncryptedData/{*}EncryptionMethod")
            if {method.get("Algorithm") for method in methods} - FONT_OBFUSCATION:
                raise UnusableEpub(LOCKED)


def _check_size_of_directory(file: Path | BinaryIO) -> None:
    """Count the files before zipfile makes an object of each: in the archive, a file takes a few bytes."""
    count, before = 0, b""
    with file.open("rb") if isinstance(file, Path) else nullcontext(file) as opened:
        opened.seek(0)
        while block := opened.read(CHUNK):
            count += (before + block).count(DIRECTORY_ENTRY)
            before = block[-len(DIRECTORY_ENTRY) + 1 :]
            if count > MAX_FILES:
                raise UnusableEpub(f"The book has more than {MAX_FILES:,} files in it.")


def _check_member(member: zipfile.ZipInfo) -> None:
    if _leads_out(member.orig_filename):
        raise UnusableEpub("A file in the book has a name that leads outside the book.")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise UnusableEpub("The book contains a link to another file instead of the file itself.")
    if member.flag_bits & ENCRYPTED_FLAG:
        raise UnusableEpub(LOCKED)
    if member.compress_type not in COMPRESSIONS:
        raise UnusableEpub("The book is compressed in a way that EPUB does not allow.")
    if member.file_size > MAX_FILE_BYTES:
        raise UnusableEpub(f"A file in the book is larger than {MAX_FILE_BYTES // 1024**2} MB when unpacked.")
    if member.file_size > max(RATIO_FROM_BYTES, member.compress_size * MAX_RATIO):
        raise UnusableEpub("A file in the book unpacks to many times its size, as only a ZIP bomb does.")


def _leads_out(name: str) -> bool:
    """Tell whether some system would unpack a file of this name outside the folder meant for the book."""
    is_absolute = name.startswith("/") or name[1:2] == ":"
    return is_absolute or "\\" in name or "\0" in name or ".." in name.split("/")


def resolve(base: str, reference: str) -> tuple[str, str] | None:
    """Return the path and fragment that a reference in the file `base` means; None if it leaves the book."""
    try:
        parts = urlsplit(reference.strip())
    except ValueError:
        return None
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return None
    path = (
        posixpath.normpath(posixpath.join(posixpath.dirname(base), unquote(parts.path)))
        if parts.path
        else base
    )
    fragment = unquote(parts.fragment)
    leaves = path == ".." or path.startswith("../")
    # No name in an archive has a NUL, and no database stores one.
    return None if leaves or "\0" in path + fragment else (composed(path), fragment)


def composed(path: str) -> str:
    """Return the path in one of Unicode's spellings: a name and a reference to it may use different ones."""
    return unicodedata.normalize("NFC", path)
