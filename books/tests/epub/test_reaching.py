"""Whatever a reader of the file could reach is in the book, and what nobody could is remarked on."""

from django.test import SimpleTestCase

from books.tests.epub.test_preflight import findings
from books.tests.epubs import make_epub, make_picture, page, read_epub

MAP = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><title>A map</title><path d="M0 0h9"/></svg>'
)
RAIN = "<h1>Low Water</h1><p>It rained.</p>"


def read(body, **files):
    """Return the chapters of a book with this body, and these files that its spine does not have."""
    files = {name.replace("_", "."): data for name, data in files.items()}
    return read_epub(make_epub(chapters={"one.xhtml": RAIN + body}, files=files)).chapters


def said(body, **files):
    files = {name.replace("_", "."): data for name, data in files.items()}
    chapters = {"one.xhtml": RAIN + body, "two.xhtml": "<h1>High Water</h1>"}
    return [
        (level, sentence.partition(":")[0])
        for level, sentence in findings(chapters=chapters, files=files)
        if "EPUB/" in sentence or "removed" in sentence
    ]


SHOWN_LAST = ("warning", "A file is linked but not in the spine, so it is shown at the end")


class LinkTests(SimpleTestCase):
    def test_a_drawing_or_picture_that_only_a_link_leads_to_is_a_page_at_the_end(self):
        for name, data in {"map_svg": MAP, "map_png": make_picture()}.items():
            with self.subTest(name):
                link = f'<a href="{name.replace("_", ".")}">The map</a>'

                first, second = read(link, **{name: data})

                self.assertIn('<a href="../2/">The map</a>', first.html)
                self.assertIn(f".{name[-3:]}", second.html)
                self.assertEqual(
                    [each for each in said(link, **{name: data}) if "linked" in each[1]], [SHOWN_LAST]
                )

    def test_one_that_a_page_shows_already_is_not_shown_again(self):
        for shown in ('<img src="map.png" alt="A map"/>', '<object data="map.png">A map</object>'):
            with self.subTest(shown):
                body = f'<a href="map.png">{shown}</a>'

                self.assertEqual(len(read(body, map_png=make_picture())), 1)
                self.assertEqual(said(body, map_png=make_picture()), [])

    def test_documents_in_frames_and_behind_parts_of_pictures_are_reached(self):
        svg = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        for body in (
            '<iframe src="more.xhtml"></iframe>',
            '<map name="m"><area href="more.xhtml" alt="More"/></map>',
            '<object data="more.xhtml" type="application/xhtml+xml"></object>',
            f'{svg}<a xlink:href="more.xhtml"><text>More</text></a></svg>',
        ):
            with self.subTest(body):
                chapters = read(body, more_xhtml=page("<p>It stopped.</p>"))

                self.assertEqual(chapters[-1].plain_text, "It stopped.")

    def test_a_link_to_a_file_that_is_not_shown_is_remarked_on(self):
        link = '<a href="map.pdf">The map</a>'

        self.assertEqual(
            said(link, map_pdf=b"%PDF-1.7"), [("warning", "A link that readers cannot follow was removed")]
        )
        self.assertEqual(len(read(link, map_pdf=b"%PDF-1.7")), 1)

    def test_a_document_that_nothing_leads_to_is_remarked_on_and_no_other_file(self):
        files = {"lone_xhtml": page("<p>It stopped.</p>"), "lone_svg": MAP, "lone_css": b"p { color: red }"}

        self.assertEqual(
            said("", **files),
            [
                (
                    "note",
                    "A document is not shown, because neither the spine, the contents nor a link leads to it",
                )
            ],
        )
        self.assertEqual(len(read("", **files)), 1)


class FrameTests(SimpleTestCase):
    def test_a_frame_of_a_picture_is_the_picture(self):
        for name, data in {"map_svg": MAP, "map_png": make_picture()}.items():
            with self.subTest(name):
                frame = f'<iframe src="{name.replace("_", ".")}">A map</iframe>'

                [chapter] = read(frame, **{name: data})

                self.assertRegex(chapter.html, rf'<img src="[^"]*\.{name[-3:]}" alt="A map"')
                self.assertEqual(said(frame, **{name: data}), [])

    def test_a_frame_of_anything_else_is_removed_and_that_is_said(self):
        frame = '<iframe src="https://example.org/film"></iframe>'

        self.assertIn(("warning", "An audio clip, video or frame was removed"), said(frame))
