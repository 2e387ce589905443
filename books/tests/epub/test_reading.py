"""What is read out of an EPUB: words, order, contents, pictures."""

from base64 import b64encode
from datetime import date

from django.test import SimpleTestCase

from books.epub import ContentsEntry, UnusableEpub
from books.tests.epubs import CHAPTERS, METADATA, PACKAGE, make_epub, make_picture, page, read_epub

NAV = """<nav epub:type="toc"><ol>
<li><a href="one.xhtml">Low Water</a><ol><li><a href="one.xhtml#mud">The mud</a></li></ol></li>
<li><span>Later</span><ol><li><a href="two.xhtml">High Water</a></li></ol></li>
<li><a href="https://example.com/">Elsewhere</a></li></ol></nav>"""
NCX = """<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>
<navPoint><navLabel><text>Low Water</text></navLabel><content src="one.xhtml"/>
<navPoint><navLabel><text>The mud</text></navLabel><content src="one.xhtml#mud"/></navPoint></navPoint>
<navPoint><navLabel><text>High Water</text></navLabel><content src="two.xhtml"/></navPoint></navMap></ncx>"""


MUDDY = CHAPTERS | {"one.xhtml": '<h1>Low Water</h1><p>It rained.</p><h2 id="mud">The mud</h2>'}


def metadata_of(inner):
    return read_epub(make_epub(metadata=inner)).metadata


def html_of(body, **parts):
    """Return the safe HTML of the first chapter with this body."""
    chapters = {"one.xhtml": body, "two.xhtml": "<p>Two.</p>"}
    return read_epub(make_epub(chapters=chapters, **parts)).chapters[0].html


class MetadataTests(SimpleTestCase):
    def test_epub_3_says_title_and_subtitle_by_refinement(self):
        metadata = metadata_of(
            '<dc:title id="s">Stories</dc:title><meta refines="#s" property="title-type">subtitle</meta>'
            '<dc:title id="t">The Ferry</dc:title><meta refines="#t" property="title-type">main</meta>'
        )

        self.assertEqual((metadata.title, metadata.subtitle), ("The Ferry", "Stories"))

    def test_what_is_not_said_is_empty(self):
        metadata = metadata_of("")

        self.assertEqual((metadata.title, metadata.authors, metadata.published), ("", (), None))
        self.assertEqual((metadata.language, metadata.isbn, metadata.identifier), ("und", "", ""))

    def test_authors_stand_in_the_order_of_their_display_sequence(self):
        metadata = metadata_of(
            '<dc:creator id="b">Bea</dc:creator><meta refines="#b" property="display-seq">2</meta>'
            '<dc:creator id="a">Ada</dc:creator><meta refines="#a" property="display-seq">1</meta>'
        )

        self.assertEqual(metadata.authors, ("Ada", "Bea"))

    def test_an_illustrator_is_no_author_beside_one(self):
        metadata = metadata_of(
            '<dc:creator opf:role="ill">Ilya</dc:creator><dc:creator opf:role="aut">Ada</dc:creator>'
        )

        self.assertEqual(metadata.authors, ("Ada",))

    def test_an_editor_is_credited_where_there_is_no_author(self):
        self.assertEqual(metadata_of('<dc:creator opf:role="edt">Edda</dc:creator>').authors, ("Edda",))

    def test_an_author_has_no_mail_address_in_the_name(self):
        metadata = metadata_of("<dc:creator>Ada Quill &lt;ada@example.com&gt;</dc:creator>")

        self.assertEqual(metadata.authors, ("Ada Quill",))

    def test_languages_are_written_as_bcp_47_recommends(self):
        for written, tag in {
            "pt_br": "pt-BR",
            "EN": "en",
            "zh-hant-tw": "zh-Hant-TW",
            "Englisch!": "und",
        }.items():
            with self.subTest(written):
                self.assertEqual(metadata_of(f"<dc:language>{written}</dc:language>").language, tag)

    def test_dates_may_be_short_and_are_dropped_when_impossible(self):
        for written, day in {
            "2024-06-17T08:00:00Z": date(2024, 6, 17),
            "2024-06": date(2024, 6, 1),
            "1999": date(1999, 1, 1),
            "2024-13-45": None,
            "soon": None,
        }.items():
            with self.subTest(written):
                self.assertEqual(metadata_of(f"<dc:date>{written}</dc:date>").published, day)

    def test_the_date_of_a_change_is_not_the_date_of_publication(self):
        metadata = metadata_of(
            '<dc:date opf:event="modification">2024-01-02</dc:date>'
            '<dc:date opf:event="publication">2020-03-04</dc:date>'
        )

        self.assertEqual(metadata.published, date(2020, 3, 4))

    def test_a_valid_isbn_is_found_with_10_or_13_digits(self):
        for written, isbn in {
            "urn:isbn:978-3-16-148410-0": "9783161484100",
            "ISBN 0-306-40615-2": "9780306406157",
            "080442957X": "9780804429573",
            "9783161484101": "",
            "1234567890123": "",
            "urn:uuid:4ee55e27-06ca-4712-8229-488eba9c0c84": "",
        }.items():
            with self.subTest(written):
                self.assertEqual(metadata_of(f"<dc:identifier>{written}</dc:identifier>").isbn, isbn)

    def test_the_identifier_is_the_one_the_package_calls_unique(self):
        metadata = metadata_of(
            '<dc:identifier>other</dc:identifier><dc:identifier id="uid">urn:x:1</dc:identifier>'
        )

        self.assertEqual(metadata.identifier, "urn:x:1")

    def test_a_description_in_html_becomes_paragraphs_of_plain_text(self):
        metadata = metadata_of(
            "<dc:description>&lt;p&gt;It &lt;b&gt;rained&lt;/b&gt;.&lt;/p&gt;"
            "&lt;p&gt;Then&amp;hellip;&lt;/p&gt;</dc:description>"
        )

        self.assertEqual(metadata.description, "It rained.\n\nThen…")

    def test_a_plain_description_keeps_its_paragraphs(self):
        metadata = metadata_of("<dc:description>\nIt\nrained.\n\nIt &lt; stopped.</dc:description>")

        self.assertEqual(metadata.description, "It rained.\n\nIt < stopped.")

    def test_a_subject_is_named_once(self):
        metadata = metadata_of("<dc:subject>Fiction</dc:subject>" * 2 + "<dc:subject>Tides</dc:subject>")

        self.assertEqual(metadata.subjects, ("Fiction", "Tides"))


