"""A book is divided into chapters as its own table of contents divides it, and its links still lead there."""

from django.test import SimpleTestCase
from lxml import html

from books.epub import ContentsEntry, UnusableEpub
from books.tests.epubs import METADATA, PACKAGE, make_epub, make_picture, page, read_epub, toc

TWO_IN_ONE = """<section><h1 id="a">Low Water</h1><p>It rained. <a href="#b">On</a></p></section>
<section><h1 id="b">High Water</h1><p>It stopped. <a href="#a">Back</a></p></section>"""
TWO_ENTRIES = (("Low Water", "one.xhtml#a"), ("High Water", "one.xhtml#b"))


def read(body, *entries, **more):
    """Return the book of this one document, and of others, with these entries as its contents."""
    return read_epub(make_epub(chapters={"one.xhtml": body} | more, nav=toc(*entries)))


def texts(epub):
    return [" / ".join(chapter.plain_text.split("\n")) for chapter in epub.chapters]


def titles(epub):
    return [chapter.title for chapter in epub.chapters]


class CuttingTests(SimpleTestCase):
    def test_a_document_with_two_entries_is_two_chapters(self):
        epub = read(TWO_IN_ONE, *TWO_ENTRIES)

        self.assertEqual(titles(epub), ["Low Water", "High Water"])
        self.assertEqual(texts(epub), ["Low Water / It rained. On", "High Water / It stopped. Back"])
        self.assertEqual(
            epub.contents, (ContentsEntry("Low Water", 1, "", 0), ContentsEntry("High Water", 2, "", 0))
        )

    def test_links_follow_their_targets_into_the_new_chapters(self):
        epub = read(TWO_IN_ONE, *TWO_ENTRIES, **{"two.xhtml": '<p><a href="one.xhtml#b">Up</a></p>'})

        self.assertIn('<a href="../2/#text-b">On</a>', epub.chapters[0].html)
        self.assertIn('<a href="../1/#text-a">Back</a>', epub.chapters[1].html)
        self.assertIn('<a href="#text-b">Up</a>', epub.chapters[1].html)

    def test_what_is_open_at_a_cut_is_closed_and_opened_again(self):
        body = """<div lang="fr"><section id="whole"><h1 id="a">A</h1><p>One.</p><div><p>Two.</p>
        <h1 id="b">B</h1><p>Three.</p></div><p>Four.</p></section><p>Five.</p></div>"""

        epub = read(body, ("A", "one.xhtml#a"), ("B", "one.xhtml#b"))

        self.assertEqual(texts(epub), ["A / One. / Two.", "B / Three. / Four. / Five."])
        for chapter in epub.chapters:
            tree = html.fragment_fromstring(chapter.html)
            self.assertEqual(html.tostring(tree, encoding="unicode"), chapter.html)
            self.assertEqual([part.tag for part in tree.iter("section")], ["section"])
            self.assertIn('lang="fr"', chapter.html)
        self.assertEqual("".join(chapter.html for chapter in epub.chapters).count('id="text-whole"'), 1)

    def test_a_table_a_list_and_a_paragraph_are_never_cut(self):
        for name, block in {
            "table": '<table><tr><td>One</td></tr><tr><td id="b">Two</td></tr></table>',
            "list": '<ul><li>One</li><li id="b">Two</li></ul>',
            "paragraph": '<p>One <a id="b"></a> Two</p>',
        }.items():
            with self.subTest(name):
                epub = read(
                    f'<h1 id="a">A</h1><p>Zero.</p>{block}', ("A", "one.xhtml#a"), ("B", "one.xhtml#b")
                )

                self.assertEqual(texts(epub)[0], "A / Zero.")
                self.assertIn("One", texts(epub)[1])
                self.assertIn("Two", texts(epub)[1])

    def test_text_before_the_first_entry_belongs_to_the_chapter_before(self):
        epub = read(
            "<h1>Low Water</h1><p>It rained</p>",
            ("Low Water", "one.xhtml"),
            ("High Water", "two.xhtml#b"),
            **{"two.xhtml": '<p>and rained.</p><h1 id="b">High Water</h1><p>It stopped.</p>'},
        )

        self.assertEqual(texts(epub), ["Low Water / It rained / and rained.", "High Water / It stopped."])

    def test_an_epigraph_and_an_ornament_belong_to_the_chapter_after(self):
        for name, lead in {
            "heading": "<h1>Part One</h1><p>Rain, rain.</p>",
            "picture": '<p><img src="map.png" alt=""/></p>',
        }.items():
            with self.subTest(name):
                chapters = {
                    "one.xhtml": "<h1>Low Water</h1>",
                    "two.xhtml": f'{lead}<h2 id="b">High</h2><p>It stopped.</p>',
                }
                contents = toc(("Low Water", "one.xhtml"), ("High", "two.xhtml#b"))

                epub = read_epub(
                    make_epub(chapters=chapters, nav=contents, files={"map.png": make_picture()})
                )

                self.assertEqual((titles(epub), len(epub.chapters)), (["Low Water", "High"], 2))
                self.assertIn("It stopped.", epub.chapters[1].html)

    def test_a_long_introduction_of_its_own_is_a_chapter(self):
        lead = f"<h1>Preface</h1><p>{'It rained. ' * 60}</p>"

        epub = read(lead + TWO_IN_ONE, *TWO_ENTRIES)

        self.assertEqual(titles(epub), ["Preface", "Low Water", "High Water"])

    def test_sections_below_the_chapters_cut_nothing(self):
        body = '<h1 id="a">Low Water</h1><p>It rained.</p><h2 id="m">The mud</h2><p>Mud.</p>'

        epub = read(
            body,
            ("Low Water", "one.xhtml#a", [("The mud", "one.xhtml#m")]),
            ("End", "two.xhtml"),
            **{"two.xhtml": "<p>The end.</p>"},
        )

        self.assertEqual(titles(epub), ["Low Water", "End"])
        self.assertEqual(epub.contents[1], ContentsEntry("The mud", 1, "text-m", 1))

    def test_in_a_book_whose_only_top_entry_is_the_book_the_ones_below_are_the_chapters(self):
        epub = read(TWO_IN_ONE, ("The Ferry", "one.xhtml", TWO_ENTRIES))

        self.assertEqual(texts(epub), ["Low Water / It rained. On", "High Water / It stopped. Back"])

    def test_two_entries_to_one_place_are_one_chapter(self):
        body = (
            '<div id="p"><h1 id="a">Low Water</h1></div><p>It rained.</p><h1 id="b">B</h1><p>It stopped.</p>'
        )

        epub = read(body, ("Part", "one.xhtml#p"), ("Low Water", "one.xhtml#a"), ("B", "one.xhtml#b"))

        self.assertEqual(titles(epub), ["Part", "B"])
        self.assertEqual([entry.chapter for entry in epub.contents], [1, 1, 2])

    def test_an_entry_to_a_missing_place_leads_to_its_document(self):
        epub = read(
            "<p>It rained.</p>",
            ("Low", "one.xhtml#gone"),
            ("High", "two.xhtml"),
            **{"two.xhtml": "<p>It stopped.</p>"},
        )

        self.assertEqual(epub.contents[0], ContentsEntry("Low", 1, "", 0))

    def test_contents_that_miss_the_folder_are_understood_where_only_one_document_can_be_meant(self):
        chapters = {"en/one.xhtml": "<p>It rained.</p>", "en/two.xhtml": "<p>It stopped.</p>"}
        contents = toc(("Low", "one.xhtml"), ("High", "two.xhtml"))

        epub = read_epub(make_epub(chapters=chapters, nav=contents))
        doubtful = read_epub(make_epub(chapters=chapters | {"de/one.xhtml": "<p>Regen.</p>"}, nav=contents))

        self.assertEqual([(entry.title, entry.chapter) for entry in epub.contents], [("Low", 1), ("High", 2)])
        self.assertFalse(doubtful.has_contents)

    def test_contents_that_go_in_circles_and_to_themselves_are_harmless(self):
        entries = [("Contents", "nav.xhtml"), *TWO_ENTRIES, *TWO_ENTRIES, ("Top", "one.xhtml")] * 50

        epub = read(TWO_IN_ONE, *entries)

        self.assertEqual(len(epub.chapters), 2)

    def test_a_text_cut_a_thousand_times_keeps_every_word_in_order(self):
        body = "".join(
            f'<div><section><h1 id="c{n}">T{n}</h1><p>w{n}</p></section></div>' for n in range(1000)
        )

        epub = read(f"<div>{body}</div>", *[(f"T{n}", f"one.xhtml#c{n}") for n in range(1000)])

        self.assertEqual(texts(epub), [f"T{n} / w{n}" for n in range(1000)])


