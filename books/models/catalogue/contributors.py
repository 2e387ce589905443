"""Who did something else for a book than write it: translators, illustrators, editors …"""

from dataclasses import dataclass

from django.db import models

from users.names import visible

from .authors import Author

LONGEST_NAME = 200


class Role(models.TextChoices):
    """What people do for a book, by the codes of the Library of Congress, in the words of a title page.

    https://id.loc.gov/vocabulary/relators.html
    """

    TRANSLATOR = "trl", "Translated by"
    ILLUSTRATOR = "ill", "Illustrated by"
    EDITOR = "edt", "Edited by"
    NARRATOR = "nrt", "Read by"
    FOREWORD = "wfw", "Foreword by"
    INTRODUCTION = "aui", "Introduction by"
    PREFACE = "wpr", "Preface by"
    AFTERWORD = "aft", "Afterword by"
    COMPILER = "com", "Compiled by"
    ADAPTER = "adp", "Adapted by"
    ABRIDGER = "abr", "Abridged by"
    ANNOTATOR = "ann", "Annotated by"
    COMMENTATOR = "cmm", "Commentary by"
    ARTIST = "art", "Art by"
    PHOTOGRAPHER = "pht", "Photographs by"
    CARTOGRAPHER = "ctg", "Maps by"
    COMPOSER = "cmp", "Music by"
    LYRICIST = "lyr", "Lyrics by"
    ARRANGER = "arr", "Arranged by"
    COVER = "cov", "Cover by"
    CONTRIBUTOR = "ctb", "With"


# What schema.org calls those for whom it has a name.
SCHEMA_NAMES = {Role.TRANSLATOR: "translator", Role.ILLUSTRATOR: "illustrator", Role.EDITOR: "editor"}


@dataclass(frozen=True)
class Credit:
    """What some people did for a book; `authors` are those of them who wrote books in the shop."""

    role: Role
    names: list[str]
    authors: dict[str, Author]

    @property
    def schema_name(self) -> str:
        """Its name in data for search engines, if schema.org has one."""
        return SCHEMA_NAMES.get(self.role, "")

    @property
    def people(self) -> list[tuple[str, Author | None]]:
        """The names, each with the author of that name who has a page."""
        return [(name, self.authors.get(name)) for name in self.names]


def credits_of(contributors: list[list[str]]) -> list[Credit]:
    """Return Book.contributors by role, with authors among them; asks nothing if there are none."""
    names = [name for _, name in contributors]
    writers = Author.objects.filter(name__in=names, books__is_published=True) if names else []
    authors = {author.name: author for author in writers}
    return [
        Credit(Role(role), [name for other, name in contributors if other == role], authors)
        for role in dict.fromkeys(role for role, _ in contributors)
    ]


def in_lines(contributors: list[list[str]]) -> str:
    """Return contributors as staff type them, one a line: "Translated by Ilya Line"."""
    return "\n".join(f"{Role(role).label} {name}" for role, name in contributors)


def from_lines(text: str) -> list[list[str]]:
    """Return what `in_lines` wrote. Raises ValueError with the first line that begins with no role."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        role = next((role for role in Role if line.casefold().startswith(f"{role.label} ".casefold())), None)
        name = visible(line[len(role.label) :]) if role else ""
        if not name:
            raise ValueError(line)
        found.append([role.value, name[:LONGEST_NAME]])
    return found