class ChapterTests(SimpleTestCase):
    def test_a_series_is_said_in_the_words_of_epub_3_or_of_calibre(self):
        collection = '<meta property="belongs-to-collection" id="c">The Tides</meta>'
        kind = '<meta refines="#c" property="collection-type">{}</meta>'
        position = '<meta refines="#c" property="group-position">{}</meta>'
        calibre = (
            '<meta name="calibre:series" content="Old"/><meta name="calibre:series_index" content="{}"/>'
        )

        said = {
            name: (metadata.series, metadata.series_position)
            for name, metadata in {
                "series": metadata_of(collection + kind.format("series") + position.format("2")),
                "no kind": metadata_of(collection + position.format("1.5")),
                "set": metadata_of(collection + kind.format("set") + position.format("2")),
                "calibre": metadata_of(calibre.format("3.0")),
                "both": metadata_of(collection + position.format("2") + calibre.format("7")),
                "parts": metadata_of(collection + position.format("2.1.3")),
                "nonsense": metadata_of(collection + position.format("-1e9")),
                "huge": metadata_of(collection + position.format("9" * 40)),
                "of a collection": metadata_of(collection.replace('id="c"', 'refines="#c"')),
                "nothing": metadata_of('<meta property="belongs-to-collection" id="c"> </meta>'),
            }.items()
        }

        self.assertEqual(
            said,
            {
                "series": ("The Tides", "2"),
                "no kind": ("The Tides", "1.5"),
                "set": ("", ""),
                "calibre": ("Old", "3.0"),
                "both": ("The Tides", "2"),
                "parts": ("The Tides", ""),
                "nonsense": ("The Tides", ""),
                "huge": ("The Tides", ""),
                "of a collection": ("", ""),
                "nothing": ("", ""),
            },
        )

    def test_chapters_come_in_the_order_of_the_spine(self):
        epub = read_epub(make_epub())

        self.assertEqual([chapter.title for chapter in epub.chapters], ["Low Water", "High Water"])

    def test_plain_text_has_a_line_for_each_block_and_no_ruby_readings(self):
        ruby = "<ruby>雨<rp>(</rp><rt>あめ</rt><rp>)</rp></ruby>"
        body = f"<h1>雨</h1><p>It <em>rai</em>ned.<br/>A {ruby} day.</p>"

        epub = read_epub(make_epub(chapters={"one.xhtml": body}))

        self.assertEqual(epub.chapters[0].plain_text, "雨\nIt rained.\nA 雨 day.")

    def test_the_title_is_the_one_of_the_contents(self):
        epub = read_epub(make_epub(nav=NAV.replace(">Low Water", ">1. Low Water")))

        self.assertEqual(epub.chapters[0].title, "1. Low Water")

    def test_a_chapter_without_any_title_is_called_by_its_number(self):
        epub = read_epub(make_epub(chapters={"one.xhtml": "<p>It rained.</p>"}))

        self.assertEqual(epub.chapters[0].title, "Chapter 1")

    def test_the_cover_page_empty_pages_and_the_navigation_are_no_chapters(self):
        chapters = {
            "cover.xhtml": '<img src="cover.png" alt=""/>',
            "empty.xhtml": "<p> </p>",
            "one.xhtml": "<p>It rained.</p>",
        }

        epub = read_epub(make_epub(chapters=chapters, cover=make_picture()))

        self.assertEqual([chapter.plain_text for chapter in epub.chapters], ["It rained."])

    def test_a_page_with_another_picture_alone_is_a_chapter(self):
        chapters = {"map.xhtml": '<img src="map.png" alt="A map"/>', "one.xhtml": "<p>It rained.</p>"}

        epub = read_epub(
            make_epub(chapters=chapters, cover=make_picture(), files={"map.png": make_picture()})
        )

        self.assertEqual(len(epub.chapters), 2)

    def test_a_malformed_page_is_read_as_browsers_read_it(self):
        epub = read_epub(make_epub(chapters={"one.xhtml": b"<html><body><p>It <b>rained.<p>Then<br>not."}))

        self.assertEqual(epub.chapters[0].plain_text, "It rained.\nThen\nnot.")

    def test_in_a_malformed_page_footnotes_are_still_footnotes(self):
        document = b'<html><body><p>Rain<a epub:type="noteref" href="#n">1</a><br><a@b>.</body></html>'

        html = read_epub(make_epub(chapters={"one.xhtml": document})).chapters[0].html

        self.assertIn('class="noteref"', html)

    def test_named_entities_of_html_become_their_characters(self):
        self.assertEqual(
            html_of("<p>a&nbsp;b &mdash; &hellip; &amp; &lt;</p>"),
            "<div><p>a&nbsp;b — … &amp; &lt;</p></div>",
        )

    def test_other_encodings_are_read_right_whether_they_are_declared_or_not(self):
        text = "<html><body><p>Grüße</p></body></html>"
        for name, data in {
            "latin-1": b'<?xml version="1.0" encoding="iso-8859-1"?>' + text.encode("latin-1"),
            "utf-16 with a mark": text.encode("utf-16"),
            "utf-8 with a mark": text.encode("utf-8-sig"),
            "utf-8 declared as latin-1": b'<?xml version="1.0" encoding="iso-8859-1"?>' + text.encode(),
            "latin-1 declared as utf-8": b'<?xml version="1.0" encoding="utf-8"?>' + text.encode("latin-1"),
            "utf-8 with an encoding declared twice": b'<?xml version="1.0" encoding="latin-1"?>' * 2
            + text.encode(),
            "an encoding nobody knows": b'<?xml version="1.0" encoding="klingon"?>' + text.encode("latin-1"),
        }.items():
            with self.subTest(name):
                self.assertEqual(
                    read_epub(make_epub(chapters={"one.xhtml": data})).chapters[0].plain_text, "Grüße"
                )

    def test_one_wrong_byte_does_not_spoil_the_other_letters(self):
        data = "<html><body><p>Grüße aus Köln</p></body></html>".encode() + b"\xff"

        text = read_epub(make_epub(chapters={"one.xhtml": data})).chapters[0].plain_text

        self.assertIn("Grüße aus Köln", text)

    def test_characters_that_xml_does_not_have_are_left_out(self):
        for reference in ("&#0;", "&#xD800;", "&#xFFFF;", "&#99999999999;", "&#x1F;"):
            with self.subTest(reference):
                self.assertEqual(html_of(f"<p>a{reference}b</p>"), "<div><p>ab</p></div>")
        self.assertEqual(html_of("<p>&#8217;&#x2014;&#x0000041;</p>"), "<div><p>’—A</p></div>")

    def test_a_page_of_comments_alone_is_no_chapter(self):
        epub = read_epub(
            make_epub(chapters={"one.xhtml": b"<!-- nothing -->", "two.xhtml": "<p>It rained.</p>"})
        )

        self.assertEqual(len(epub.chapters), 1)


