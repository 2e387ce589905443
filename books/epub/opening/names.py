"""How the files of a book are named: in the archive's directory, and in references to them."""

import posixpath
import unicodedata
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from urllib.parse import unquote, urlsplit

CONTAINER = "META-INF/container.xml"
UTF8_FLAG = 0x800
# What packers wrote names in without saying so. The first that fits is the name; it is found by all of them.
NAME_ENCODINGS = (
    *("utf-8", "cp437", "cp1252", "cp1251", "cp866", "gb18030", "cp932", "cp949"),
    *("big5hkscs", "cp850", "cp852", "cp1250", "cp1253", "mac-roman"),
)


def spellings(member: zipfile.ZipInfo) -> list[str]:
    """Return what the name of an archive's entry may be, the likeliest first."""
    if member.flag_bits & UTF8_FLAG or member.filename.isascii():
        return [member.filename]
    try:
        # Python takes a name that does not say otherwise for IBM's encoding, as the format has it.
        written = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return [member.filename]
    names = []
    for encoding in NAME_ENCODINGS:
        with suppress(UnicodeDecodeError):
            names.append(written.decode(encoding))
    return list(dict.fromkeys(names))


def as_path(name: str) -> str:
    """Return the name with the separators of EPUB, counted from the top of the book.

    Packers for Windows write backslashes, others begin with a slash, some only in a few of the names. No file
    is ever unpacked to where its name says.
    """
    return name.replace("\\", "/").lstrip("/")


def root_of(paths: Sequence[str]) -> str:
    """Return the folder in which the book lies, where a packer put the folder instead of its files."""
    containers = [path for path in paths if f"/{path}".casefold().endswith(f"/{CONTAINER}".casefold())]
    return containers[0][: -len(CONTAINER)] if len(containers) == 1 else ""


def leads_out(path: str) -> bool:
    """Tell whether some system would unpack a file of this path outside the folder meant for the book."""
    return path[1:2] == ":" or "\0" in path or ".." in path.split("/")


def resolve(base: str, reference: str) -> tuple[str, str] | None:
    """Return the path and fragment that a reference in the file `base` means; None if it leaves the book.

    A path that begins with "/" is counted from the top of the book.
    """
    try:
        parts = urlsplit(reference.strip())
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        return None
    path = _joined(base, unquote(parts.path)) if parts.path else base
    fragment = unquote(parts.fragment)
    # No name in an archive has a NUL, and no database stores one.
    return None if _leaves(path) or "\0" in path + fragment else (path, fragment)


def readings(base: str, reference: str) -> Iterator[str]:
    """Yield the paths that a reference to a file may mean, the correct one first.

    Names with "#", "?" or ":" are often not encoded, "/" often means the folder of the package, and paths
    without it are often counted from the top of the book.
    """
    target = resolve(base, reference)
    if target:
        yield target[0]
    written = reference.strip()
    plain = unquote(written)
    for path in (_joined(base, written), _joined(base, plain.lstrip("/\\")), _joined("", plain)):
        if not _leaves(path) and "\0" not in path:
            yield path


def tidy(path: str) -> str:
    """Return the path without detours, in one of Unicode's spellings: references may use another one."""
    path = path.strip().replace("\\", "/").lstrip("/")
    return unicodedata.normalize("NFC", posixpath.normpath(path)) if path else ""


def _joined(base: str, path: str) -> str:
    path = path.replace("\\", "/")
    return tidy(path if path.startswith("/") else posixpath.join(posixpath.dirname(base), path))


def _leaves(path: str) -> bool:
    return path == ".." or path.startswith("../")
