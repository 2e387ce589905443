"""EPUB files and pictures for tests, good ones and evil ones."""

import warnings
import zipfile
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

from books.epub import Chapter, Epub, Illustration, reading

CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>
<rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""
PACKAGE = """<?xml version="1.0"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="uid">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:opf="http://www.idpf.org/2007/opf">{metadata}</metadata>
<manifest>{manifest}</manifest><spine{toc}>{spine}</spine>{guide}</package>"""
METADATA = """<dc:identifier id="uid">urn:uuid:4ee55e27-06ca-4712-8229-488eba9c0c84</dc:identifier>
<dc:title>The Ferry</dc:title><dc:creator>Ada Quill</dc:creator><dc:language>en</dc:language>"""
PAGE = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>Page</title></head>
<body>{body}</body></html>"""
TYPES = {
    ".xhtml": "application/xhtml+xml",
    ".ncx": "application/x-dtbncx+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
    ".css": "text/css",
}
CHAPTERS = {
    "one.xhtml": "<h1>Low Water</h1><p>It rained.</p>",
    "two.xhtml": "<h1>High Water</h1><p>It stopped.</p>",
}


@dataclass(frozen=True)
class WholeEpub(Epub):
    """A book with what `books.epub.reading` hands on piece by piece."""

    chapters: tuple[Chapter, ...]
    illustrations: tuple[Illustration, ...]


def read_epub(file):
    """Read a whole book."""
    chapters, illustrations = [], []
    read = reading.read_epub(file, chapters.append, illustrations.append)
    return WholeEpub(**vars(read), chapters=tuple(chapters), illustrations=tuple(illustrations))


def make_epub(
    path=None,
    *,
    chapters=CHAPTERS,
    metadata=METADATA,
    files=None,
    nav="",
    ncx="",
    guide="",
    progression="",
    cover=None,
    types=None,
    raw=None,
):
    """Write an EPUB and return the path, or without a path a file in memory.

    `chapters` maps names to bodies (or, as bytes, to whole documents), `files` the other files beside them,
    `types` to media types, None for none, `raw` paths in the archive to what shall stand there instead; None
    there leaves a file out. `progression` is the direction in which pages follow each other.
    """
    documents = {name: body if isinstance(body, bytes) else page(body) for name, body in chapters.items()}
    extra = dict(files or {})
    extra |= {"nav.xhtml": page(nav)} if nav else {}
    extra |= {"toc.ncx": ncx.encode()} if ncx else {}
    extra |= {"cover.png": cover} if cover else {}
    package = PACKAGE.format(
        metadata=metadata,
        manifest="".join(_item(name, types or {}) for name in documents | extra),
        spine="".join(f'<itemref idref="{name}"/>' for name in documents),
        toc=(' toc="toc.ncx"' if ncx else "")
        + (f' page-progression-direction="{progression}"' if progression else ""),
        guide=guide,
    )
    members = {
        "mimetype": b"application/epub+zip",
        "META-INF/container.xml": CONTAINER.encode(),
        "EPUB/package.opf": package.encode(),
        **{f"EPUB/{name}": data for name, data in (documents | extra).items()},
        **(raw or {}),
    }
    target = path or BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            if data is not None:
                put(archive, name, data)
    if path is None:
        target.seek(0)
    return target


def long_epub():
    """Return a book of 60 chapters and 8 MB, with letters for which Python needs two bytes."""
    chapter = f"<p>{'“It rained on the ferry,” she said. ' * 3_500}</p>"
    return make_epub(chapters={f"{number}.xhtml": chapter for number in range(60)})


def put(archive, name, data):
    """Write a file into an open archive, dated 1980, so that the same content is always the same bytes."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = archive.compression
    archive.writestr(entry, data)


def members_of(epub):
    """Return the files of an EPUB by their names."""
    with zipfile.ZipFile(epub) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def pack(members):
    """Return an EPUB of pairs (name, data); a name in bytes is written as it is, without saying how."""
    target = BytesIO()
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(target, "w") as archive:
        for name, data in members:
            entry = _Entry(name if isinstance(name, str) else name.decode("cp437"))
            entry.in_bytes = name if isinstance(name, bytes) else None
            archive.writestr(entry, data)
    target.seek(0)
    return target


class _Entry(zipfile.ZipInfo):
    """An entry whose name may be in an encoding that the archive does not tell."""

    __slots__ = ("in_bytes",)

    def _encodeFilenameFlags(self):  # noqa: N802 – zipfile's own name
        if self.in_bytes is None:
            return super()._encodeFilenameFlags()
        return self.in_bytes, self.flag_bits


def page(body, *, head="", attributes=""):
    """Return an XHTML document with this body, these elements in its head, these attributes of <html>."""
    document = PAGE.format(body=body).replace("</title>", f"</title>{head}", 1)
    return document.replace("<html ", f"<html {attributes} ", 1).encode()


def toc(*entries):
    """Return a navigation of entries (title, reference) or (title, reference, entries below it)."""
    return f'<nav epub:type="toc">{_list(entries)}</nav>'


def _list(entries):
    items = (
        f'<li><a href="{entry[1]}">{entry[0]}</a>{_list(entry[2]) if entry[2:] else ""}</li>'
        for entry in entries
    )
    return f"<ol>{''.join(items)}</ol>"


def make_picture(kind="PNG", *, size=(6, 9), colour="teal", **options):
    """Return the bytes of a picture."""
    file = BytesIO()
    Image.new(options.pop("mode", "RGB"), size, colour).save(file, kind, **options)
    return file.getvalue()


def _item(name, types):
    ending = name[name.rindex(".") :]
    media_type = types.get(name, TYPES.get(ending))
    properties = {"nav.xhtml": ' properties="nav"', "cover.png": ' properties="cover-image"'}.get(name, "")
    said = "" if media_type is None else f' media-type="{media_type}"'
    return f'<item id="{name}" href="{name}"{said}{properties}/>'
