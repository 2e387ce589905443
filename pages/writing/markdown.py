"""What staff write as Markdown → HTML that is safe to show."""

from functools import cache
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

# Not pictures: the pages' content policy would refuse those of other sites.
TAGS = set(
    "p br hr h2 h3 h4 h5 h6 ul ol li a strong em blockquote code pre table thead tbody tr th td".split()
)


def to_html(text: str) -> SafeString:
    """Return the text as HTML with nothing but TAGS and links in it.

    The highest heading is of the second level, because the page around it has the one of the first.
    """
    if not text:
        return mark_safe("")
    # Loaded late, as MarkdownIt: together 3 MB, for those shops whose staff have written something.
    import nh3  # noqa: PLC0415

    reader = _reader()
    tokens = reader.parse(text)
    headings = [token for token in tokens if token.type in {"heading_open", "heading_close"}]
    highest = min((int(token.tag[1]) for token in headings), default=2)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 6)}"
    html = reader.renderer.render(tokens, reader.options, {})
    cleaned = nh3.clean(
        html, tags=TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"}
    )
    return mark_safe(cleaned)  # noqa: S308 (sanitised by the line above)


@cache
def _reader() -> "MarkdownIt":
    # Loaded late, as above.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return MarkdownIt("commonmark", {"html": False, "typographer": True}).enable(
        ["table", "smartquotes", "replacements"]
    )
