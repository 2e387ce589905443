"""A picture → a cover in the widths in which pages show it. Knows no books and no storage."""

from io import BytesIO

from PIL import Image, ImageOps

from books.epub.opening.archive import HEAD_BYTES
from books.epub.opening.kinds import is_drawing
from books.epub.pictures import Picture, UnusablePicture, shown_picture
from books.publishing.quarantine.examined import MAX_COVER_BYTES, Cover, UnusableCover

# What a phone's camera makes; decoded, it takes 120 MB.
MAX_PIXELS = 40_000_000
# In pixels: a card, a card on a dense screen, the book's own page.
WIDTHS = (240, 480, 960)
QUALITY = 80


class DrawnCover(UnusableCover):
    """The picture is a drawing: no library that we keep turns SVG into pixels."""


def check_cover(image_bytes: bytes) -> tuple[bytes, Picture]:
    """Return the picture, converted if browsers would not show it, and what it is.

    Raises UnusableCover if it is beyond the limits or no sound picture.
    """
    if is_drawing(image_bytes[:HEAD_BYTES]):
        raise DrawnCover("The picture is a drawing (SVG), not a PNG, JPEG, GIF or WebP file.")
    try:
        return shown_picture(image_bytes, max_bytes=MAX_COVER_BYTES, max_pixels=MAX_PIXELS)
    except UnusablePicture as reason:
        raise UnusableCover(str(reason)) from reason


def prepare_cover(image_bytes: bytes) -> Cover:
    """Check a picture and make its renditions, upright and in sRGB's three colours; stores nothing.

    Raises UnusableCover.
    """
    image_bytes, picture = check_cover(image_bytes)
    try:
        with Image.open(BytesIO(image_bytes)) as image:
            # A JPEG is decoded at the size that is shown: copies of large pictures would fill the memory.
            image.draft("RGB", (2 * WIDTHS[-1], 2 * WIDTHS[-1]))
            ImageOps.exif_transpose(image, in_place=True)
            upright = _on_white(image)
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


def _size(image: Image.Image, width: int) -> tuple[int, int]:
    return width, max(1, round(image.height * width / image.width))


def _on_white(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, what was transparent in it on white paper."""
    if not image.has_transparency_data:
        image.load()
        return image if image.mode == "RGB" else image.convert("RGB")
    shown, paper = image.convert("RGBA"), Image.new("RGB", image.size, "white")
    paper.paste(shown, mask=shown)
    return paper


def _as_webp(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "WEBP", quality=QUALITY, method=4)
    return file.getvalue()
