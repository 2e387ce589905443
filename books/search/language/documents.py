"""What the index of the search has of a text: its words and their stems, folded."""

from books.models.search import LONGEST_WORD

from .stems import stems
from .words import COMPOUND, WORD, fold, spaced


def words_of(text):
    """Return the words of a text; compounds in parts and as one: "o", "brien", "obrien"."""
    found = []
    for compound in COMPOUND.findall(spaced(fold(text))):
        parts = WORD.findall(compound)
        found += parts if len(parts) == 1 else [*parts, "".join(parts)]
    return [word[:LONGEST_WORD] for word in found]


def document(text, language=""):
    """Return the words of a text and what else it is found by: the stems of its words in the language."""
    words = words_of(text)
    found = {stem[:LONGEST_WORD] for each in stems(text, [language]).values() for stem in each}
    return " ".join([*words, *sorted(found.difference(words))])


def heading(title):
    """Return a title as the search compares it with a whole query: "lete a lodz"."""
    return " ".join(query_words(title))


def query_words(query):
    """Return the distinct words of a query: ("l", "amour") for "L’Amour"."""
    return tuple(dict.fromkeys(word[:LONGEST_WORD] for word in WORD.findall(spaced(fold(query)))))