class ContentsTests(SimpleTestCase):
    def test_epub_3_navigation_is_flattened_with_depths(self):
        self.assertEqual(
            read_epub(make_epub(nav=NAV, chapters=MUDDY)).contents,
            (
                ContentsEntry("Low Water", 1, "", 0),
                ContentsEntry("The mud", 1, "text-mud", 1),
                ContentsEntry("Later", 2, "", 0),
                ContentsEntry("High Water", 2, "", 1),
            ),
        )

    def test_epub_2_contents_are_read_where_there_is_no_navigation(self):
        self.assertEqual(
            read_epub(make_epub(ncx=NCX, chapters=MUDDY)).contents,
            (
                ContentsEntry("Low Water", 1, "", 0),
                ContentsEntry("The mud", 1, "text-mud", 1),
                ContentsEntry("High Water", 2, "", 0),
            ),
        )

    def test_without_contents_the_chapters_own_titles_are_listed(self):
        self.assertEqual(
            read_epub(make_epub()).contents,
            (ContentsEntry("Low Water", 1, "", 0), ContentsEntry("High Water", 2, "", 0)),
        )

    def test_contents_that_list_one_chapter_of_several_are_passed_over(self):
        nav = '<nav epub:type="toc"><ol><li><a href="one.xhtml">Start</a></li></ol></nav>'

        self.assertEqual(
            [entry.title for entry in read_epub(make_epub(nav=nav)).contents], ["Start", "High Water"]
        )

    def test_contents_that_cannot_be_understood_are_passed_over(self):
        deep = "<ol><li><a href='one.xhtml'>Low Water</a>" * 12 + "</li></ol>" * 12
        for name, parts in {
            "a navigation without a list": {"nav": '<nav epub:type="toc"><p>None</p></nav>'},
            "a list without links": {"nav": "<nav><ol><li>Words</li><li><a>Nowhere</a></li></ol></nav>"},
            "a list too deep": {"nav": f"<nav>{deep}</nav>"},
            "an NCX without a map": {"ncx": "<ncx/>"},
            "an NCX point without an address": {"ncx": "<ncx><navMap><navPoint/></navMap></ncx>"},
        }.items():
            with self.subTest(name):
                epub = read_epub(make_epub(**parts))

                self.assertEqual([entry.title for entry in epub.contents], ["Low Water", "High Water"])


