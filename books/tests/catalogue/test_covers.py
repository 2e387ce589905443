"""Covers: what may be one, in which sizes it is kept, how a page shows it, how it is served."""

from io import BytesIO
from unittest.mock import patch
from uuid import UUID

from django.core.files.storage import default_storage
from django.template import Context, Template
from django.test import TestCase
from PIL import Image

from books.models import Book
from books.models.catalogue import private_storage
from books.publishing.quarantine.examined import UnusableCover
from books.publishing.renditions import prepare_cover
from books.tests.builders import make_book, set_cover
from books.tests.epubs import make_picture

# The EXIF tag that says which way up a picture is; 6: turned by a quarter.
ORIENTATION, QUARTER_TURN = 0x0112, 6


def rendition(book, width):
    name = f"{book.cover.name.rpartition('.')[0]}-{width}.webp"
    with default_storage.open(name) as file:
        return Image.open(BytesIO(file.read()))


def shown(book, **options):
    words = " ".join(f"{name}={value!r}" for name, value in options.items())
    return Template(f"{{% load covers %}}{{% cover book {words} %}}").render(Context({"book": book}))


class SetCoverTests(TestCase):
    def setUp(self):
        # A new id for each test: files, unlike rows, are not rolled back.
        self.book = make_book()

    def test_a_cover_is_kept_in_three_widths(self):
        set_cover(self.book, make_picture(size=(1000, 1500)))

        book = Book.objects.get()
        self.assertEqual((book.cover_widths, book.cover_height), ([240, 480, 960], 1440))
        self.assertEqual([rendition(book, width).size for width in (240, 960)], [(240, 360), (960, 1440)])
        self.assertEqual(rendition(book, 480).format, "WEBP")

    def test_a_cover_is_never_made_larger_or_of_another_shape(self):
        set_cover(self.book, make_picture(size=(500, 500)))
        self.assertEqual((self.book.cover_widths, self.book.cover_height), ([240, 480], 480))

        set_cover(self.book, make_picture(size=(100, 150)))
        self.assertEqual((self.book.cover_widths, self.book.cover_height), ([100], 150))

    def test_a_cover_stands_upright(self):
        exif = Image.Exif()
        exif[ORIENTATION] = QUARTER_TURN

        set_cover(self.book, make_picture("JPEG", size=(600, 400), exif=exif))

        self.assertEqual(rendition(self.book, 240).size, (240, 360))

    def test_what_is_transparent_is_white(self):
        set_cover(self.book, make_picture(size=(240, 360), mode="RGBA", colour=(0, 0, 0, 0)))

        self.assertEqual(rendition(self.book, 240).convert("RGB").getpixel((9, 9)), (255, 255, 255))

    def test_every_kind_of_picture_will_do(self):
        for kind, options in {
            "PNG": {"mode": "P", "colour": 3},
            "JPEG": {"mode": "CMYK", "colour": (0, 9, 9, 0)},
            "GIF": {},
            "WEBP": {},
            "BMP": {},
            "TIFF": {},
        }.items():
            with self.subTest(kind):
                set_cover(self.book, make_picture(kind, size=(240, 360), **options))

                self.assertEqual(self.book.cover_widths, [240])

    def test_what_is_no_sound_picture_is_refused_and_the_old_cover_stays(self):
        set_cover(self.book, make_picture())
        cover = self.book.cover.name
        for data, sentence in {
            b'<svg xmlns="http://www.w3.org/2000/svg"/>': "The picture is a drawing (SVG)",
            b"": "The picture is not a PNG, JPEG, GIF or WebP file.",
            make_picture("TIFF")[:60]: "The picture is not a PNG, JPEG, GIF or WebP file.",
            make_picture(size=(99, 99))[:60]: "The picture is damaged.",
            make_picture("JPEG", size=(999, 999))[:-999]: "The picture is damaged.",
        }.items():
            with self.subTest(data[:12]), self.assertRaisesMessage(UnusableCover, sentence):
                set_cover(self.book, data)

        self.assertEqual(Book.objects.get().cover.name, cover)
        self.assertTrue(default_storage.exists(cover))

    def test_a_bomb_is_refused_unexploded(self):
        large = make_picture(size=(7_000, 7_000), mode="1", colour=0)
        huge = make_picture(size=(20_000, 20_000), mode="1", colour=0)

        with patch.object(Image.Image, "load", side_effect=AssertionError("decoded")):
            for bomb in (large, huge):
                with self.assertRaisesMessage(UnusableCover, "The picture has more than 40 million pixels."):
                    prepare_cover(bomb)

    def test_a_file_too_large_is_refused(self):
        with self.assertRaisesMessage(UnusableCover, "The picture is larger than 20 MB."):
            set_cover(self.book, bytes(20 * 1024**2 + 1))

    def test_the_files_of_the_old_cover_are_removed(self):
        set_cover(self.book, make_picture())
        folder = f"covers/{self.book.pk}"

        with self.captureOnCommitCallbacks(execute=True):
            set_cover(self.book, make_picture(colour="red"))

        self.assertEqual(len(default_storage.listdir(folder)[1]), 2)
        self.assertTrue(default_storage.exists(self.book.cover.name))

    def test_the_same_cover_again_stays(self):
        set_cover(self.book, make_picture())

        with self.captureOnCommitCallbacks(execute=True):
            set_cover(self.book, make_picture())

        self.assertTrue(default_storage.exists(self.book.cover.name))

    def test_files_are_taken_back_if_the_book_cannot_be_saved(self):
        with patch.object(Book, "save", side_effect=RuntimeError), self.assertRaises(RuntimeError):
            set_cover(self.book, make_picture())

        self.assertEqual(default_storage.listdir(f"covers/{self.book.pk}")[1], [])


