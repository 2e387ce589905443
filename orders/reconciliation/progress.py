"""How far an examination is that takes long."""

from collections.abc import Callable, Iterable, Iterator

EVERY = 1_000

type Say = Callable[[str], object]


def counting[Item](items: Iterable[Item], what: str, say: Say) -> Iterator[Item]:
    """Yield the items, and say after every thousand how many they were: "2,000 charges listed."."""
    for number, item in enumerate(items, start=1):
        yield item
        if number % EVERY == 0:
            say(f"{number:,} {what}.")


def nothing(said: str) -> None:
    """Say nothing."""
