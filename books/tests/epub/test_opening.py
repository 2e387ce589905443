"""Sound books are read, whoever packed, named, encoded or typed their files, and however carelessly."""

from django.test import SimpleTestCase

from books.epub import FindingKind, UnusableEpub
from books.epub.opening.charset import decode
from books.tests.cases import case
from books.tests.epubs import (
    CHAPTERS,
    METADATA,
    PACKAGE,
    make_epub,
    make_picture,
    members_of,
    pack,
    page,
    read_epub,
    toc,
)

LOCKED = "The book is locked by copy protection (DRM), so it cannot be read here."
ENCRYPTED = """<encryption xmlns="urn:oasis:names:tc:opendocument:xmlns:container"
 xmlns:enc="http://www.w3.org/2001/04/xmlenc#"><enc:EncryptedData><enc:EncryptionMethod Algorithm="{}"/>
<enc:CipherData><enc:CipherReference URI="{}"/></enc:CipherData></enc:EncryptedData></encryption>"""
AES = "http://www.w3.org/2001/04/xmlenc#aes128-cbc"
TWO = ["It rained.", "It stopped."]


def texts(epub):
    """Return the last line of each chapter."""
    return [chapter.plain_text.split("\n")[-1] for chapter in read_epub(epub).chapters]


def renamed(epub, name):
    """Return the EPUB with its files under other names."""
    return pack([(name(path), data) for path, data in members_of(epub).items()])


def with_manifest(manifest, *, spine='<itemref idref="a"/><itemref idref="b"/>', **parts):
    package = PACKAGE.format(metadata=METADATA, manifest=manifest, spine=spine, toc="", guide="")
    return make_epub(raw={"EPUB/package.opf": package.encode(), **parts.pop("raw", {})}, **parts)


class CaseTests(SimpleTestCase):
    def test_each_case_is_right(self):
        def read(name):
            return read_epub(case(name))

        for name in (
            "01-names-utf8-without-flag",
            "05a-absolute-href",
            "12g-rights-only",
            "F01-chapter-typed-text-xml",
        ):
            with self.subTest(name):
                self.assertEqual(len(read(name).chapters), 2)
        self.assertIsNone(read("03-date-0101").metadata.published)
        self.assertEqual(read("32-lang-eng").metadata.language, "en")
        self.assertEqual(read("28-ruby-title").chapters[0].title, "漢字の章")
        self.assertEqual(read("28-ruby-title").contents[0].title, "漢字の章")
        self.assertIn("Привет мир", read("10h-cp1251-meta").chapters[0].plain_text)
        declared = read("60b-dc-declared-on-one-element").metadata
        self.assertEqual(
            (declared.title, declared.authors, declared.language), ("Declared once", ("D. Once",), "en")
        )
        bare = read("80b-amp-in-opf-title-desc").metadata
        self.assertEqual((bare.title, bare.authors), ("Salt & Pepper, R&D, AT&T; 1 < 2", ("Smith & Sons",)))
        self.assertEqual(bare.description, "He said 3 < 4 & left bold.\n\nnext")
        self.assertEqual(read("08a-isbn").metadata.isbn, "9783161484100")
        self.assertTrue(read("06a-cover").cover)
        self.assertEqual(read("F08-soft-hyphens").metadata.title, "Eisenbahnbuch")
        self.assertRegex(read("F09-svg-figure").chapters[0].html, r'<img src="[^"]*\.svg"')