class CoverTagTests(TestCase):
    def test_a_picture_comes_in_all_its_sizes_with_room_kept_for_it(self):
        book = make_book()
        set_cover(book, make_picture(size=(480, 720)))
        stem = f"/media/{book.cover.name.removesuffix('.png')}"

        self.assertInHTML(
            f'<img class="cover" src="{stem}-480.webp" srcset="{stem}-240.webp 240w, {stem}-480.webp 480w" '
            f'sizes="10rem" width="480" height="720" alt="Cover of {book.title}" loading="lazy" '
            'decoding="async">',
            shown(book, sizes="10rem"),
        )

    def test_the_first_picture_of_a_page_may_hurry(self):
        book = make_book()
        set_cover(book, make_picture())

        self.assertIn('loading="eager" fetchpriority="high"', shown(book, eager=True))

    def test_beside_its_title_a_picture_is_silent(self):
        book = make_book()
        set_cover(book, make_picture())

        self.assertIn('alt=""', shown(book, decorative=True))
        self.assertIn('aria-hidden="true"', shown(make_book("Bare"), decorative=True))

    def test_a_book_without_a_picture_has_a_typeset_cover_in_a_colour_of_its_own(self):
        book = make_book("Tides & <Moons>", id=UUID(int=13))

        html = shown(book)

        self.assertIn("cover-typeset-5", html)
        self.assertIn('aria-label="Cover of Tides &amp; &lt;Moons&gt;"', html)
        self.assertIn("Ada Quill", html)
        self.assertNotIn("style=", html)


class MediaTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.book = make_book()
        set_cover(cls.book, make_picture(size=(240, 360)))
        cls.address = f"/media/{cls.book.cover.name}"

    def test_anybody_gets_a_cover_and_keeps_it(self):
        response = self.client.get(self.address)

        self.assertEqual(response.getvalue(), make_picture(size=(240, 360)))
        self.assertEqual(response.headers["Content-Type"], "image/png")
        self.assertEqual(response.headers["Cache-Control"], "public, max-age=31536000, immutable")
        self.assertEqual(response.headers["X-Content-Type-Options"], "nosniff")
        self.assertNotIn("Vary", response.headers)

    def test_a_cover_that_has_not_changed_is_not_sent_again(self):
        first = self.client.get(self.address)
        first.close()
        modified = first.headers["Last-Modified"]

        response = self.client.get(self.address, headers={"If-Modified-Since": modified})

        self.assertEqual((response.status_code, response.content), (304, b""))

    def test_nothing_else_is_there(self):
        default_storage.save("notes.html", BytesIO(b"<script>"))
        private_storage().save("secret.png", BytesIO(make_picture()))
        for path in (
            "missing.png",
            "notes.html",
            "covers",
            "covers/",
            "../private/secret.png",
            "covers/../../private/secret.png",
            "%2e%2e/private/secret.png",
            "/etc/passwd",
            "/etc/hostname.png",
            "a\0b.png",
            "x" * 300 + ".png",
        ):
            with self.subTest(path):
                self.assertEqual(self.client.get(f"/media/{path}").status_code, 404)

    def test_nothing_can_be_sent_there(self):
        self.assertEqual(self.client.post(self.address).status_code, 405)
