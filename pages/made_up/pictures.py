"""A few drawn covers, which all made-up books share."""

from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image

from books.publishing.renditions import WIDTHS, prepare_cover

PICTURES = 12
HEIGHT = WIDTHS[-1] * 3 // 2


def name_of_cover(number: int) -> str:
    """Return the name under which the storage has one of the covers."""
    return f"covers/made-up/{number}.png"


def store_covers() -> None:
    """Draw the covers, unless they are there."""
    for number in range(PICTURES):
        name = name_of_cover(number)
        if default_storage.exists(name):
            continue
        cover = prepare_cover(_drawn(number))
        default_storage.save(name, ContentFile(cover.original))
        for width, data in cover.renditions.items():
            default_storage.save(f"{name.removesuffix('.png')}-{width}.webp", ContentFile(data))


def _drawn(number: int) -> bytes:
    """Return a PNG: a light disc on a ground that gets darker towards the bottom."""
    size = (WIDTHS[-1], HEIGHT)
    ground = Image.merge(
        "HSV",
        [
            Image.new("L", size, 255 * number // PICTURES),
            Image.new("L", size, 150),
            Image.linear_gradient("L").rotate(180).resize(size),
        ],
    ).convert("RGB")
    disc = Image.radial_gradient("L").resize((size[0] // 2,) * 2).point(lambda value: 255 * (value < 170))
    place = (size[0] // 8 + number * 20, size[1] // 4)
    ground.paste((250, 240, 220), (*place, place[0] + disc.width, place[1] + disc.height), disc)
    file = BytesIO()
    ground.save(file, "PNG")
    return file.getvalue()
