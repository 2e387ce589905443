"""Words for titles, texts and names: a few of them are everywhere, most are rare, as in any language."""

from functools import cache
from itertools import accumulate
from random import Random

# The most common words, most common first.
COMMON = """ferry harbour winter letter garden tram lantern bridge market window orchard kettle island museum
    signal baker river compass attic violin mountain shadow thunder copper marble whistle engine pocket candle
    mirror glacier saffron timber anchor velvet meadow cipher sparrow quarry lighthouse rain morning house
    table stone paper silver autumn voyage border station clock forest bread wool salt chimney ladder road
    stranger neighbour sister doctor captain teacher gardener printer sailor widow thief painter
    tailor""".split()
VOCABULARY_SIZE = 10_000
# Making new ones for each text would take most of the time.
SENTENCES = 20_000
GIVEN_NAMES = """Ada Bruno Clara Dimitri Elif Farid Grete Hugo Ines Jonas Kaia Luca Mira Nils Olga Pablo Rosa
    Sami Tilda Uwe Vera Wanda Yara Zeno""".split()
PLACES = "Norway Lisbon Vienna Kyoto Naples Dublin Tunis Riga Quebec Bergen".split()
FIELDS = (
    "History Cookery Poetry Travel Gardening Music Railways Weather Medicine Crime Love Ghosts Trade".split()
)
TITLES = (
    "The {} of the {}",
    "{} and {}",
    "A {} in {place}",
    "The {} {}",
    "{}, {} and {}",
    "Before the {}",
    "The {name} of {place}",
)
CONSONANTS, VOWELS = "bdfgklmnprstvz", "aeiou"


def syllables(number: int, count: int) -> str:
    """Return a pronounceable word of this many syllables, another one for each number below 70 ** count."""
    word = ""
    for _ in range(count):
        number, rest = divmod(number, len(CONSONANTS) * len(VOWELS))
        word += CONSONANTS[rest % len(CONSONANTS)] + VOWELS[rest // len(CONSONANTS)]
    return word


# Zipf's law: the second word is half as common as the first, the hundredth a hundredth.
WORDS = [*COMMON, *(syllables(number * 31, 3) for number in range(VOCABULARY_SIZE - len(COMMON)))]
_WEIGHTS = list(accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))

SUBJECTS = [f"{field} of {place}" for field in FIELDS for place in PLACES]
_SUBJECT_WEIGHTS = list(accumulate(1 / rank for rank in range(1, len(SUBJECTS) + 1)))


def words(chance: Random, count: int) -> list[str]:
    """Return words, common ones more often."""
    return chance.choices(WORDS, cum_weights=_WEIGHTS, k=count)


def title(chance: Random) -> str:
    """Return the title of a book."""
    picked = [word.capitalize() for word in words(chance, 3)]
    return chance.choice(TITLES).format(*picked, place=chance.choice(PLACES), name=picked[0])


@cache
def _sentences() -> list[str]:
    chance = Random("sentences")  # noqa: S311 (the same sentences in every shop)
    return [" ".join(words(chance, 10)).capitalize() + "." for _ in range(SENTENCES)]


def sentences(chance: Random, count: int) -> str:
    """Return a paragraph of this many sentences of ten words."""
    return " ".join(chance.choices(_sentences(), k=count))


def author_name(number: int) -> str:
    """Return a name that no other number has; its surname is a rare word."""
    return f"{GIVEN_NAMES[number % len(GIVEN_NAMES)]} {syllables(number * 7919 % 70**4, 4).capitalize()}"


def series_title(number: int) -> str:
    """Return the title of a series, which no other number has."""
    name = syllables(number * 104729 % 70**4, 4).capitalize()
    return f"The {WORDS[number % len(COMMON)].capitalize()}s of {name}"


def subjects(chance: Random) -> set[int]:
    """Return one to three positions in SUBJECTS, those at the beginning more often."""
    positions = range(len(SUBJECTS))
    return {*chance.choices(positions, cum_weights=_SUBJECT_WEIGHTS, k=chance.choice((1, 1, 2, 3)))}
