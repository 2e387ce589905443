"""What became of many files, as a table in Markdown."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from .measuring import Measured

# A sentence without what differs from book to book: names, numbers, quotations.
DETAIL = re.compile(r":.*|\(.*|“.*", re.DOTALL)
NUMBER = re.compile(r"\d[\d,.]*")


def table(results: Mapping[str, Measured]) -> Iterator[str]:
    """Yield the lines of the table."""
    imported = [result for result in results.values() if not result.refusal]
    refused = [result for result in results.values() if result.refusal]
    lost = {name: result.lost for name, result in results.items() if result.lost and not result.refusal}
    yield from _rows(
        "| | |",
        {
            "files": len(results),
            "imported": len(imported),
            "refused": len(refused),
            "letters and digits in the documents of the imported": sum(result.said for result in imported),
            "of these, left out on purpose and reported": sum(result.reported for result in imported),
            "**lost without a report**": sum(lost.values()),
        },
    )
    yield from _rows("| refused because | files |", _counted(result.refusal for result in refused))
    sentences = (kind for result in imported for kind in {_kind(one) for one in result.sentences})
    yield from _rows("| said of imported books | books |", _counted(sentences))
    yield from _rows("| lost without a report in | letters and digits |", lost)


def _rows(heading: str, rows: Mapping[str, int]) -> Iterator[str]:
    if rows:
        yield from ("", heading, "|---|---:|")
        yield from (f"| {name} | {count:,} |" for name, count in rows.items())


def _counted(sentences: Iterable[str]) -> dict[str, int]:
    return dict(Counter(map(_kind, sentences)).most_common())


def _kind(sentence: str) -> str:
    return NUMBER.sub("…", DETAIL.sub("", sentence)).strip().rstrip(".")
