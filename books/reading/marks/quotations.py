"""Finding words in a chapter, whatever white space there is between them.

A browser and the importer disagree about white space: where a paragraph ends, around a line break, in a
table. They agree about everything else, so only the other characters are compared.
"""

from bisect import bisect_left


def find_words(text, words, *, before="", near=0.0):
    """Return where these words are in a chapter's plain text, as (start, end); None if they are not there.

    If they are there several times, the place right after `before` is meant, or else the one nearest to the
    share `near` of the text, from 0 to 1.
    """
    offsets = [offset for offset, character in enumerate(text) if not character.isspace()]
    squeezed, wanted, context = _squeezed(text), _squeezed(words), _squeezed(before)
    if not wanted:
        return None
    start = bisect_left(offsets, near * len(text))
    found = _nearest(squeezed, context + wanted, max(start - len(context), 0))
    if found is not None:
        found += len(context)
    else:
        found = _nearest(squeezed, wanted, start)
    return None if found is None else (offsets[found], offsets[found + len(wanted) - 1] + 1)


def _nearest(text, wanted, start):
    """Return where `wanted` begins, as near to `start` as possible; None if it is not in the text."""
    places = {text.find(wanted, start), text.rfind(wanted, 0, start + len(wanted))} - {-1}
    return min(places, key=lambda place: abs(place - start), default=None)


def _squeezed(text):
    return "".join(text.split())
