"""The ZIP file of a book: opened only if it is no bomb, leaves no folder and is not locked.

https://www.w3.org/TR/epub-33/#sec-ocf
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from urllib.parse import unquote

from lxml import etree

from books.epub.book import UnusableEpub
from books.epub.plain_text import one_line

from .descriptions import parse_xml
from .names import as_path, leads_out, readings, resolve, root_of, spellings, tidy

__all__ = ["Archive", "resolve"]

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
FONTS = (".ttf", ".otf", ".ttc", ".woff", ".woff2", ".eot")
ENCRYPTION = "META-INF/encryption.xml"
LOCKED = "The book is locked by copy protection (DRM), so it cannot be read here."
# Enough to see what a file is.
HEAD_BYTES = 16_384


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
        self._files: dict[str, zipfile.ZipInfo] = {}
        # By other spellings of their paths, without regard to case.
        self._known_as: dict[str, str] = {}
        try:
            self._check_members()
            self._take_files()
            self._check_encryption()
        except UnusableEpub:
            self._zip.close()
            raise

    def __enter__(self) -> "Archive":
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()

    def __contains__(self, path: str) -> bool:
        return self.name(path) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def read(self, path: str, most: int = MAX_FILE_BYTES) -> bytes:
        """Return the file's bytes, or the first of them; raise UnusableEpub if it is missing or damaged."""
        name = self.name(path)
        if name is None:
            raise UnusableEpub(f"The book names a file that it does not contain: {one_line(path)}.")
        try:
            with self._zip.open(self._files[name]) as member:
                return member.read(most)
        except (*BROKEN, NotImplementedError, RuntimeError, OSError) as error:
            raise UnusableEpub(f"A file in the book is damaged: {one_line(path)}.") from error

    def head(self, path: str) -> bytes:
        """Return the beginning of a file; raises UnusableEpub as `read` does."""
        return self.read(path, HEAD_BYTES)

    def name(self, path: str) -> str | None:
        """Return the path under which the archive has a file; None if it has none.

        Books made where "Map.png" is "map.png" confuse the two, others encode one of them as in addresses.
        """
        written = [tidy(path), tidy(unquote(path))]
        known = (self._known_as.get(name.casefold()) for name in written)
        return next((name for name in (*written, *known) if name in self._files), None)

    def find(self, base: str, reference: str) -> str | None:
        """Return the path of the file that a reference in the file `base` means, however it is written."""
        return next(filter(None, map(self.name, readings(base, reference))), None)

    def _check_members(self) -> None:
        members = self._zip.infolist()
        if sum(member.file_size for member in members) > MAX_TOTAL_BYTES:
            raise UnusableEpub(f"The book is larger than {MAX_TOTAL_BYTES // 1024**2} MB when unpacked.")
        for member in members:
            _check_member(member)

    def _take_files(self) -> None:
        members = self._zip.infolist()
        names = [spellings(member) for member in members]
        paths = [as_path(spelling) for spelling, *_ in names]
        if any(map(leads_out, paths)):
            raise UnusableEpub("A file in the book has a name that leads outside the book.")
        root = root_of(paths)
        for member, path, (_, *others) in zip(members, paths, names, strict=True):
            if path.startswith(root) and not path.endswith("/"):
                self._take(member, tidy(path.removeprefix(root)), others)

    def _take(self, member: zipfile.ZipInfo, path: str, other_spellings: list[str]) -> None:
        # Of two, programs take different ones: one could check the first and another show the second.
        if path in self._files and path != "mimetype" and not self._are_alike(member, self._files[path]):
            raise UnusableEpub("The book contains two files with the same name.")
        self._files[path] = member
        for spelling in (path, unquote(path), *other_spellings):
            self._known_as.setdefault(tidy(spelling).casefold(), path)

    def _are_alike(self, one: zipfile.ZipInfo, other: zipfile.ZipInfo) -> bool:
        if (one.file_size, one.CRC) != (other.file_size, other.CRC):
            return False
        try:
            first, second = (sha256(self._zip.read(member)).digest() for member in (one, other))
        except (*BROKEN, RuntimeError):
            return False
        return first == second

    def _check_encryption(self) -> None:
        """Raise UnusableEpub if the text is encrypted; a licence alone, without that, locks nothing."""
        if ENCRYPTION in self and self.read(ENCRYPTION).strip():
            encrypted = parse_xml(self.read(ENCRYPTION)).iter("{*}EncryptedData")
            if any(map(self._is_locked, encrypted)):
                raise UnusableEpub(LOCKED)

    def _is_locked(self, encrypted: etree._Element) -> bool:
        method = encrypted.find("{*}EncryptionMethod")
        if method is not None and method.get("Algorithm", "").strip() in FONT_OBFUSCATION:
            return False
        reference = encrypted.find(".//{*}CipherReference")
        if reference is None:
            return True
        path = self.find("", reference.get("URI", ""))
        return path is not None and not path.lower().endswith(FONTS)


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
    if "\0" in member.orig_filename:
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
