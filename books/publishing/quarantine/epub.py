"""Examines a book, and its cover with it."""

from typing import BinaryIO

from books.epub import Chapter, Illustration, UnusableEpub
from books.epub.reading import read_epub
from books.publishing.preflight import preflight
from books.publishing.renditions import prepare_cover

from .examined import Cover, Raw, UnusableCover, as_answer
from .handover import Writer

REFUSAL = UnusableEpub


def examine(file: BinaryIO, answer: Writer) -> dict[str, object]:
    """Return the book, what the preflight says about it, and its cover or what is wrong with it.

    The texts of chapters and the illustrations are written to the answer as soon as they are found.
    """
    chapters: list[Raw] = []
    illustrations: list[Raw] = []

    def take_chapter(chapter: Chapter) -> None:
        texts = {"html": answer.text(chapter.html), "plain_text": answer.text(chapter.plain_text)}
        chapters.append({"title": chapter.title, **texts})

    def take_illustration(picture: Illustration) -> None:
        data = answer.piece(picture.data)
        illustrations.append({"name": picture.name, "data": data, "first_chapter": picture.first_chapter})

    epub = read_epub(file, take_chapter, take_illustration)
    cover, fault = _cover(epub.cover)
    return as_answer(epub, preflight(epub), cover, fault) | {
        "chapters": chapters,
        "illustrations": illustrations,
    }


def _cover(picture: bytes | None) -> tuple[Cover | None, str]:
    try:
        return (prepare_cover(picture) if picture else None), ""
    except UnusableCover as reason:
        return None, str(reason)
