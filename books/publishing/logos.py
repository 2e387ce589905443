"""A picture → the shop's logo and its icon. Runs where strangers' files are opened; knows no storage."""

from io import BytesIO

from PIL import Image, ImageOps

from books.epub.pictures import UnusablePicture, check_picture
from books.publishing.quarantine.examined import MAX_LOGO_BYTES, Logo, UnusableLogo

MAX_PIXELS = 20_000_000
# In pixels: twice what the header shows, for dense screens.
WIDTH, HEIGHT = 560, 80
# In pixels: what phones put on their home screen.
ICON = 180


def prepare_logo(image_bytes: bytes) -> Logo:
    """Check a picture and make the logo and the icon, both PNG, what is transparent stays so.

    Raises UnusableLogo.
    """
    try:
        check_picture(image_bytes, max_bytes=MAX_LOGO_BYTES, max_pixels=MAX_PIXELS)
        with Image.open(BytesIO(image_bytes)) as image:
            ImageOps.exif_transpose(image, in_place=True)
            upright = image.convert("RGBA")
    except UnusablePicture as reason:
        raise UnusableLogo(str(reason)) from reason
    except (OSError, ValueError, SyntaxError) as error:
        raise UnusableLogo("The picture is damaged.") from error
    logo = ImageOps.contain(upright, (WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    icon = ImageOps.pad(upright, (ICON, ICON), Image.Resampling.LANCZOS, color=(0, 0, 0, 0))
    return Logo(_as_png(logo), _as_png(icon), logo.width, logo.height)


def _as_png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", optimize=True)
    return file.getvalue()
