"""The sentences of a chapter in which what was looked for stands, with links to the place."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from .full_text import LETTERS, folded

MOST_PASSAGES = 3
# Letters that are looked through for one page, in a second at most; ten ordinary chapters have a tenth of it.
MOST_LETTERS = 2_000_000
LONGEST_PASSAGE = 300
# In the address: so many words before and after the first match, enough to find this one and not another.
WORDS_BEFORE, WORDS_AFTER = 2, 3

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][\"”’»)])\s+|(?<=[。！？])(?![」』）])|\n+")


@dataclass(frozen=True)
class Passage:
    """A sentence in pieces, (text, whether it is a match), and the text that leads to it in an address."""

    pieces: tuple[tuple[str, bool], ...]
    quotation: str

    @property
    def fragment(self):
        """The address's end by which browsers find the place without a script."""
        # A hyphen and a comma mean something of their own there.
        return f"#:~:text={quote(self.quotation, safe='').replace('-', '%2D')}"


def with_passages(chapters, terms):
    """Give each chapter its passages; those that come after two million letters have none."""
    left = MOST_LETTERS
    for chapter in chapters:
        chapter.passages = passages(chapter.plain_text[:left], terms)
        left = max(0, left - len(chapter.plain_text))
    return chapters


def passages(text, terms):
    """Return up to three passages of the text, those with the most different terms, in its own order."""
    patterns = [re.compile(term.pattern) for term in terms]
    either = re.compile("|".join(sorted((term.pattern for term in terms), key=len, reverse=True)))
    ranked, complete = [], 0
    for number, sentence in enumerate(filter(None, SENTENCE_END.split(text))):
        plain = folded(sentence)
        if not either.search(plain):
            continue
        matched = sum(bool(each.search(plain)) for each in patterns)
        ranked.append((-matched, number, sentence))
        complete += matched == len(patterns)
        if complete == MOST_PASSAGES:  # none that follows could come before these
            break
    chosen = sorted(sorted(ranked)[:MOST_PASSAGES], key=lambda found: found[1])
    return [_passage(sentence.strip(), either) for _, _, sentence in chosen]


def _passage(sentence, pattern):
    matches = _matches(sentence, pattern)
    first, end = matches[0]
    before, after = sentence[:first].split(" "), sentence[end:].split(" ")
    quotation = (
        " ".join(before[-WORDS_BEFORE - 1 :]) + sentence[first:end] + " ".join(after[: WORDS_AFTER + 1])
    )
    return Passage(tuple(_pieces(sentence, matches)), quotation.strip())


def _matches(sentence, pattern):
    """Return where in the sentence the matches are, as (start, end)."""
    # Folding makes some letters two, some none: which letter of the sentence each folded one comes from.
    origins = [place for place, letter in enumerate(sentence) for _ in LETTERS[ord(letter)]]
    found = []
    for match in pattern.finditer(folded(sentence)):
        start, last = origins[match.start()], origins[match.end() - 1]
        end = last + 1
        while end < len(sentence) and not LETTERS[ord(sentence[end])] and not sentence[end].isspace():
            end += 1  # an accent that stands apart from its letter
        found.append((start, end))
    return found


def _pieces(sentence, matches):
    """Yield the sentence in pieces; of a very long one, what is around its first match."""
    begin = max(0, matches[0][0] - LONGEST_PASSAGE // 3)
    begin = 0 if begin == 0 else sentence.find(" ", begin, matches[0][0]) + 1 or begin
    stop = begin + LONGEST_PASSAGE
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
