"""Stems: what the forms of a word have in common in a language, such as "ferri" of ferry and ferries.

They are compared folded, like words. A word is stemmed as it is written and as it is folded, because some
languages tell forms apart by accents, which not everybody types.
"""

import unicodedata
from functools import lru_cache

from .words import WORD, fold

# Words: more than one description has, in a few megabytes.
MOST_REMEMBERED = 8_192

# By the first part of a BCP 47 tag. Missing are the languages whose vowels are marks between the letters,
# because the search takes those for the ends of words.
ALGORITHMS = {
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
}


def stemmed_language(tag):
    """Return the language of a BCP 47 tag, "de" for "de-AT"; "" if there are no stems in it."""
    language = tag.partition("-")[0].lower()
    return language if language in ALGORITHMS else ""


def stems(text, languages):
    """Return the stems of each word of the text in these languages: {"gardens": {"garden"}}."""
    written = set(WORD.findall(unicodedata.normalize("NFC", text).lower()))
    found = {}
    for language in filter(None, languages):
        for word in written:
            plain, forms = _stemmed(word, language)
            found.setdefault(plain, set()).update(forms)
    return found


@lru_cache(MOST_REMEMBERED)
def _stemmed(word, language):
    """Return the word, folded, and its stems."""
    # Loaded late: it takes 0.7 MB, and only searches and imports need it.
    from Stemmer import Stemmer  # noqa: PLC0415

    # Two threads must not share a stemmer. It need not remember words either: this function does.
    stem = Stemmer(ALGORITHMS[language], 0).stemWord
    plain = fold(word)
    return plain, frozenset(filter(str.isalnum, (fold(stem(each)) for each in {word, plain})))
