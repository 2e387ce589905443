"""What staff have still to fill in: whatever visitors would read in square brackets."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

BRACKETED = re.compile(r"\[[^\[\]]+\]")


def gaps_in(text: str) -> list[str]:
    """Return the gaps of a Markdown text, each once, in their order.

    Links, code and brackets that were escaped are none.
    """
    shown = "\n".join(map(_shown, _reader().parse(text)))
    return list(dict.fromkeys(BRACKETED.findall(shown)))


@cache
def _reader() -> "MarkdownIt":
    """Return what reads as the page is read (markdown.py), but for quotation marks, which stay as typed, and
    for brackets that were escaped, as in "\\[", which are in tokens of their own.
    """
    # Loaded late, as in markdown.py.
    from markdown_it import MarkdownIt  # noqa: PLC0415

    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("text_join")


def _shown(block: "Token") -> str:
    """Return what visitors read of a block; a line that is indented by chance is code, and may have gaps."""
    if block.type == "code_block":
        return block.content
    return "".join(_part(token) for token in block.children or [])


def _part(token: "Token") -> str:
    match token.type:
        case "text":
            return token.content
        case "softbreak" | "hardbreak":
            return " "
    return ""