class MediaTypeTests(SimpleTestCase):
    def test_a_document_of_the_spine_is_what_is_in_it(self):
        for media_type in (
            "text/xml",
            "application/xml",
            "application/xhtml+xml; charset=utf-8",
            " Application/XHTML+XML ",
            "text/html",
            "text/html;charset=windows-1251",
            "application/octet-stream",
            "application/xhtml",
            "text/x-oeb1-document",
            "application/x-dtbook+xml",
            "text/plain",
            "image/jpeg",
            "application/x-no-such-thing",
            "",
            None,
        ):
            with self.subTest(media_type):
                self.assertEqual(texts(make_epub(types={"two.xhtml": media_type})), TWO)

    def test_html_that_is_no_xml_is_read_whatever_its_type(self):
        document = b"\n<!-- made by hand --><!DOCTYPE html><HTML><BODY><P>It rained<BR>all day."
        for media_type in ("text/xml", "application/octet-stream", None):
            with self.subTest(media_type):
                book = make_epub(chapters={"one.xhtml": document}, types={"one.xhtml": media_type})

                self.assertEqual(read_epub(book).chapters[0].plain_text, "It rained\nall day.")

    def test_a_page_in_an_old_namespace_is_a_page(self):
        document = page("<h1>Rain</h1><p>It rained.</p>")
        for namespace in (b"http://www.w3.org/TR/REC-html40", b"http://www.w3.org/1999/xhtml/", b""):
            with self.subTest(namespace):
                other = document.replace(b"http://www.w3.org/1999/xhtml", namespace)

                [chapter] = read_epub(make_epub(chapters={"one.xhtml": other})).chapters

                self.assertEqual(chapter.html, "<div><h2>Rain</h2><p>It rained.</p></div>")

    def test_a_talking_book_has_its_headings_lists_and_notes(self):
        document = b"""<?xml version="1.0"?><dtbook xmlns="http://www.daisy.org/z3986/2005/dtbook/"><head>
<meta name="dtb:uid" content="1"/></head><book><bodymatter><level1><h1>Rain</h1><p><sent>It rained
<noteref idref="n1">1</noteref>.</sent></p><list type="ol"><li>A</li></list>
<note id="n1"><p>Drizzle.</p></note>
</level1></bodymatter></book></dtbook>"""
        book = make_epub(chapters={"one.xml": document}, types={"one.xml": "application/x-dtbook+xml"})

        [chapter] = read_epub(book).chapters

        self.assertEqual(chapter.title, "Rain")
        self.assertEqual(chapter.plain_text, "Rain\nIt rained 1.\nA\nDrizzle.")
        for part in ("<h2>Rain</h2>", "<ol><li>A</li></ol>", 'href="#text-n1"', 'class="footnote"'):
            self.assertIn(part, chapter.html)

    def test_a_plain_text_in_the_spine_has_its_paragraphs(self):
        book = make_epub(
            chapters={"one.txt": b"It rained.\nAll day.\n\nA < B."}, types={"one.txt": "text/plain"}
        )

        self.assertEqual(
            read_epub(book).chapters[0].html, "<div><p>It rained.\nAll day.</p><p>A &lt; B.</p></div>"
        )

    def test_markup_of_another_kind_gives_its_words(self):
        book = make_epub(
            chapters={"one.xml": b"<poem><line>It rained.</line></poem>"}, types={"one.xml": "text/xml"}
        )

        self.assertEqual(texts(book), ["It rained."])

    def test_a_picture_in_the_spine_is_shown_whatever_its_type(self):
        book = make_epub(
            chapters={"one.xhtml": "<p>It rained.</p>", "map.png": make_picture()},
            types={"map.png": "application/xhtml+xml"},
        )

        self.assertIn("<img ", read_epub(book).chapters[1].html)

    def test_what_is_no_text_gives_way_to_its_fallback(self):
        manifest = (
            '<item id="a" href="one.bin" media-type="application/octet-stream" fallback="c"/>'
            '<item id="b" href="two.xhtml"/><item id="c" href="one.xhtml"/>'
        )
        for data in (b"%PDF-1.7 words", b"\x00\x01\x00\x00\x02\x03\x04\x05" * 9, b"OTTO words"):
            with self.subTest(data):
                self.assertEqual(texts(with_manifest(manifest, raw={"EPUB/one.bin": data})), TWO)