class LinkTests(SimpleTestCase):
    def test_links_between_chapters_lead_to_their_pages(self):
        chapters = {
            "one.xhtml": '<p id="here"><a href="two.xhtml#end">on</a> <a href="#here">here</a> '
            '<a href="one.xhtml">top</a></p>',
            "two.xhtml": '<p>It rained.</p><p id="end">It stopped.</p>',
        }
        html = read_epub(make_epub(chapters=chapters)).chapters[0].html

        self.assertIn('<a href="../2/#text-end">on</a>', html)
        self.assertIn('<a href="#text-here">here</a>', html)
        self.assertIn('<a href="../1/">top</a>', html)

    def test_links_out_of_the_shop_tell_nothing_to_where_they_lead(self):
        html = html_of(
            '<p><a href="https://example.com/?a=1&amp;b=2">out</a> <a href="mailto:a@example.com">m</a></p>'
        )

        self.assertIn(
            '<a href="https://example.com/?a=1&amp;b=2" rel="noopener noreferrer nofollow">out</a>', html
        )
        self.assertIn('<a href="mailto:a@example.com">m</a>', html)

    def test_links_to_what_is_no_chapter_are_only_words(self):
        for href in (
            "missing.xhtml",
            "../../etc/passwd",
            "/books/",
            "//example.com/",
            "file:///etc/passwd",
            "../1/",
            "//[",
        ):
            with self.subTest(href):
                self.assertIn("<a>words</a>", html_of(f'<p><a href="{href}">words</a></p>'))

    def test_footnotes_stay_links_and_say_what_they_are(self):
        html = html_of(
            '<p>Rain<a epub:type="noteref" href="#n1" id="r1">1</a></p>'
            '<aside epub:type="footnote" id="n1"><p><a href="#r1">1</a> Drizzle.</p></aside>'
        )

        note = '<a href="#text-n1" id="text-r1" class="noteref" role="doc-noteref">1</a>'
        for attribute in ('href="#text-n1"', 'id="text-r1"', 'class="noteref"', 'role="doc-noteref"'):
            self.assertIn(attribute, html, note)
        self.assertIn('id="text-n1"', html)
        self.assertIn('href="#text-r1"', html)

    def test_notes_are_known_by_their_roles_too_and_their_way_back_is_kept(self):
        html = html_of(
            '<p>Rain<a role="doc-noteref" href="#n1" id="r1">1</a></p><section role="doc-endnotes"><ol>'
            '<li role="doc-endnote" id="n1">Drizzle. <a role="doc-backlink" href="#r1">up</a></li></ol>'
            "</section>"
        )

        self.assertIn('class="noteref"', html)
        self.assertRegex(html, r'<li (id="text-n1" |class="footnote" |role="doc-footnote" ?)+>')
        self.assertRegex(html, r'<a (href="#text-r1" ?|role="doc-backlink" ?)+>up</a>')
        self.assertIn("<section>", html)

    def test_notes_at_the_end_of_the_book_are_reached_and_left_again(self):
        chapters = {
            "one.xhtml": '<p>Rain<a epub:type="noteref" href="notes.xhtml#n1" id="r1">1</a></p>',
            "notes.xhtml": '<h1>Notes</h1><aside epub:type="rearnote" id="n1">'
            '<a href="one.xhtml#r1">1</a></aside>',
        }

        one, notes = read_epub(make_epub(chapters=chapters)).chapters

        self.assertIn('href="../2/#text-n1"', one.html)
        self.assertIn('href="../1/#text-r1"', notes.html)
        self.assertIn('class="footnote"', notes.html)

    def test_a_fragment_that_is_no_text_breaks_nothing(self):
        self.assertIn("<a>a</a>", html_of('<p><a href="#a%00b">a</a></p>'))

    def test_a_link_to_a_missing_place_leads_to_its_chapter_and_within_the_chapter_is_only_words(self):
        html = html_of('<p><a href="two.xhtml#gone">on</a> <a href="#gone">here</a></p>')

        self.assertIn('<a href="../2/">on</a>', html)
        self.assertIn("<a>here</a>", html)

    def test_an_old_named_anchor_is_an_id(self):
        self.assertIn('<a id="text-here"></a>', html_of('<p><a name="here"/>It rained.</p>'))