class JoiningTests(SimpleTestCase):
    def test_a_document_without_entry_and_heading_continues_the_chapter_before(self):
        epub = read(
            "<h1>Low Water</h1><p>It rained.</p>",
            ("Low Water", "one.xhtml"),
            ("High Water", "three.xhtml"),
            **{
                "two.xhtml": '<p id="x">It rained on. <a href="one.xhtml#x">Up</a></p>',
                "three.xhtml": '<p><a href="two.xhtml">a</a> <a href="two.xhtml#x">b</a></p>',
            },
        )

        self.assertEqual(titles(epub), ["Low Water", "High Water"])
        self.assertEqual(texts(epub)[0], "Low Water / It rained. / It rained on. Up")
        self.assertIn('<a href="../1/#text-start">a</a> <a href="../1/#text-x">b</a>', epub.chapters[1].html)
        self.assertIn('id="text-start"', epub.chapters[0].html)

    def test_a_document_with_a_heading_of_its_own_is_a_chapter_without_an_entry(self):
        epub = read(
            "<h1>Low Water</h1>",
            ("Low Water", "one.xhtml"),
            ("End", "three.xhtml"),
            **{"two.xhtml": "<h1>Between</h1><p>Mud.</p>", "three.xhtml": "<p>The end.</p>"},
        )

        self.assertEqual(titles(epub), ["Low Water", "Between", "End"])

    def test_a_chapter_does_not_grow_without_end(self):
        rest = {f"{number}.xhtml": f"<p>{'rain ' * 10_000}</p>" for number in range(6)}

        epub = read(
            "<p>Rain.</p>", ("Rain", "one.xhtml"), ("End", "end.xhtml"), **rest, **{"end.xhtml": "<p>e</p>"}
        )

        self.assertLess(max(len(chapter.plain_text) for chapter in epub.chapters), 160_000)
        self.assertGreater(len(epub.chapters), 2)

    def test_ids_are_unique_even_where_documents_of_one_chapter_share_them(self):
        epub = read(
            '<h1>Low</h1><p id="n">One. <a href="two.xhtml#n">Two</a></p>',
            ("Low", "one.xhtml"),
            ("End", "end.xhtml"),
            **{
                "two.xhtml": '<p id="n">Two. <a href="#n">Here</a> <a href="one.xhtml#n">One</a></p>',
                "end.xhtml": "<p>End.</p>",
            },
        )

        text = epub.chapters[0].html
        for part in (
            '<p id="text-n">One. <a href="#text-n-2">Two</a>',
            '<p id="text-n-2">Two. <a href="#text-n-2">Here</a> <a href="#text-n">One</a>',
        ):
            self.assertIn(part, text)

    def test_of_two_elements_with_one_id_the_first_has_it(self):
        epub = read('<p id="n">One.</p><p id="n">Two.</p>')

        self.assertEqual(epub.chapters[0].html, '<div><p id="text-n">One.</p><p>Two.</p></div>')


