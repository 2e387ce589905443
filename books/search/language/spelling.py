"""Correcting misspelt words to words from titles, names and subjects.

A word with one letter too many, too few, wrong or swapped with its neighbour shares with the right one what
is left of both without one letter (SymSpell: https://github.com/wolfgarbe/SymSpell). These remains are
stored for every known word, so that few rows are read however many words the shop knows.
"""

import difflib

from books.models import SearchSpelling, SearchWord

# Nobody misspells a number by a letter, and shorter words are near too many others.
SHORTEST_CORRECTED = 3
# Every further word adds as many look-ups as it has letters.
MOST_CORRECTED = 4
# Of words near a misspelt one. Even of the shortest words, a language has no more.
MOST_NEAR = 1_000
# Of the letters, how many must be in both words.
NEAR = 0.75


def learn(words):
    """Remember these words, so that misspellings of them are corrected."""
    words = set(words)
    # A known word is known with its remains: most words of a book are, and need no rows.
    words -= set(SearchWord.objects.filter(text__in=words).values_list("text", flat=True))
    # Sorted, so that two imports at once lock the rows in the same order and cannot deadlock.
    words = sorted(words)
    SearchWord.objects.bulk_create([SearchWord(text=word) for word in words], ignore_conflicts=True)
    SearchSpelling.objects.bulk_create(
        [SearchSpelling(text=text, word_id=word) for word in words for text in sorted(remains(word))],
        ignore_conflicts=True,
    )


def correct(words):
    """Return the words, each replaced by the nearest known one, in one query; "" if nothing changes."""
    if len(words) > MOST_CORRECTED:
        return ""
    wanted = set().union(*map(remains, words))
    near = (
        SearchSpelling.objects.filter(text__in=wanted).order_by("word_id").values_list("word_id", flat=True)
    )
    known = list(near.distinct()[:MOST_NEAR])
    nearest = [next(iter(difflib.get_close_matches(word, known, n=1, cutoff=NEAR)), word) for word in words]
    return "" if nearest == [*words] else " ".join(nearest)


def remains(word):
    """Return the word and what is left of it without each of its letters; nothing for one never corrected."""
    if len(word) < SHORTEST_CORRECTED or not word.isalpha():
        return set()
    return {word, *(word[:place] + word[place + 1 :] for place in range(len(word)))}