class MarkupTests(SimpleTestCase):
    def test_headings_begin_at_the_second_level_and_keep_their_steps(self):
        self.assertIn("<h2>A</h2><h3>B</h3>", html_of("<h1>A</h1><h2>B</h2>"))
        self.assertIn("<h2>A</h2><h4>B</h4>", html_of("<h3>A</h3><h5>B</h5>"))

    def test_tables_code_ruby_language_and_direction_are_kept(self):
        body = (
            '<table><tr><th scope="row" colspan="2">a</th></tr></table><pre><code>a  b</code></pre>'
            '<p lang="ja">雨<ruby>雨<rt>あめ</rt></ruby></p><p dir="rtl" xml:lang="he">שלום</p>'
            '<ol start="3"><li>c</li></ol>'
        )

        html = html_of(body)

        self.assertIn('<th scope="row" colspan="2">a</th>', html)
        self.assertIn('<pre tabindex="0"><code>a  b</code></pre>', html)
        self.assertIn('<p lang="ja">雨<ruby>雨<rt>あめ</rt></ruby></p>', html)
        self.assertIn('<p dir="rtl" lang="he">', html)
        self.assertIn('<ol start="3">', html)

    def test_the_language_of_the_document_is_on_its_text(self):
        document = page("<p>Bonjour</p>").replace(b"<html ", b'<html lang="fr" dir="ltr" ')

        html = read_epub(make_epub(chapters={"one.xhtml": document})).chapters[0].html

        self.assertEqual(html, '<div lang="fr" dir="ltr"><p>Bonjour</p></div>')

    def test_formulas_are_kept(self):
        math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mfrac><mi>a</mi><mn>2</mn></mfrac></math>'

        self.assertIn("<math><mfrac><mi>a</mi><mn>2</mn></mfrac></math>", html_of(f"<p>{math}</p>"))

    def test_notes_to_a_formula_in_another_notation_are_not_shown(self):
        math = (
            '<math xmlns="http://www.w3.org/1998/Math/MathML" alttext="x squared"><semantics><msup><mi>x</mi>'
            '<mn>2</mn></msup><annotation encoding="application/x-tex">x^2</annotation></semantics></math>'
        )

        html = html_of(f"<p>{math}</p>")

        self.assertIn("<mrow><msup><mi>x</mi><mn>2</mn></msup></mrow>", html)
        self.assertIn('alttext="x squared"', html)
        self.assertNotIn("x^2", html)

    def test_a_formula_that_browsers_cannot_show_is_replaced_by_its_words(self):
        math = '<math xmlns="http://www.w3.org/1998/Math/MathML"{}><apply><plus/><ci>x</ci><cn>2</cn></apply></math>'

        self.assertIn("<span>x plus 2</span>", html_of(math.format(' alttext="x plus 2"')))
        self.assertIn("<span>x2</span>", html_of(math.format("")))

    def test_fences_of_a_formula_are_written_out_whatever_its_prefix(self):
        math = (
            '<m:math xmlns:m="http://www.w3.org/1998/Math/MathML"><m:mfenced open="[" separators=";">'
            "<m:mi>x</m:mi><m:mi>y</m:mi></m:mfenced></m:math>"
        )
        document = f"<html><body><p>It<br>rained {math}".encode()

        for name, html in {
            "XML": html_of(math),
            "HTML": read_epub(make_epub(chapters={"one.xhtml": document})).chapters[0].html,
        }.items():
            with self.subTest(name):
                self.assertIn("<mrow><mo>[</mo><mi>x</mi><mo>;</mo><mi>y</mi><mo>)</mo></mrow>", html)

    def test_of_a_switch_the_formula_is_kept_or_else_the_default(self):
        switch = (
            '<epub:switch><epub:case required-namespace="x">{}</epub:case>'
            "<epub:default><p>Words</p></epub:default></epub:switch>"
        )
        math = '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>a</mi></math>'

        formula, words = html_of(switch.format(math)), html_of(switch.format("<p>Molecule</p>"))

        self.assertIn("<mi>a</mi>", formula)
        self.assertNotIn("Words", formula)
        self.assertIn("<p>Words</p>", words)
        self.assertNotIn("Molecule", words)

    def test_elements_of_old_become_those_of_today(self):
        html = html_of("<center>a</center><tt>b</tt><strike>c</strike><acronym>d</acronym><main>e</main>")

        self.assertEqual(
            html,
            '<div><div class="centred">a</div><code>b</code><s>c</s><abbr>d</abbr><div>e</div></div>',
        )

    def test_figures_lists_and_text_of_another_direction_are_kept(self):
        body = (
            "<figure><figcaption>A</figcaption></figure><dl><dt>b</dt><dd>c</dd></dl>"
            '<p><bdo dir="rtl">d</bdo><bdi>e</bdi><span dir="sideways">f</span></p>'
        )

        self.assertEqual(html_of(body), f"<div>{body.replace(' dir="sideways"', '')}</div>")

    def test_links_to_the_neighbours_are_left_to_our_own_pages(self):
        html = html_of('<div role="navigation"><h3>Navigation</h3><p>next</p></div><p>It rained.</p>')

        self.assertEqual(html, "<div><p>It rained.</p></div>")


