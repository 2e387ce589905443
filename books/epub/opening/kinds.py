"""What a file is, by what is in it: media types in packages are often missing, too general or wrong."""

import re
from enum import Enum, auto

from .charset import decode

# What is read as text where the content says nothing else.
DOCUMENT_TYPES = {
    "application/xhtml+xml",
    "application/x-dtbook+xml",
    "text/html",
    "text/x-oeb1-document",
    "application/xhtml",
    "text/xhtml",
    "application/html",
}
PICTURE_TYPES = {"image/png", "image/jpeg", "image/jpg", "image/pjpeg", "image/gif", "image/webp"}
DRAWING_TYPE = "image/svg+xml"
# Said of files whose kind nobody looked up.
GENERAL_TYPES = {
    "",
    "text/plain",
    "text/xml",
    "application/xml",
    "application/octet-stream",
    "text",
    "unknown",
}
# Of PNG, JPEG and GIF; of TIFF and JPEG 2000, which few browsers show.
PICTURE_SIGNATURES = (
    b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"II*\0", b"MM\0*", b"\0\0\0\x0cjP  ",
)  # fmt: skip
# Of those that say what they are only after some bytes: WebP, AVIF, and Windows bitmaps.
CONTAINED_PICTURE = re.compile(
    rb"RIFF.{4}WEBP|.{4}ftypavi[fs]|BM.{4}\0{4}.{4}[\x0c\x28\x34\x38\x40\x6c\x7c]\0{3}", re.DOTALL
)
# PDF, ZIP, gzip, fonts, sound and film: an encoding of text never begins like this.
OTHER_SIGNATURES = re.compile(
    rb"%PDF|PK\x03\x04|\x1f\x8b|OTTO|wOF|\0\x01\0\0|ID3|OggS|fLaC|RIFF|....ftyp", re.DOTALL
)
# Of the beginning of a file: more control characters than this are no text.
CONTROL_SHARE = 0.05

BEFORE_ROOT = re.compile(r"\s+|\ufeff|<\?[^>]*>|<!--.*?-->|<!(?!--)[^>\[]*(?:\[.*?\]\s*)?>", re.DOTALL)
DOCTYPE = re.compile(r"<!DOCTYPE\s+(?:[\w.-]+:)?([\w.-]+)", re.IGNORECASE)
ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
PAGE_ELEMENTS = frozenset(
    "html head body title meta div p span h1 h2 h3 h4 h5 h6 section article main header footer aside nav "
    "blockquote center ul ol dl table pre a b i em strong font big small br hr img dtbook book".split()
)
# Of a book's own description of itself, which is no part of its text.
DESCRIPTIONS = frozenset("ncx package container encryption rights smil".split())


class Kind(Enum):
    """What our reader can make of a file, the best first."""

    DOCUMENT = auto()
    PICTURE = auto()
    DRAWING = auto()
    # Markup of another kind: its words are shown.
    MARKUP = auto()
    PLAIN_TEXT = auto()


def plain_type(media_type: str) -> str:
    """Return a media type in lower case, without parameters such as "; charset=utf-8" and without spaces."""
    return "".join(media_type.partition(";")[0].lower().split())


def kind_of(head: bytes, media_type: str) -> Kind | None:
    """Return the kind of a file that begins with these bytes; None if it is nothing that can be read."""
    if is_picture(head):
        return Kind.PICTURE
    root = _root(decode(head))
    if root in DESCRIPTIONS or (not root and _is_binary(head)):
        return None
    if root == "svg":
        return Kind.DRAWING
    if root in PAGE_ELEMENTS or media_type in DOCUMENT_TYPES:
        return Kind.DOCUMENT
    if media_type not in GENERAL_TYPES and not media_type.endswith("+xml"):
        return None
    return Kind.MARKUP if root else Kind.PLAIN_TEXT


def is_drawing(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes is a drawing, in SVG."""
    return kind_of(head, DRAWING_TYPE) is Kind.DRAWING


def kind_by_type(media_type: str) -> Kind | None:
    """Return the kind of a file that is missing, so that nothing but its type is known."""
    if media_type in DOCUMENT_TYPES:
        return Kind.DOCUMENT
    if media_type in PICTURE_TYPES:
        return Kind.PICTURE
    return Kind.DRAWING if media_type == DRAWING_TYPE else None


def is_picture(head: bytes) -> bool:
    """Tell whether a file that begins with these bytes is a raster picture, of a kind that we show."""
    return head.startswith(PICTURE_SIGNATURES) or bool(CONTAINED_PICTURE.match(head))


def _root(text: str) -> str:
    """Return the name of the first element, or else the one that the DOCTYPE names; in lower case."""
    position, named = 0, ""
    while before := BEFORE_ROOT.match(text, position):
        doctype = DOCTYPE.match(before[0])
        named = doctype[1] if doctype else named
        position = before.end()
    root = ROOT.match(text, position)
    return (root[1] if root else named).lower()


def _is_binary(head: bytes) -> bool:
    if OTHER_SIGNATURES.match(head):
        return True
    text = decode(head)
    controls = sum(letter < " " and letter not in "\t\n\r\f\x1a\x1b" for letter in text)
    return controls > CONTROL_SHARE * len(text)
