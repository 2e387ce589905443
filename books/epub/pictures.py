"""Strangers' pictures: what they really are is checked before anything decodes or shows them."""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, UnidentifiedImageError

# The endings in MEDIA_TYPES by Pillow's names.
KINDS = {"PNG": ".png", "JPEG": ".jpg", "GIF": ".gif", "WEBP": ".webp"}
# Kinds that not every browser shows; HEIC and JPEG XL are not among them, because Pillow reads neither.
CONVERTED = ("TIFF", "BMP", "DIB", "AVIF", "JPEG2000", "ICO", "PCX", "PPM", "TGA")

# In pixels: the most that WebP allows, and more than many phones show.
MAX_SIDE = 16_383
# In pixels: beyond it, converting a picture takes longer than reading the whole book.
MAX_CONVERTED = 12_000_000


class UnusablePicture(Exception):
    """The bytes are not a picture that we can show; the message says why."""


class UnknownPicture(UnusablePicture):
    """The bytes are of none of the kinds in KINDS."""


@dataclass(frozen=True)
class Picture:
    """What a picture's own bytes say about it, whatever its name says."""

    ending: str
    width: int
    height: int
    # Whether the page behind it may be seen through it.
    is_transparent: bool


def shown_picture(data: bytes, *, max_bytes: int, max_pixels: int) -> tuple[bytes, Picture]:
    """Return the picture as browsers show it, if need be converted, and what it is; raise UnusablePicture."""
    try:
        return data, check_picture(data, max_bytes=max_bytes, max_pixels=max_pixels)
    except UnknownPicture as reason:
        try:
            converted = convert_picture(data)
        except UnusablePicture:
            raise reason from None
    return converted, check_picture(converted, max_bytes=max_bytes, max_pixels=max_pixels)


def check_picture(data: bytes, *, max_bytes: int, max_pixels: int) -> Picture:
    """Return what the picture is; raise UnusablePicture if it is too large or not a sound raster picture.

    The size is read from the header, so that a decompression bomb is refused before it is decoded.
    """
    if len(data) > max_bytes:
        raise UnusablePicture(f"The picture is larger than {max_bytes // 1024**2} MB.")
    try:
        with Image.open(BytesIO(data), formats=list(KINDS)) as image:
            ending = KINDS[str(image.format)]
            _check_size(image, max_pixels)
            picture = Picture(ending, *image.size, is_transparent=image.has_transparency_data)
            image.verify()
    except UnidentifiedImageError as error:
        raise UnknownPicture("The picture is not a PNG, JPEG, GIF or WebP file.") from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture(f"The picture has more than {max_pixels // 10**6} million pixels.") from error
    except (OSError, ValueError, SyntaxError) as error:
        raise UnusablePicture("The picture is damaged.") from error
    return picture


def _check_size(image: Image.Image, max_pixels: int) -> None:
    width, height = image.size
    if width * height > max_pixels:
        raise UnusablePicture(f"The picture has more than {max_pixels // 10**6} million pixels.")
    if max(width, height) > MAX_SIDE:
        raise UnusablePicture(f"A side of the picture is longer than {MAX_SIDE:,} pixels.")


def convert_picture(data: bytes) -> bytes:
    """Return a picture of a kind that few browsers show, such as TIFF, as PNG; raise UnusablePicture."""
    try:
        # Pillow warns of oddities in the description of a photograph, which is left behind anyway.
        with (
            warnings.catch_warnings(action="ignore", category=UserWarning),
            Image.open(BytesIO(data), formats=list(CONVERTED)) as image,
        ):
            _check_size(image, MAX_CONVERTED)
            file = BytesIO()
            mode = (
                "RGBA" if image.has_transparency_data else "L" if image.mode in {"1", "L", "I;16"} else "RGB"
            )
            image.convert(mode).save(file, "PNG", compress_level=3)
            return file.getvalue()
    except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise UnusablePicture("The picture is not of a kind that can be converted.") from error
    # Pillow's readers of rare formats raise whatever their parsing comes upon.
    except (OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, OverflowError) as error:
        raise UnusablePicture("The picture is damaged.") from error
