"""A reader's marks in one book as a file: Markdown to read, JSON for programs."""

import re

from users.formats import day

# What would be read as Markdown: anywhere, and at the beginning of a line.
_SIGNS = re.compile(r"[\\`*_\[\]<>&|~#]")
_BEGINNINGS = re.compile(r"^(\s*[0-9]*)([-+=.)])", re.MULTILINE)


def as_data(book, marks, address_of):
    """Return the book and its marks as plain values; `address_of` makes a mark's link."""
    return {
        "title": book.title,
        "authors": [author.name for author in book.authors.all()],
        "marks": [_as_data(mark, address_of(mark)) for mark in marks],
    }


def _as_data(mark, link):
    return {
        "kind": mark.kind,
        "chapter": mark.chapter,
        "chapter_title": mark.chapter_title,
        "quotation": mark.words,
        "note": mark.note,
        "colour": mark.colour or None,
        "is_lost": mark.is_lost,
        "created_at": mark.created_at.isoformat(timespec="seconds"),
        "link": link,
    }


def as_markdown(book, marks, address_of):
    """Return the book and its marks as Markdown, chapter by chapter."""
    lines = [f"# {_escaped(book.title)}", ""]
    if authors := [author.name for author in book.authors.all()]:
        lines += [_escaped(", ".join(authors)), ""]
    chapter = None
    for mark in marks:
        if mark.chapter != chapter:
            chapter = mark.chapter
            lines += [f"## {_escaped(mark.chapter_title or f'Chapter {chapter}')}", ""]
        lines += [*_as_markdown(mark, address_of(mark)), ""]
    return "\n".join(lines)


def _as_markdown(mark, link):
    yield from (f"> {line}".rstrip() for line in _escaped(mark.words).split("\n"))
    yield ""
    if mark.note:
        yield from (_escaped(mark.note), "")
    facts = [mark.kind.capitalize(), mark.colour, day(mark.created_at)]
    lost = " · not in the present edition" if mark.is_lost else ""
    yield f"{', '.join(filter(None, facts))} · [Open in the book]({link}){lost}"


def _escaped(text):
    return _BEGINNINGS.sub(r"\1\\\2", _SIGNS.sub(r"\\\g<0>", text))