class PictureTests(SimpleTestCase):
    def test_a_picture_is_named_by_its_content_and_keeps_its_words(self):
        picture = make_picture(size=(40, 30))

        epub = read_epub(
            make_epub(
                chapters={"one.xhtml": '<p><img src="map.png" alt="A map"/></p>'}, files={"map.png": picture}
            )
        )

        [illustration] = epub.illustrations
        self.assertEqual((illustration.data, illustration.first_chapter), (picture, 1))
        self.assertRegex(illustration.name, r"^[0-9a-f]{32}\.png$")
        html = epub.chapters[0].html
        self.assertIn(f'src="../../pictures/{illustration.name}"', html)
        for attribute in ('alt="A map"', 'width="40"', 'height="30"'):
            self.assertIn(attribute, html)

    def test_the_old_name_of_img_is_a_picture_too(self):
        chapters = {"one.xhtml": '<p>Look: <image src="map.png" alt="A map"/></p>'}

        [chapter] = read_epub(make_epub(chapters=chapters, files={"map.png": make_picture()})).chapters

        self.assertIn('alt="A map"', chapter.html)

    def test_a_picture_is_found_in_whatever_case_its_name_is_written(self):
        html = html_of('<p>x<img src="MAP.png" alt=""/></p>', files={"Map.png": make_picture()})

        self.assertIn("<img ", html)

    def test_the_same_picture_twice_is_one_and_belongs_to_the_first_chapter(self):
        picture, body = make_picture(), '<p>x<img src="{}.png"/></p>'
        chapters = {
            "one.xhtml": "<p>One.</p>",
            "two.xhtml": body.format("a"),
            "three.xhtml": body.format("b"),
        }

        epub = read_epub(make_epub(chapters=chapters, files={"a.png": picture, "b.png": picture}))

        self.assertEqual([illustration.first_chapter for illustration in epub.illustrations], [2])

    def test_the_name_follows_what_the_picture_is_and_not_what_it_is_called(self):
        epub = read_epub(
            make_epub(
                chapters={"one.xhtml": '<p>x<img src="a.png"/></p>'}, files={"a.png": make_picture("JPEG")}
            )
        )

        self.assertTrue(epub.illustrations[0].name.endswith(".jpg"))

    def test_a_picture_that_cannot_be_shown_leaves_its_words(self):
        drawing = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
        for source in (
            "https://example.com/track.png",
            "missing.png",
            "drawing.svg",
            "broken.png",
            "data:image/png,x",
            "data:image/png;base64,no base64!",
            "data:image/png;base64,aGVsbG8=",
        ):
            with self.subTest(source):
                files = {"drawing.svg": drawing, "broken.png": make_picture()[:40]}
                self.assertEqual(
                    html_of(f'<p>See <img src="{source}" alt="A map" onerror="alert(1)"/></p>', files=files),
                    "<div><p>See <span>A map</span></p></div>",
                )

    def test_a_drawing_that_only_wraps_a_picture_is_that_picture(self):
        body = (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
            '<title>Map</title><image width="6" height="9" xlink:href="map.png"/></svg><p>It rained.</p>'
        )

        html = html_of(body, files={"map.png": make_picture()})

        self.assertIn('alt="Map"', html)
        self.assertIn('src="../../pictures/', html)
        self.assertNotIn("svg", html)

    def test_a_picture_in_the_text_itself_is_an_illustration_like_others(self):
        picture = make_picture()
        source = f"data:image/png;base64,{b64encode(picture).decode()}"

        epub = read_epub(make_epub(chapters={"one.xhtml": f'<p><img src="{source}" alt="A map"/></p>'}))

        self.assertEqual([illustration.data for illustration in epub.illustrations], [picture])
        self.assertNotIn("data:", epub.chapters[0].html)

    def test_an_object_that_is_a_picture_is_shown_and_any_other_leaves_what_stands_in_for_it(self):
        picture = html_of('<object data="map.png">A map</object>', files={"map.png": make_picture()})
        other = html_of('<object data="app.jar"><p>No app</p></object>')

        self.assertIn('alt="A map"', picture)
        self.assertIn("<img ", picture)
        self.assertIn("<p>No app</p>", other)

    def test_a_drawing_with_nothing_to_see_leaves_its_words(self):
        body = '<p>a<svg xmlns="http://www.w3.org/2000/svg"><metadata>a</metadata><desc>b</desc></svg>c</p>'

        self.assertEqual(html_of(body), "<div><p>a<span>b</span>c</p></div>")


