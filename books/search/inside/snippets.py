"""Snippets: the sentences of a chapter that have the words of a search, with links to the place."""

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote

from .full_text import LETTERS, composed, folded

MOST_SNIPPETS = 3
# In letters, searched for one page of results: at most a second of work. Ten chapters have a tenth of it.
MOST_LETTERS = 2_000_000
LONGEST_SNIPPET = 300
# Words before and after the first match that go into the address: enough to lead to this match and no other.
WORDS_BEFORE, WORDS_AFTER = 2, 3

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"”’»)])\s+|(?<=[。！？])(?![」』）])|\n+")


@dataclass(frozen=True)
class Snippet:
    """A sentence in pieces, (text, whether it is a match), and the text that leads to it in an address."""

    pieces: tuple[tuple[str, bool], ...]
    quotation: str

    @property
    def fragment(self):
        """The end of an address by which browsers find the place without a script."""
        # There, a hyphen has a meaning of its own.
        return f"#:~:text={quote(self.quotation, safe='').replace('-', '%2D')}"


def with_snippets(chapters, terms):
    """Give each chapter its snippets; chapters beyond the first two million letters get none."""
    left = MOST_LETTERS
    for chapter in chapters:
        chapter.snippets = snippets(chapter.plain_text[:left], terms)
        left = max(0, left - len(chapter.plain_text))
    return chapters


def snippets(text, terms):
    """Return up to three sentences of the text, those with the most different terms, in the text's order."""
    patterns = [re.compile(term.pattern) for term in terms]
    either = re.compile("|".join(sorted((term.pattern for term in terms), key=len, reverse=True)))
    ranked, complete = [], 0
    for number, sentence in enumerate(filter(None, SENTENCE_END.split(composed(text)))):
        plain = folded(sentence)
        if not either.search(plain):
            continue
        matched = sum(bool(each.search(plain)) for each in patterns)
        ranked.append((-matched, number, sentence))
        complete += matched == len(patterns)
        if complete == MOST_SNIPPETS:  # no later sentence could rank before these
            break
    chosen = sorted(sorted(ranked)[:MOST_SNIPPETS], key=lambda found: found[1])
    return [_passage(sentence.strip(), either) for _, _, sentence in chosen]


def _passage(sentence, pattern):
    matches = _matches(sentence, pattern)
    first, end = matches[0]
    before, after = sentence[:first].split(" "), sentence[end:].split(" ")
    quotation = (
        " ".join(before[-WORDS_BEFORE - 1 :]) + sentence[first:end] + " ".join(after[: WORDS_AFTER + 1])
    )
    return Snippet(tuple(_pieces(sentence, matches)), quotation.strip())


def _matches(sentence, pattern):
    """Return where in the sentence the matches are, as (start, end)."""
    # Folding turns one letter into two or none, so note which letter each folded one comes from.
    origins = [place for place, letter in enumerate(sentence) for _ in LETTERS[ord(letter)]]
    found = []
    for match in pattern.finditer(folded(sentence)):
        start, end = origins[match.start()], origins[match.end() - 1] + 1
        while start and _belongs_to_letter_before(sentence[start]):
            start -= 1
        while end < len(sentence) and _belongs_to_letter_before(sentence[end]):
            end += 1
        found.append((start, end))
    return found


def _belongs_to_letter_before(letter):
    """Tell whether it is an accent, a vowel sign or invisible: half a character must not be marked."""
    return unicodedata.category(letter)[0] == "M" or (not LETTERS[ord(letter)] and not letter.isspace())


def _pieces(sentence, matches):
    """Yield the sentence in pieces; a very long one is cut around its first match."""
    begin = max(0, matches[0][0] - LONGEST_SNIPPET // 3)
    begin = 0 if begin == 0 else sentence.find(" ", begin, matches[0][0]) + 1 or begin
    stop = begin + LONGEST_SNIPPET
    place = begin
    if begin:
        yield "… ", False
    for start, end in matches:
        if end > stop and place > begin:
            break
        yield sentence[place:start], False
        yield sentence[start:end], True
        place = end
    if len(sentence) > stop > place:
        yield f"{sentence[place:stop].rpartition(' ')[0] or sentence[place:stop]} …", False
    else:
        yield sentence[place:], False
