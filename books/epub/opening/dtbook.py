"""DTBook, the markup of talking books, which EPUB 2 allows → the XHTML that says the same.

https://daisy.org/activities/standards/daisy/daisy-3/z39-86-2005-r2012-specifications-for-the-digital-talking-book/
"""

from lxml import etree

# Elements that XHTML has under another name.
NAMES = {
    **{f"level{depth}": "section" for depth in range(1, 7)},
    "level": "section",
    "frontmatter": "section",
    "bodymatter": "section",
    "rearmatter": "section",
    "book": "body",
    "dtbook": "html",
    "doctitle": "h1",
    "docauthor": "p",
    "covertitle": "p",
    "bridgehead": "h3",
    "hd": "h3",
    "linegroup": "div",
    "poem": "div",
    "line": "div",
    "linenum": "span",
    "lic": "span",
    "sent": "span",
    "w": "span",
    "byline": "p",
    "dateline": "p",
    "epigraph": "blockquote",
    "imggroup": "figure",
    "prodnote": "aside",
    "sidebar": "aside",
    "annotation": "aside",
    "annoref": "a",
}
EPUB_TYPES = {"pagenum": "pagebreak", "note": "footnote", "noteref": "noteref"}
ELEMENTS_OF_TYPES = {"pagenum": "span", "note": "aside", "noteref": "a"}


def is_dtbook(root: etree._Element) -> bool:
    """Tell whether a document is DTBook, with or without its namespace."""
    return etree.QName(root).localname.lower() == "dtbook"


def to_xhtml(root: etree._Element, epub_type: str) -> None:
    """Rename the elements of a document; `epub_type` is the name of the attribute with EPUB's semantics."""
    for element in root.iter(etree.Element):
        name = etree.QName(element).localname.lower()
        if name in EPUB_TYPES:
            element.set(epub_type, EPUB_TYPES[name])
            element.tag = ELEMENTS_OF_TYPES[name]
        else:
            element.tag = _list(element) if name == "list" else NAMES.get(name, name)
        if reference := element.attrib.pop("idref", ""):
            element.set("href", reference if "#" in reference else f"#{reference}")


def words_of(root: etree._Element) -> etree._Element:
    """Return a page with the text of unknown markup: what is beside text flows, the rest is blocks."""
    html, body = etree.Element("html"), etree.Element("body")
    html.append(body)
    body.append(root)
    for element in root.iter(etree.Element):
        before, above = element.getprevious(), element.getparent()
        beside = (element.tail, above.text if before is None else before.tail)
        element.tag = "span" if any(text and text.strip() for text in beside) else "div"
    return html


def _list(element: etree._Element) -> str:
    return "ol" if element.attrib.pop("type", "") == "ol" else "ul"
