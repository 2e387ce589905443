"""Covers: checked, and kept in the widths in which pages show them."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from django.core.files.storage import default_storage
from django.db import transaction
from PIL import Image, ImageOps

from books.files import Write, remove_on_commit, taken_back_on_failure
from books.models import Book
from books.pictures import UnusablePicture, check_picture

MAX_BYTES = 20 * 1024**2
MAX_PIXELS = 40_000_000
# In pixels: a card, a card on a dense screen, the book's own page.
WIDTHS = (240, 480, 960)
QUALITY = 80


class UnusableCover(Exception):
    """The picture cannot be a cover; the message is one sentence a person understands."""


@dataclass(frozen=True)
class Cover:
    """A picture that passed, with its renditions as WebP by width, none wider than itself."""

    original: bytes
    ending: str
    renditions: dict[int, bytes]
    # Of the widest rendition, in pixels.
    height: int

    @property
    def stem(self) -> str:
        """Return the part of the files' names that says what is in them."""
        return sha256(self.original).hexdigest()[:32]


def prepare_cover(image_bytes: bytes) -> Cover:
    """Check a picture and make its renditions, upright and in sRGB's three colours; stores nothing.

    Raises UnusableCover.
    """
    try:
        picture = check_picture(image_bytes, max_bytes=MAX_BYTES, max_pixels=MAX_PIXELS)
    except UnusablePicture as reason:
        raise UnusableCover(str(reason)) from reason
    try:
        with Image.open(BytesIO(image_bytes)) as image:
            upright = _on_white(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError) as error:
        raise UnusableCover("The picture is damaged.") from error
    widths = [width for width in WIDTHS if width <= upright.width] or [upright.width]
    sized = {width: upright.resize(_size(upright, width), Image.Resampling.LANCZOS) for width in widths}
    return Cover(
        original=image_bytes,
        ending=picture.ending,
        renditions={width: _as_webp(image) for width, image in sized.items()},
        height=sized[widths[-1]].height,
    )


def set_cover(book: Book, image_bytes: bytes) -> None:
    """Give a saved book this cover and save the fields that say so; raises UnusableCover."""
    cover = prepare_cover(image_bytes)
    with taken_back_on_failure() as write, transaction.atomic():
        store_cover(book, cover, write)
        book.save(update_fields=["cover", "cover_widths", "cover_height"])


def store_cover(book: Book, cover: Cover, write: Write) -> None:
    """Write the cover's files and fill the book's fields, without saving it; the old files go on commit."""
    stem = f"covers/{book.pk}/{cover.stem}"
    old = files_of_cover(book)
    write(default_storage, f"{stem}{cover.ending}", cover.original)
    for width, data in cover.renditions.items():
        write(default_storage, _rendition(stem, width), data)
    book.cover = f"{stem}{cover.ending}"
    book.cover_widths = list(cover.renditions)
    book.cover_height = cover.height
    remove_on_commit(default_storage, old - files_of_cover(book))


def cover_url(book: Book, width: int) -> str:
    """Return the address of one of the book's renditions."""
    return default_storage.url(_rendition(book.cover.name.rpartition(".")[0], width))


def files_of_cover(book: Book) -> set[str]:
    """Return the names of the book's cover and its renditions in the storage."""
    if not book.cover:
        return set()
    stem = book.cover.name.rpartition(".")[0]
    return {book.cover.name, *(_rendition(stem, width) for width in book.cover_widths)}


def _rendition(stem: str, width: int) -> str:
    return f"{stem}-{width}.webp"


def _size(image: Image.Image, width: int) -> tuple[int, int]:
    return width, max(1, round(image.height * width / image.width))


def _on_white(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, what was transparent in it on white paper."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image.convert("RGBA"))
    return paper.convert("RGB")


def _as_webp(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()