class CoverTests(SimpleTestCase):
    def test_the_cover_is_the_one_that_epub_3_marks(self):
        picture = make_picture()

        self.assertEqual(read_epub(make_epub(cover=picture)).cover, picture)

    def test_the_cover_is_the_one_that_epub_2_names(self):
        picture = make_picture()

        epub = read_epub(
            make_epub(
                files={"front.png": picture}, metadata=METADATA + '<meta name="cover" content="front.png"/>'
            )
        )

        self.assertEqual(epub.cover, picture)

    def test_the_cover_is_the_picture_on_the_cover_page(self):
        picture = make_picture()

        epub = read_epub(
            make_epub(
                chapters={"front.xhtml": '<img src="front.png" alt=""/>', "one.xhtml": "<p>It rained.</p>"},
                files={"front.png": picture},
                guide='<guide><reference type="cover" href="front.xhtml"/></guide>',
            )
        )

        self.assertEqual((epub.cover, len(epub.chapters)), (picture, 1))

    def test_a_book_may_have_no_cover(self):
        self.assertIsNone(read_epub(make_epub()).cover)


class PackageTests(SimpleTestCase):
    def test_the_package_may_lie_at_the_top_and_its_names_be_encoded(self):
        package = PACKAGE.format(
            metadata=METADATA,
            manifest='<item id="a" href="chapter%20one.xhtml" media-type="application/xhtml+xml"/>',
            spine='<itemref idref="a"/>',
            toc="",
            guide="",
        )
        container = b'<container><rootfiles><rootfile full-path="book.opf"/></rootfiles></container>'

        epub = read_epub(
            make_epub(
                chapters={},
                raw={
                    "META-INF/container.xml": container,
                    "book.opf": package,
                    "chapter one.xhtml": page("<p>It rained.</p>"),
                },
            )
        )

        self.assertEqual(epub.chapters[0].plain_text, "It rained.")

    def test_a_spine_document_of_another_kind_is_read_by_its_fallback(self):
        package = PACKAGE.format(
            metadata=METADATA,
            manifest='<item id="p" href="one.pdf" media-type="application/pdf" fallback="a"/>'
            '<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>'
            '<item id="s" href="notes.txt" media-type="text/plain"/>',
            spine='<itemref idref="p"/><itemref idref="s"/>',
            toc="",
            guide='<guide><reference type="cover" href="missing.xhtml"/></guide>',
        )

        epub = read_epub(make_epub(raw={"EPUB/package.opf": package}))

        self.assertEqual(([chapter.title for chapter in epub.chapters], epub.cover), (["Low Water"], None))

    def test_a_wrong_mimetype_is_forgiven(self):
        self.assertEqual(len(read_epub(make_epub(raw={"mimetype": b"application/zip"})).chapters), 2)

    def test_a_book_without_chapters_is_refused(self):
        with self.assertRaisesMessage(UnusableEpub, "The book has no chapters."):
            read_epub(make_epub(chapters={}))
        with self.assertRaisesMessage(UnusableEpub, "The book has no text."):
            read_epub(make_epub(chapters={"one.xhtml": "<p/>"}))
