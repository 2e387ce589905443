"""EPUBs made up by Hypothesis, every word of which is another one."""

import re
from itertools import count

from hypothesis import strategies as st

from books.tests.epubs import make_epub, toc

WORD = re.compile("w[a-j]{4}")
INLINE = "b i em span a code sub q font o:p x-y abbr label".split()
BLOCK = "div p section blockquote ul ol li dl dd h1 h2 pre center figure form noscript main aside".split()
TABLE = "table thead tr td th caption".split()
# With what is in them, they are left out, or something else is shown.
UNSEEN = "template video audio iframe select textarea".split()
ODD = [
    "<ruby>{}<rt>{}</rt></ruby>",
    '<nav role="navigation">{}</nav>{}',
    "<epub:switch><epub:case>{}</epub:case><epub:default>{}</epub:default></epub:switch>",
    '<svg xmlns="http://www.w3.org/2000/svg"><title>{}</title><text>{}</text></svg>',
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>{}</mi><annotation>{}</annotation></math>',
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><ci>{}</ci><ci>{}</ci></math>',
    '<object data="gone.png">{}<p>{}</p></object>',
    '<img src="gone.png" alt="{} {}"/>',
    '<a href="#note" epub:type="noteref">{}</a><aside epub:type="footnote" id="note">{}</aside>',
    "<![CDATA[{} < {}]]>",
    "{}<?pi ?>{}<br/>",
    "<br>{}</br><hr>{}</hr>",
]
# What makes a document malformed, put between two of its passages.
FAULTS = [
    "<br>", "<!--", "<![CDATA[", "<", "&", "&unknown;", "</html>", "</body><body>", "<title/>", "<script/>",
    "<video>", '<p class="', "<i b", "</div>", "<table>", "<td>", "<p>", "<div>", "\0", "<select>", "&#1;",
    "<style>", "]]>", '"', "<a href=x", "<frameset>", "<li>", "<svg>", "<p/>",
]  # fmt: skip


@st.composite
def books(draw, faults=FAULTS):
    """Return an EPUB, with all the words of its documents in order."""
    numbers = count()
    documents = {
        f"d{number}.xhtml": draw(_document(numbers, faults)) for number in range(draw(st.integers(1, 3)))
    }
    anchors = [(f"d{number}.xhtml", f"a{place}") for number in range(len(documents)) for place in range(6)]
    listed = draw(st.lists(st.sampled_from(anchors), max_size=5, unique=True))
    entries = [(f"Entry {position}", "#".join(place)) for position, place in enumerate(sorted(listed))]
    words = WORD.findall(b" ".join(documents.values()).decode())
    return make_epub(chapters=documents, nav=toc(*entries) if entries else ""), words


@st.composite
def _document(draw, numbers, possible):
    passages = draw(st.lists(_passage(numbers), min_size=1, max_size=8))
    marked = [f'<div id="a{place}"></div>{passage}' for place, passage in enumerate(passages)]
    fault = st.tuples(st.integers(0, len(marked)), st.sampled_from(possible or [""]))
    for place, added in draw(st.lists(fault, max_size=3 if possible else 0)):
        marked.insert(place, added)
    head = "<head><title>Page</title><style>p > a {}</style></head>"
    body = "\n".join(marked)
    return (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" '
        f'xmlns:o="urn:o">{head}<body><p>Begin</p>{body}</body></html>'
    ).encode()


def _passage(numbers):
    words = st.builds(lambda: f" {word(next(numbers))} ")
    odd = st.builds(lambda form: form.format(word(next(numbers)), word(next(numbers))), st.sampled_from(ODD))
    return st.recursive(
        st.one_of(words, odd),
        lambda inner: st.builds(
            lambda tag, parts, depth: f"<{tag}>" * depth + "".join(parts) + f"</{tag}>" * depth,
            st.sampled_from([*INLINE, *BLOCK, *TABLE, *UNSEEN]),
            st.lists(inner, min_size=1, max_size=4),
            st.sampled_from([1, 1, 1, 2, 260]),
        ),
        max_leaves=8,
    )


def word(number):
    """Return the word of this number: letters only, and none a part of another."""
    return "w" + "".join("abcdefghij"[int(digit)] for digit in f"{number:04}")
