"""What staff have still to fill in: whatever visitors would read in square brackets."""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

BRACKETED = re.compile(r"\[[^\[\]]+\]")
# Read as the page is (markdown.py), but with quotation marks as they were typed, and with brackets that were
# escaped, as in "\[", in tokens of their own.
_reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("text_join")


def gaps_in(text: str) -> list[str]:
    """Return the gaps of a Markdown text, each once, in their order.

    Links, code and brackets that were escaped are none.
    """
    shown = "\n".join(map(_shown, _reader.parse(text)))
    return list(dict.fromkeys(BRACKETED.findall(shown)))


def _shown(block: Token) -> str:
    """Return what visitors read of a block; a line that is indented by chance is code, and may have gaps."""
    if block.type == "code_block":
        return block.content
    return "".join(_part(token) for token in block.children or [])


def _part(token: Token) -> str:
    match token.type:
        case "text":
            return token.content
        case "softbreak" | "hardbreak":
            return " "
    return ""
