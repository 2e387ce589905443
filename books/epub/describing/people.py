"""Who made the book, each with what they did: roles by their codes at the Library of Congress (MARC).

https://id.loc.gov/vocabulary/relators.html and, for EPUB 3, https://www.w3.org/TR/epub-33/#sec-role
"""

import math
import re
from collections.abc import Iterable, Sequence

from books.epub.book import Person

AUTHORS = frozenset({"", "aut", "cre", "dub", "asn"})
# What readers want to know; who made the file, such as a program, is left out.
SHOWN = frozenset(
    "trl ill edt nrt aui win wpr aft wfw waw com cmp ann cmm art pht adp abr cov ctb clb ctg arr lyr".split()
)
UNKNOWN = "ctb"
# From ONIX (https://ns.editeur.org/onix/en/17) and from words, which some write in place of a code.
OTHER_CODES = {
    "a01": "aut",
    "a12": "ill",
    "a13": "pht",
    "a15": "wpr",
    "a19": "aft",
    "a23": "wfw",
    "a24": "aui",
    "b01": "edt",
    "b05": "adp",
    "b06": "trl",
    "b21": "edt",
    "e03": "nrt",
    "e07": "nrt",
    "author": "aut",
    "coauthor": "aut",
    "creator": "aut",
    "writer": "aut",
    "translator": "trl",
    "illustrator": "ill",
    "editor": "edt",
    "narrator": "nrt",
    "reader": "nrt",
    "foreword": "wfw",
    "introduction": "aui",
    "authorofintroduction": "aui",
    "preface": "wpr",
    "afterword": "aft",
    "compiler": "com",
    "annotator": "ann",
    "commentator": "cmm",
    "photographer": "pht",
    "artist": "art",
    "coverartist": "cov",
    "coverdesigner": "cov",
    "adapter": "adp",
    "contributor": "ctb",
    "bookproducer": "bkp",
    "publisher": "pbl",
}
# One code for what says the same.
SAME = {"win": "aui", "waw": "aft", "clb": "ctb", "cre": "aut", "dub": "aut", "asn": "aut"}
# As in "Ada Lovelace <ada@example.com>".
E_MAIL_ADDRESS = re.compile(r"\s*<[^<>\s@]*@[^<>\s]*>")
# A person's place in the order; no book needs more digits.
PLACE = re.compile(r"[0-9]{1,6}")


def role_code(written: str) -> str:
    """Return the code of a role, as "trl" for "http://id.loc.gov/vocabulary/relators/trl" or "Translator"."""
    word = re.split(r"[/#:]", written.strip().rstrip("/"))[-1].lower()
    word = "".join(letter for letter in word if letter.isalnum())
    code = OTHER_CODES.get(word, word)
    return SAME.get(code, code)


def name_of(text: str) -> str:
    """Return a person's name without a mail address."""
    return E_MAIL_ADDRESS.sub("", text) or text


def in_order(people: Iterable[tuple[str, Person]]) -> list[Person]:
    """Return the people by their display sequence; those without one come last, in the order of the file."""
    return [person for _, person in sorted(people, key=lambda placed: _place(placed[0]))]


def authors_of(creators: Sequence[Person], contributors: Sequence[Person]) -> tuple[Person, ...]:
    """Return the authors: whoever is called one, or else all who are called creators."""
    authors = [person for person in creators if person.role in AUTHORS]
    authors += [person for person in contributors if person.role == "aut"]
    return tuple({person.name: person for person in authors or creators}.values())


def contributors_of(people: Sequence[Person], authors: Sequence[Person]) -> tuple[Person, ...]:
    """Return those who did something else that readers want to know, each role once."""
    writers = {person.name for person in authors}
    shown = (
        person
        for person in people
        if person.role in SHOWN and not (person.role == UNKNOWN and person.name in writers)
    )
    return tuple({(person.name, person.role): person for person in shown}.values())


def _place(sequence: str) -> float:
    found = PLACE.fullmatch(sequence)
    return int(found[0]) if found else math.inf