class SpineTests(SimpleTestCase):
    def test_a_picture_in_the_spine_is_a_page(self):
        package = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>
        <item id="p" href="my%20map.png" media-type="image/png"/>
        <item id="d" href="d.svg" media-type="image/svg+xml"/></manifest>
        <spine><itemref idref="p"/><itemref idref="d"/></spine></package>"""
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><title>A boat</title><path d="M0 0"/></svg>'

        epub = read_epub(
            make_epub(
                raw={
                    "EPUB/package.opf": package,
                    "EPUB/my map.png": make_picture(),
                    "EPUB/d.svg": drawing,
                }
            )
        )

        self.assertIn("<img src=", epub.chapters[0].html)
        self.assertRegex(epub.chapters[1].html, r'<img src="[^"]+\.svg" alt="A boat"')

    def test_a_book_that_is_nothing_but_its_navigation_is_read_as_that(self):
        chapters = {"nav.xhtml": page(toc(("Here", "nav.xhtml#h")) + '<p id="h">It rained.</p>')}

        self.assertIn("It rained.", texts(read_epub(make_epub(chapters=chapters))))

    def test_a_picture_is_shown_rather_than_what_stands_in_for_it(self):
        package = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata/><manifest>
        <item id=" p " href="p.png" media-type="image/png" fallback="f"/>
        <item id="f" href="one.xhtml" media-type="application/xhtml+xml"/></manifest>
        <spine><itemref idref="p"/></spine></package>"""

        epub = read_epub(make_epub(raw={"EPUB/package.opf": package, "EPUB/p.png": make_picture()}))

        self.assertEqual((len(epub.illustrations), texts(epub)), (1, [""]))


class HiddenTargetTests(SimpleTestCase):
    def test_a_link_into_a_drawing_leads_to_the_drawing(self):
        body = """<svg xmlns="http://www.w3.org/2000/svg"><circle id="c"/><text>A boat</text></svg>
        <p><a href="#c">boat</a></p>"""

        text = read(body).chapters[0].html

        self.assertRegex(text, r'<img id="text-drawing" src="[^"]+\.svg" alt="A boat"')
        self.assertIn('<a href="#text-drawing">boat</a>', text)

    def test_a_link_to_what_is_left_out_is_only_words(self):
        text = read('<audio id="s"><a id="t"/>Song</audio><p><a href="#s">a</a> <a href="#t">b</a></p>')

        self.assertIn("<a>a</a> <a>b</a>", text.chapters[0].html)


