"""A book's language, however its package names it → a BCP 47 tag: "eng", "EN_us" and "English" too."""

import re
from collections.abc import Iterable

import langcodes

UNKNOWN = "und"
# In characters, of what may be a tag or a name.
LONGEST = 60
LONGEST_TAG = 35
TAG = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*|[ixIX]([-_][A-Za-z0-9]{1,8})+")
# As in "en, fr", "en-", "en US" and "pt_BR.UTF-8".
LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_ ]+([A-Z]{2}))?[-_]?(?:[.@].*)?")
# In an address, such as that of a list of languages, the tag comes last.
ADDRESS = re.compile(r"(?:urn:|https?://).*[/:#](?=[^/:#]+$)", re.IGNORECASE)
# Countries that are taken for their languages, and are the code of none.
OF_COUNTRIES = {"cn": "zh", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "sp": "es", "ua": "uk"}
# In letters: shorter words are tags.
SHORTEST_NAME = 4
# As in "English, French", "Spanish; Castilian" and "German (Austria)".
FURTHER = re.compile(r"[,;/(|]")


def language_tag(named: Iterable[str]) -> str:
    """Return the tag of the first language that is one; "und" if none is."""
    tags = (_tag(text.strip()[:LONGEST]) for text in named)
    return next((tag for tag in tags if tag != UNKNOWN), UNKNOWN)


def _tag(text: str) -> str:
    text = ADDRESS.sub("", text)
    if TAG.fullmatch(text):
        return _standard(OF_COUNTRIES.get(text.lower(), text))
    first = FURTHER.split(text)[0].strip()
    if found := LOCALE.fullmatch(first):
        return _tag("-".join(filter(None, found.groups())))
    if TAG.fullmatch(first):
        return _standard(first)
    return _by_name(text) or _by_name(first) or UNKNOWN


def _standard(tag: str) -> str:
    """Return the tag as BCP 47 recommends it, with the shortest code of the language: pt-BR, zh-Hant, en."""
    try:
        standard = langcodes.standardize_tag(tag)
    except ValueError:
        return UNKNOWN
    return standard if langcodes.tag_is_valid(standard) and len(standard) <= LONGEST_TAG else UNKNOWN


def _by_name(name: str) -> str:
    """Return the tag of a language by its name in any language; empty if it is no language's name."""
    # The library looks for names that only begin alike, too.
    if (name.isascii() and len(name) < SHORTEST_NAME) or not name.replace(" ", "").replace("-", "").isalpha():
        return ""
    try:
        return langcodes.find(name).to_tag()
    except LookupError:
        return ""