class CharsetTests(SimpleTestCase):
    SENTENCES = {
        "windows-1251": "Он был стар. Дождь шёл весь день.",
        "koi8-r": "Он был стар. Дождь шёл весь день.",
        "gb2312": "第一章 雨下了一整天，他一条鱼也没有打到。",
        "gbk": "他老了，在湾流里一条小船上独自打鱼。",
        "gb18030": "他老了，在湾流里一条小船上独自打鱼。",
        "windows-31j": "吾輩は猫である。名前はまだ無い。①髙",
        "shift_jis": "吾輩は猫である。名前はまだ無い。",
        "euc-jp": "吾輩は猫である。名前はまだ無い。",
        "iso-2022-jp": "吾輩は猫である。名前はまだ無い。",
        "big5": "他是個獨自在灣流一條小船上打魚的老人。",
        "euc-kr": "그는 늙은이였다. 조각배를 타고 홀로 고기를 잡았다.",
        "windows-1252": "“Où est-ce ?” – L’été était déjà fini.",
        "iso-8859-1": "Grüße aus Köln, über die Straße.",
        "windows-1250": "Był to stary człowiek, który łowił ryby.",
        "windows-1253": "Ήταν ένας γέρος που ψάρευε μόνος του.",
        "windows-1255": "הוא היה זקן שדג לבדו בסירה בזרם הגולף.",
        "windows-1256": "كان رجلا عجوزا يصيد السمك وحده في قارب صغير.",
        "tis-620": "ฝนตกทั้งวันบนเรือข้ามฟาก",
    }
    HTTP = 'http-equiv="Content-Type"'
    DECLARATIONS = {
        "in XML": '<?xml version="1.0" encoding="{}"?><html><head/>',
        "in XML 1.1": "\n <?xml version='1.1'  encoding='{}' standalone='yes'?><html><head/>",
        "in a meta": '<html><head><meta charset="{}"/></head>',
        "in a meta without quotes": "<html><head><title>x</title><META CHARSET={}></head>",
        "in the words of HTTP": f'<html><head><meta {HTTP} content="text/html; charset={{}}"/></head>',
        "the other way round": f'<html><head><meta content="text/html;charset={{}}" {HTTP}></head>',
    }
    BODY = "<body><p>{}</p></body></html>"

    def assert_read(self, sentence, data, **parts):
        self.assertEqual(
            read_epub(make_epub(chapters={"one.xhtml": data}, **parts)).chapters[0].plain_text, sentence
        )

    def test_a_declared_encoding_is_used_wherever_it_is_declared(self):
        for encoding, sentence in self.SENTENCES.items():
            for name, declaration in self.DECLARATIONS.items():
                with self.subTest(f"{encoding} {name}"):
                    self.assert_read(
                        sentence, (declaration.format(encoding) + self.BODY.format(sentence)).encode(encoding)
                    )

    def test_hebrew_in_the_order_of_reading_is_declared_by_a_name_of_its_own(self):
        sentence = "שלום עולם"
        for declaration in self.DECLARATIONS.values():
            with self.subTest(declaration):
                written = declaration.format("iso-8859-8-i") + self.BODY.format(sentence)

                self.assert_read(sentence, written.encode("iso-8859-8"))

    def test_an_encoding_that_is_not_declared_or_falsely_is_found_by_the_letters(self):
        for encoding, sentence in self.SENTENCES.items():
            if encoding == "iso-2022-jp":
                continue
            for name, start in {
                "not declared": "<html><head/>",
                "declared as UTF-8": self.DECLARATIONS["in XML"].format("utf-8"),
                "declared as Western": self.DECLARATIONS["in a meta"].format("iso-8859-1"),
                "declared as nothing known": self.DECLARATIONS["in a meta"].format("klingon"),
            }.items():
                with self.subTest(f"{encoding} {name}"):
                    self.assert_read(sentence, (start + self.BODY.format(sentence)).encode(encoding))

    def test_the_language_of_the_book_tells_the_encoding_of_a_few_words(self):
        for language, encoding, words in (
            ("ru", "koi8-r", "Щи"),
            ("ja", "euc-jp", "序文"),
            ("zh", "gb18030", "序言"),
            ("ko", "euc-kr", "머리말"),
            ("pl", "windows-1250", "Przyszłość i ból"),
            ("tr", "windows-1254", "Şimdi İstanbul’da"),
            ("lt", "windows-1257", "Rytojaus žvaigždė"),
        ):
            with self.subTest(encoding):
                metadata = METADATA.replace(">en<", f">{language}<")

                self.assert_read(
                    words, f"<html><body><p>{words}</p></body></html>".encode(encoding), metadata=metadata
                )

    def test_byte_order_marks_and_wide_letters_are_known(self):
        text = '<?xml version="1.0" encoding="iso-8859-1"?><html><body><p>Grüße, 猫</p></body></html>'
        for encoding, mark in {
            "utf-8": b"\xef\xbb\xbf",
            "utf-16-le": b"\xff\xfe",
            "utf-16-be": b"\xfe\xff",
            "utf-32-le": b"\xff\xfe\0\0",
            "utf-32-be": b"\0\0\xfe\xff",
        }.items():
            for start in (mark, b""):
                with self.subTest(f"{encoding} {start!r}"):
                    self.assert_read("Grüße, 猫", start + text.encode(encoding))

    def test_a_byte_order_mark_counts_where_no_byte_is_zero(self):
        # The letters of Japanese have no zeros by which the encoding could be told.
        for encoding, mark in {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.items():
            with self.subTest(encoding):
                self.assertEqual(
                    decode(mark + ("猫は雨の日に船を待った。" * 40).encode(encoding))[:3], "猫は雨"
                )

    def test_a_few_bytes_of_another_encoding_are_read_as_what_they_were(self):
        data = "<html><body><p>Grüße aus Köln: it’s</p></body></html>".encode().replace("’".encode(), b"\x92")

        self.assert_read("Grüße aus Köln: it’s", data)

    def test_a_declaration_after_the_beginning_or_of_no_encoding_of_text_says_nothing(self):
        for label in (b"rot13", b"base64", b"unicode_escape", b"idna", b"utf-7", b"zip"):
            with self.subTest(label):
                self.assertIn("Grüße", decode(b"<meta charset=" + label + b"><p>Gr\xfc\xdfe</p>"))

    def test_the_package_and_the_contents_may_be_in_another_encoding_too(self):
        package = (
            members_of(make_epub())["EPUB/package.opf"].decode().replace("The Ferry", "Паром через реку")
        )
        said = package.replace('version="1.0"', 'version="1.0" encoding="windows-1251"', 1)
        for name, data in {"declared": said, "sniffed": package}.items():
            with self.subTest(name):
                book = make_epub(raw={"EPUB/package.opf": data.encode("cp1251")})

                self.assertEqual(read_epub(book).metadata.title, "Паром через реку")


class NameTests(SimpleTestCase):
    def book(self, name, href):
        return with_manifest(
            f'<item id="a" href="{href}" media-type="application/xhtml+xml"/>'
            '<item id="b" href="two.xhtml" media-type="application/xhtml+xml"/>',
            chapters={"two.xhtml": CHAPTERS["two.xhtml"]},
            raw={f"EPUB/{name}": page(CHAPTERS["one.xhtml"])} if isinstance(name, str) else {},
        )

    def test_references_and_names_may_be_written_in_different_ways(self):
        for name, href in (
            ("chapter one.xhtml", "chapter%20one.xhtml"),
            ("chapter one.xhtml", "chapter one.xhtml"),
            ("chapter%20one.xhtml", "chapter%20one.xhtml"),
            ("chapter%20one.xhtml", "chapter one.xhtml"),
            ("chapter one.xhtml", "chapter%2520one.xhtml"),
            ("cap%C3%ADtulo.xhtml", "capítulo.xhtml"),
            ("capítulo.xhtml", "cap%C3%ADtulo.xhtml"),
            ("Text/One.xhtml", "text/one.XHTML"),
            ("Text/one.xhtml", "Text\\one.xhtml"),
            ("Text/one.xhtml", "./Text/../Text//one.xhtml"),
            ("one.xhtml", "/EPUB/one.xhtml"),
            ("one.xhtml", "/one.xhtml"),
            ("one.xhtml", "EPUB/one.xhtml"),
            ("chapter one.xhtml", "EPUB/chapter%20one.xhtml"),
            ("Text/one.xhtml", "./EPUB/Text/one.xhtml"),
            ("one.xhtml", " one.xhtml "),
            ("one.xhtml", "one.xhtml#top"),
            ("one#1.xhtml", "one#1.xhtml"),
            ("why?.xhtml", "why?.xhtml"),
            ("part: one.xhtml", "part: one.xhtml"),
        ):
            with self.subTest(f"{name} as {href}"):
                self.assertEqual(texts(self.book(name, href)), TWO)

    def test_names_in_any_encoding_are_found_though_the_archive_does_not_tell_it(self):
        for name, encoding in (
            ("capítulo-1.xhtml", "utf-8"),
            ("capítulo-1.xhtml", "cp437"),
            ("capítulo-1.xhtml", "cp1252"),
            ("глава.xhtml", "cp866"),
            ("глава.xhtml", "cp1251"),
            ("глава.xhtml", "utf-8"),
            ("第一章.xhtml", "gb18030"),
            ("第一章.xhtml", "utf-8"),
            ("第一章.xhtml", "cp932"),
            ("第一章.xhtml", "big5"),
            ("chápter.xhtml", "mac-roman"),
            ("Á.xhtml", "cp850"),
            ("část.xhtml", "iso-8859-2"),
            ("μέρος.xhtml", "cp1253"),
        ):
            with self.subTest(f"{name} in {encoding}"):
                members = members_of(self.book(name, name))

                self.assertEqual(
                    texts(pack([(path.encode(encoding), data) for path, data in members.items()])), TWO
                )

    def test_links_and_contents_may_write_names_in_another_case_or_from_the_top(self):
        chapters = {
            "One.xhtml": '<p>It rained. <a href="TWO.xhtml">On</a> <a href="/EPUB/Two.xhtml">On</a> '
            '<a href="/two.xhtml">On</a> <a href="TWO.xhtml#top">On</a></p>',
            "Two.xhtml": "<p>It stopped.</p>",
        }
        nav = toc(("Rain", "one.xhtml"), ("Sun", "/EPUB/two.xhtml"))

        epub = read_epub(make_epub(chapters=chapters, nav=nav))

        self.assertEqual(epub.chapters[0].html.count('href="../2/"'), 4)
        broken = [finding.detail for finding in epub.findings if finding.kind is FindingKind.BROKEN_LINK]
        self.assertEqual(broken, ["TWO.xhtml#top"])
        self.assertEqual([(entry.title, entry.chapter) for entry in epub.contents], [("Rain", 1), ("Sun", 2)])

    def test_an_address_of_a_website_is_no_place_in_the_book(self):
        body = '<p><a href="/books/">a</a> <a href="gone.xhtml">b</a></p>'

        findings = read_epub(make_epub(chapters={"one.xhtml": body})).findings

        self.assertEqual(
            [(finding.kind, finding.detail) for finding in findings],
            [(FindingKind.REMOVED_LINK, "/books/"), (FindingKind.BROKEN_LINK, "gone.xhtml")],
        )

    def test_pictures_are_found_as_documents_are(self):
        for source in (
            "/EPUB/Images/a.png",
            "/Images/a.png",
            "images\\A.png",
            "Images/a%2Epng",
            "images/A.PNG",
        ):
            with self.subTest(source):
                book = make_epub(
                    chapters={"one.xhtml": f'<p>x<img src="{source}" alt=""/></p>'},
                    files={"Images/a.png": make_picture()},
                )

                self.assertIn("<img ", read_epub(book).chapters[0].html)

    def test_a_reference_never_leads_out_of_the_book(self):
        for href in (
            "/../../etc/passwd",
            "..\\..\\etc\\passwd",
            "file:///etc/passwd",
            "%2e%2e/%2e%2e/etc/passwd",
        ):
            with self.subTest(href), self.assertRaises(UnusableEpub):
                read_epub(self.book("one.xhtml", href))


class ArchiveTests(SimpleTestCase):
    def test_an_archive_packed_in_another_way_is_read(self):
        whole = make_epub()
        members = members_of(whole)
        first, *others = members.items()
        for name, book in {
            "mimetype at the end": pack([*others, first]),
            "mimetype twice": pack([first, *members.items()]),
            "mimetype with a line break": pack([("mimetype", b"application/epub+zip\r\n"), *others]),
            "no mimetype": pack(others),
            "folders": pack([("META-INF/", b""), ("EPUB/", b""), ("EPUB/", b""), *members.items()]),
            "the same file twice": pack([*members.items(), ("EPUB/one.xhtml", members["EPUB/one.xhtml"])]),
            "a folder around it": renamed(whole, lambda path: f"My Book/{path}"),
            "a folder around it, from a Mac": pack(
                [(f"My Book/{path}", data) for path, data in members.items()]
                + [("__MACOSX/My Book/._mimetype", b"\0\5\x16\7")]
            ),
            "names from the top": renamed(whole, lambda path: f"/{path}"),
            "names from here": renamed(whole, lambda path: f"./{path}"),
            "names with backslashes": renamed(whole, lambda path: path.replace("/", "\\")),
            "some names from the top": renamed(whole, lambda path: f"/{path}" if "two" in path else path),
            "some names with backslashes": renamed(
                whole, lambda path: path.replace("/", "\\") if "one" in path else path
            ),
            "both in one name": renamed(
                whole, lambda path: f"/{path}".replace("/", "\\") if "opf" in path else path
            ),
            "another case": renamed(whole, lambda path: path.lower().replace("epub/", "Epub/")),
        }.items():
            with self.subTest(name):
                self.assertEqual(texts(book), TWO)

    def test_bytes_before_and_after_the_archive_do_not_matter(self):
        data = make_epub().getvalue()
        book = make_epub()
        for name, mixed in {"before": b"#!/bin/sh\n" * 9 + data, "after": data + b"\0" * 900}.items():
            with self.subTest(name):
                book.seek(0)
                book.truncate()
                book.write(mixed)

                self.assertEqual(texts(book), TWO)

    def test_a_windows_archive_does_not_lead_out_either(self):
        for name in ("..\\evil", "\\..\\evil", "C:\\evil"):
            with self.subTest(name), self.assertRaisesMessage(UnusableEpub, "leads outside the book"):
                read_epub(pack([(name, b"x"), ("EPUB\\a", b"x")]))

    def test_two_names_of_one_path_are_refused_unless_the_files_are_equal(self):
        members = members_of(make_epub())
        for name in ("/EPUB/one.xhtml", "EPUB\\one.xhtml"):
            with self.subTest(name):
                with self.assertRaisesMessage(UnusableEpub, "two files with the same name"):
                    read_epub(pack([*members.items(), (name, b"another")]))
                self.assertEqual(texts(pack([*members.items(), (name, members["EPUB/one.xhtml"])])), TWO)

    def test_a_licence_without_encryption_locks_nothing(self):
        for name, raw in {
            "rights": {"META-INF/rights.xml": b"<rights/>"},
            "a licence": {"META-INF/license.lcpl": b"{}"},
            "Apple's": {"META-INF/sinf.xml": b"<x/>"},
            "nothing encrypted": {"META-INF/encryption.xml": b"<encryption/>"},
            "an empty list": {"META-INF/encryption.xml": b" "},
            "a font alone": {
                "META-INF/encryption.xml": ENCRYPTED.format(AES, "EPUB/a.otf"),
                "EPUB/a.otf": b"x",
            },
            "a file that is not there": {"META-INF/encryption.xml": ENCRYPTED.format(AES, "EPUB/gone.xhtml")},
        }.items():
            with self.subTest(name):
                self.assertEqual(texts(make_epub(raw=raw)), TWO)

    def test_a_book_with_an_encrypted_chapter_or_picture_is_refused(self):
        for path in ("EPUB/one.xhtml", "epub/ONE.xhtml", "EPUB/one%2Exhtml", "/EPUB/one.xhtml"):
            with self.subTest(path), self.assertRaisesMessage(UnusableEpub, LOCKED):
                read_epub(make_epub(raw={"META-INF/encryption.xml": ENCRYPTED.format(AES, path)}))


class PackageTests(SimpleTestCase):
    CONTAINER = """<?xml version="1.0"?>{}<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>{}</rootfiles></container>"""

    def test_a_container_may_be_written_in_many_ways(self):
        own = '<rootfile full-path="{}" media-type="application/oebps-package+xml"/>'
        prefixed = '<c:rootfiles><c:rootfile full-path="EPUB/package.opf"/></c:rootfiles></c:container>'
        for name, container in {
            "a prefix": f'<c:container xmlns:c="urn:x">{prefixed}',
            "a prefix that is not declared": f"<c:container>{prefixed}",
            "no type": self.CONTAINER.format("", '<rootfile full-path="EPUB/package.opf"/>'),
            "two of them": self.CONTAINER.format(
                "",
                '<rootfile full-path="EPUB/one.pdf" media-type="application/pdf"/>'
                + own.format("EPUB/package.opf"),
            ),
            "the first is missing": self.CONTAINER.format(
                "", own.format("old.opf") + own.format("EPUB/package.opf")
            ),
            "the first is something else": self.CONTAINER.format(
                "", own.format("EPUB/one.xhtml") + own.format("EPUB/package.opf")
            ),
            "from the top": self.CONTAINER.format("", own.format("/EPUB/package.opf")),
            "from here": self.CONTAINER.format("", own.format("./EPUB/package.opf")),
            "backslashes": self.CONTAINER.format("", own.format("EPUB\\package.opf")),
            "encoded": self.CONTAINER.format("", own.format("EPUB%2Fpackage.opf")),
            "another case": self.CONTAINER.format("", own.format("epub/Package.OPF")),
            "a doctype": self.CONTAINER.format("<!DOCTYPE container>", own.format("EPUB/package.opf")),
            "white space before": "\ufeff \n" + self.CONTAINER.format("", own.format("EPUB/package.opf")),
        }.items():
            with self.subTest(name):
                self.assertEqual(texts(make_epub(raw={"META-INF/container.xml": container.encode()})), TWO)

    def test_a_book_without_a_container_is_known_by_its_only_package(self):
        missing = {"META-INF/container.xml": None}

        self.assertEqual(texts(make_epub(raw=missing)), TWO)
        self.assertEqual(texts(make_epub(raw=missing | {"EPUB/._package.opf": b"\0\5"})), TWO)
        with self.assertRaisesMessage(UnusableEpub, "it has no META-INF/container.xml."):
            read_epub(make_epub(raw=missing | {"other.opf": b"<package/>"}))

    def test_a_package_is_read_as_it_was_meant(self):
        package = members_of(make_epub())["EPUB/package.opf"].decode()
        title, creator = "<dc:title>The Ferry</dc:title>", "<dc:creator>Ada Quill</dc:creator>"
        dc = ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
        for name, written in {
            "no prefix declared": package.replace(dc, ""),
            "a prefix on one element": package.replace(dc, "").replace("<dc:title>", f"<dc:title{dc}>"),
            "another namespace": package.replace("dc/elements/1.1/", "dc/elements/1.0/"),
            "capitals": package.replace("dc:title", "dc:Title").replace("dc:creator", "dc:Creator"),
            "no prefix at all": package.replace("dc:", ""),
            "XML 1.1": package.replace('version="1.0"', 'version="1.1"', 1),
            "white space first": f"\n  {package}",
            "two marks first": f"\ufeff\ufeff{package}",
            "words first": f"package:\n{package}",
            "two declarations": '<?xml version="1.0"?>' + package,
            "an entity": package.replace("The Ferry", "The&nbsp;Ferry"),
            "a section": package.replace("The Ferry", "<![CDATA[The Ferry]]>"),
            "a line break in it": package.replace("The Ferry", "The<br>Ferry").replace("<br>", "<br> "),
            "markup in it": package.replace("The Ferry", "The <i>Ferry"),
        }.items():
            with self.subTest(name):
                self.assertIn(title if name != "no prefix at all" else "", package)
                self.assertIn(creator, package)

                epub = read_epub(make_epub(raw={"EPUB/package.opf": written.encode()}))

                self.assertEqual((epub.metadata.title, epub.metadata.authors), ("The Ferry", ("Ada Quill",)))
                self.assertEqual(len(epub.chapters), 2)

    def test_signs_that_were_not_escaped_are_read_as_written(self):
        for written, title in {
            "Salt & Pepper": "Salt & Pepper",
            "R&D, AT&T;": "R&D, AT&T;",
            "1 < 2 > 1": "1 < 2 > 1",
            "I <3 it": "I <3 it",
            "AC<DC": "AC<DC",
            "a<b & c<d": "a<b & c<d",
            "A &amp; B": "A & B",
            "Caf&eacute; &mdash; &rdquo;": "Café — ”",
            "&who;": "&who;",
            "<![CDATA[Salt & Pepper <3]]> & more": "Salt & Pepper <3 & more",
            "&#8217;&#x2014;": "’—",
        }.items():
            with self.subTest(written):
                metadata = METADATA.replace("The Ferry", written)

                self.assertEqual(read_epub(make_epub(metadata=metadata)).metadata.title, title)

    def test_a_mended_package_may_have_prefixes_everywhere(self):
        package = members_of(make_epub())["EPUB/package.opf"].decode().replace("The Ferry", "A & B")
        for begin, end in (
            ("<opf:metadata", "</opf:metadata"),
            ("<metadata><opf:dc-metadata", "</opf:dc-metadata></metadata"),
        ):
            with self.subTest(begin):
                written = package.replace("<metadata", begin).replace("</metadata", end)

                metadata = read_epub(make_epub(raw={"EPUB/package.opf": written.encode()})).metadata

                self.assertEqual((metadata.title, metadata.authors), ("A & B", ("Ada Quill",)))

    def test_two_files_with_one_id_are_reported_and_the_first_has_it(self):
        item = '<item id="{}" href="{}.xhtml" media-type="application/xhtml+xml"/>'
        manifest = item.format("a", "one") + item.format("b", "two") + item.format("a", "two")

        epub = read_epub(with_manifest(manifest))

        self.assertEqual([chapter.plain_text.split("\n")[-1] for chapter in epub.chapters], TWO)
        self.assertEqual(
            [(finding.kind, finding.detail) for finding in epub.findings],
            [(FindingKind.DUPLICATE_ID, "a in EPUB/package.opf")],
        )

    def test_the_same_file_listed_twice_does_no_harm(self):
        item = '<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>'

        epub = read_epub(with_manifest(item + item, spine='<itemref idref="a"/>'))

        self.assertEqual((len(epub.chapters), epub.findings), (1, ()))

    def test_a_spine_may_name_files_in_place_of_their_ids(self):
        manifest = '<item id="a" href="one.xhtml"/><item id="b" href="two.xhtml"/>'
        spine = '<itemref idref="one.xhtml"/><itemref idref="two.xhtml"/>'

        self.assertEqual(texts(with_manifest(manifest, spine=spine)), TWO)

    def test_an_end_tag_that_is_missing_hides_no_chapters(self):
        package = members_of(make_epub())["EPUB/package.opf"].decode()
        for missing in ("</metadata>", "</dc:creator>", "</dc:title>", "</dc:language>", "</manifest>"):
            with self.subTest(missing):
                written = package.replace(missing, "")

                epub = read_epub(make_epub(raw={"EPUB/package.opf": written.encode()}))

                metadata = epub.metadata
                self.assertEqual(len(epub.chapters), 2)
                self.assertEqual((metadata.title, metadata.authors), ("The Ferry", ("Ada Quill",)))
                self.assertEqual(metadata.language, "en")

    def test_a_description_in_html_that_is_no_xml_keeps_its_paragraphs(self):
        description = "<dc:description><p>It rained & poured.<br>Then<p>it <b>stopped.</dc:description>"

        epub = read_epub(make_epub(metadata=METADATA + description))

        self.assertEqual(epub.metadata.description, "It rained & poured.\n\nThen\n\nit stopped.")
        self.assertEqual(len(epub.chapters), 2)

    def test_entities_and_signs_in_the_contents_are_read(self):
        point = '<navPoint><navLabel><text>{}</text></navLabel><content src="{}.xhtml"/></navPoint>'
        points = point.format("Salt & Pepper", "one") + point.format("Caf&eacute;", "two")
        ncx = f"<ncx><navMap>{points}</navMap></ncx>"

        contents = read_epub(make_epub(ncx=ncx)).contents

        self.assertEqual([entry.title for entry in contents], ["Salt & Pepper", "Café"])


class CoverTests(SimpleTestCase):
    def test_the_cover_is_found_by_any_usual_way(self):
        picture, other = make_picture(), make_picture(colour="red")
        files = {"front.png": picture, "map.png": other}
        page_of = '<svg xmlns="http://www.w3.org/2000/svg"><image href="front.png"/></svg>'
        chapters = {"front.xhtml": page_of, **CHAPTERS}
        meta = '<meta name="{}" content="{}"/>'
        guide = '<guide><reference type="{}" href="{}"/></guide>'
        link = '<a epub:type="cover" href="front.xhtml">Cover</a>'
        landmarks = f'<nav epub:type="landmarks"><ol><li>{link}</li></ol></nav>'
        for name, parts in {
            "a meta with an id": {"metadata": METADATA + meta.format("cover", "front.png")},
            "a meta with a path": {"metadata": METADATA + meta.format("cover", "./front.png")},
            "a meta with a path from the top": {
                "metadata": METADATA + meta.format("Cover", "/EPUB/FRONT.png")
            },
            "a meta that names the page": {
                "metadata": METADATA + meta.format("cover", "front.xhtml"),
                "chapters": chapters,
            },
            "a meta of EPUB 3's form": {"metadata": METADATA + '<meta property="cover">front.png</meta>'},
            "a guide to the page": {"guide": guide.format("cover", "front.xhtml#top"), "chapters": chapters},
            "a guide to the picture": {"guide": guide.format("Cover", "front.png")},
            "a guide of Microsoft's": {"guide": guide.format("other.ms-coverimage-standard", "front.png")},
            "a guide that calls it so": {
                "guide": '<guide><reference type="text" title="Cover" href="front.xhtml"/></guide>',
                "chapters": CHAPTERS | {"front.xhtml": page_of},
            },
            "a page of that name": {"chapters": CHAPTERS | {"cover.xhtml": page_of}},
            "a page that says so": {
                "chapters": {
                    "front.xhtml": f'<section epub:type="cover"><p>By Ada</p>{page_of}</section>',
                    **CHAPTERS,
                }
            },
            "a page with no other word": {
                "chapters": {"front.xhtml": f"<h1>Cover</h1>{page_of}", **CHAPTERS},
            },
            "landmarks": {"nav": landmarks, "chapters": CHAPTERS | {"front.xhtml": page_of + "<p>Words</p>"}},
            "the first page": {"chapters": chapters},
        }.items():
            with self.subTest(name):
                self.assertEqual(read_epub(make_epub(**{"files": files, **parts})).cover, picture)

    def test_a_picture_called_cover_is_the_cover(self):
        picture = make_picture()
        for name in (
            *("Cover.png", "images/cover-image.png", "cover_img.png"),
            *("cover1.png", "my-book-cover.png", "images/9783161484100_cover.png"),
        ):
            with self.subTest(name):
                self.assertEqual(read_epub(make_epub(files={name: picture})).cover, picture)

    def test_a_cover_of_a_kind_that_few_browsers_show_is_found_too(self):
        named = METADATA + '<meta name="cover" content="front.png"/>'
        for kind in ("BMP", "TIFF", "AVIF", "JPEG2000"):
            with self.subTest(kind):
                picture = make_picture(kind)

                self.assertEqual(
                    read_epub(make_epub(metadata=named, files={"front.png": picture})).cover, picture
                )
                self.assertEqual(read_epub(make_epub(files={"cover.png": picture})).cover, picture)

    def test_of_a_drawing_around_a_picture_the_picture_is_the_cover(self):
        xlink = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" {xlink}><image xlink:href="front.png"/></svg>'
        picture = make_picture()

        epub = read_epub(make_epub(cover=svg.encode(), files={"front.png": picture}))

        self.assertEqual(epub.cover, picture)

    def test_a_drawing_is_named_as_the_cover_only_where_there_is_no_picture(self):
        svg = b'<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>'
        named = METADATA + '<meta name="cover" content="front.svg"/>'
        picture = make_picture()

        self.assertEqual(read_epub(make_epub(metadata=named, files={"front.svg": svg})).cover, svg)
        self.assertEqual(read_epub(make_epub(files={"cover.svg": svg})).cover, svg)
        self.assertEqual(read_epub(make_epub(files={"cover.svg": svg, "cover.png": picture})).cover, picture)

    def test_a_picture_of_the_back_or_of_something_that_is_covered_is_not(self):
        for name in ("back-cover.png", "inside_cover.png", "discovery.png", "covered-bridge.png"):
            with self.subTest(name):
                self.assertIsNone(read_epub(make_epub(files={name: make_picture()})).cover)

    def test_a_first_page_with_words_or_two_pictures_is_no_cover(self):
        picture = '<img src="{}.png" alt=""/>'
        for body in (picture.format("a") + "<p>A map</p>", picture.format("a") + picture.format("b")):
            with self.subTest(body):
                files = {"a.png": make_picture(), "b.png": make_picture(colour="red")}

                self.assertIsNone(
                    read_epub(make_epub(chapters={"one.xhtml": body, **CHAPTERS}, files=files)).cover
                )

    def test_a_cover_of_another_type_than_it_says_is_found(self):
        manifest = (
            '<item id="a" href="one.xhtml"/><item id="b" href="two.xhtml"/>'
            '<item id="c" href="c.bin" media-type="application/octet-stream" properties="cover-image"/>'
        )
        picture = make_picture()

        self.assertEqual(read_epub(with_manifest(manifest, raw={"EPUB/c.bin": picture})).cover, picture)