def fallback_package(items, *, spine="p", metadata=METADATA):
    """Return a package document of items (id, href, media type, id of the fallback)."""
    item = '<item id="{}" href="{}" media-type="{}" fallback="{}"/>'
    manifest = "".join(item.format(*parts) for parts in items)
    return PACKAGE.format(
        metadata=metadata, manifest=manifest, spine=f'<itemref idref="{spine}"/>', toc="", guide=""
    )


XHTML = "application/xhtml+xml"


class FallbackTests(SimpleTestCase):
    def read(self, *items, **raw):
        files = {f"EPUB/{name.replace('_', '.')}": data for name, data in raw.items()}
        return read_epub(make_epub(raw={"EPUB/package.opf": fallback_package(items), **files}))

    def test_what_is_missing_from_the_spine_is_read_by_its_fallback(self):
        for kind in ("image/png", "image/svg+xml", "application/xhtml+xml", "application/pdf"):
            with self.subTest(kind):
                epub = self.read(("p", "missing", kind, "f"), ("f", "one.xhtml", XHTML, ""))

                self.assertEqual([chapter.title for chapter in epub.chapters], ["Low Water"])

    def test_a_fallback_of_a_fallback_is_read_where_the_first_is_missing_too(self):
        epub = self.read(
            ("p", "a.png", "image/png", "q"), ("q", "b.png", "image/png", "f"), ("f", "one.xhtml", XHTML, "")
        )

        self.assertEqual([chapter.title for chapter in epub.chapters], ["Low Water"])

    def test_a_drawing_whose_fallback_is_missing_is_read_itself(self):
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><title>A boat</title></svg>'

        epub = self.read(("p", "d.svg", "image/svg+xml", "f"), ("f", "gone.xhtml", XHTML, ""), d_svg=drawing)

        self.assertEqual(texts(epub), ["A boat"])

    def test_a_circle_in_which_nothing_is_there_is_refused(self):
        with self.assertRaisesMessage(UnusableEpub, "names a file that it does not contain: EPUB/a.png."):
            self.read(("p", "a.png", "image/png", "q"), ("q", "b.png", "image/png", "p"))

    def test_links_and_contents_that_mean_the_missing_file_lead_to_its_fallback(self):
        items = [
            ("p", "map.png", "image/png", "f"),
            ("f", "one.xhtml", XHTML, ""),
            ("g", "two.xhtml", XHTML, ""),
            ("nav", "nav.xhtml", XHTML, '" properties="nav'),
        ]
        package = fallback_package(items).replace("</spine>", '<itemref idref="g"/></spine>')
        link = page('<h1>High Water</h1><p><a href="map.png">map</a></p>')
        contents = page(toc(("The Map", "map.png"), ("High Water", "two.xhtml")))

        epub = read_epub(
            make_epub(
                raw={
                    "EPUB/package.opf": package,
                    "EPUB/two.xhtml": link,
                    "EPUB/nav.xhtml": contents,
                }
            )
        )

        self.assertEqual([entry.title for entry in epub.contents], ["The Map", "High Water"])
        self.assertIn('<a href="../1/">map</a>', epub.chapters[1].html)
        self.assertEqual(epub.findings, ())

    def test_a_picture_in_the_text_that_is_missing_or_not_shown_has_its_fallback_shown(self):
        for data in (None, b"II*\0 a TIFF"):
            with self.subTest(data):
                package = fallback_package(
                    [
                        ("p", "one.xhtml", XHTML, ""),
                        ("t", "map.tiff", "image/tiff", "g"),
                        ("g", "map.png", "image/png", ""),
                    ]
                )
                raw = {"EPUB/package.opf": package, "EPUB/map.tiff": data, "EPUB/map.png": make_picture()}

                epub = read_epub(
                    make_epub(chapters={"one.xhtml": '<img src="map.tiff" alt="A map"/>'}, raw=raw)
                )

                self.assertEqual(len(epub.illustrations), 1)
                self.assertEqual(epub.findings, ())

    def test_a_picture_without_a_fallback_leaves_its_words(self):
        epub = read('<p>It rained.</p><img src="gone.png" alt="A map"/>')

        self.assertIn("<span>A map</span>", epub.chapters[0].html)

    def test_a_cover_that_is_missing_is_its_fallback(self):
        package = fallback_package(
            [
                ("p", "one.xhtml", XHTML, ""),
                ("c", "c.jxl", "image/jxl", 'd" properties="cover-image'),
                ("d", "d.png", "image/png", ""),
            ]
        )

        epub = read_epub(make_epub(raw={"EPUB/package.opf": package, "EPUB/d.png": make_picture()}))

        self.assertEqual(epub.cover, make_picture())
