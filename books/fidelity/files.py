"""The EPUBs of a folder: files, and folders with what would be in one."""

import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

CONTAINER = Path("META-INF/container.xml")


def epubs_in(folder: Path) -> Iterator[Path]:
    """Yield every EPUB file below the folder and every folder that holds an unpacked one, in order."""
    files = (path for path in folder.rglob("*.epub", case_sensitive=False) if path.is_file())
    unpacked = (path.parent.parent for path in folder.rglob(str(CONTAINER)))
    yield from sorted({*files, *unpacked})


def bytes_of(path: Path) -> bytes:
    """Return an EPUB as one file, packed if it is a folder."""
    return _packed(path) if path.is_dir() else path.read_bytes()


def _packed(folder: Path) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # https://www.w3.org/TR/epub-33/#sec-zip-container-mime
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            name = path.relative_to(folder).as_posix()
            if name != "mimetype":
                archive.write(path, name)
    return target.getvalue()
