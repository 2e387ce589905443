"""The rows that `make bench` ends with, and which of them miss their goals."""

import re
from dataclasses import dataclass
from typing import Self

from benchmarks.measuring.figures import Figure

COLUMNS = ("what", "against", "baseline", "measured", "low–high", "unit", "ratio", "goal", "beside")
# Text is aligned to the left, numbers to the right.
TO_THE_LEFT = {"what", "against", "unit", "goal", "beside"}


@dataclass(frozen=True)
class Goal:
    """The most that one value of a row may be: its "ratio", its "p95" or what was "measured"."""

    of: str
    most: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "≤ 1.5 ×" (a ratio), "≤ 20 statements" or "p95 ≤ 100 ms"; raises ValueError."""
        found = re.fullmatch(r"(p95 )?≤ ([\d.]+) (\S+)", text)
        if found is None or (found[1] and found[3] == "×"):
            raise ValueError(f"{text!r} is not a goal")
        of = "ratio" if found[3] == "×" else "p95" if found[1] else "measured"
        return cls(of, float(found[2]))


@dataclass(frozen=True)
class Row:
    """One line of the table. `goal` as Goal.parse reads it; `void` says why there is no result."""

    what: str
    measured: Figure | None
    unit: str = "ms"
    against: str = ""
    baseline: Figure | None = None
    goal: str = ""
    beside: str = ""
    void: str = ""

    def __post_init__(self) -> None:
        if self.goal:
            Goal.parse(self.goal)

    @property
    def ratio(self) -> float | None:
        """How many times the baseline was measured; None without one."""
        if self.measured is None or self.baseline is None:
            return None
        return self.measured.middle / self.baseline.middle

    @property
    def judged(self) -> float | None:
        """The value that the goal is about; None without a goal or without a result."""
        if not self.goal or self.void or self.measured is None:
            return None
        values = {"ratio": self.ratio, "p95": self.measured.p95, "measured": self.measured.middle}
        return values[Goal.parse(self.goal).of]

    @property
    def is_missed(self) -> bool:
        """Whether the goal, if it has one and there is a result, is missed."""
        return self.judged is not None and self.judged > Goal.parse(self.goal).most

    def cells(self) -> tuple[str, ...]:
        """Return the texts of its columns; a void row shows no number."""
        if self.void or self.measured is None:
            return (self.what, self.against, "", "void", "", "", "", self.goal, self.void)
        return (
            self.what,
            self.against,
            _number(self.baseline.middle if self.baseline else None),
            _number(self.measured.middle),
            f"{_number(self.measured.low)}–{_number(self.measured.high)}" if self._is_spread else "",
            self.unit,
            _number(self.ratio),
            f"{self.goal}{', missed' if self.is_missed else ''}",
            self.beside,
        )

    @property
    def _is_spread(self) -> bool:
        return self.measured.low != self.measured.high


def verdict(rows: list[Row]) -> str:
    """Return the first line: which goals are missed, by how much, and which could not be judged."""
    missed = [f"{row.what} ({_number(row.judged)} for {row.goal})" for row in rows if row.is_missed]
    void = [row.what for row in rows if row.void]
    with_goal = sum(bool(row.goal) for row in rows)
    said = [f"Goals missed, {len(missed)} of {with_goal}: {'; '.join(missed)}."] if missed else []
    if void:
        said.append(f"Void, {len(void)}: {'; '.join(void)}.")
    return " ".join(said) or f"No goal missed, of {with_goal}."


def as_text(rows: list[Row]) -> str:
    """Return the table for a terminal."""
    cells = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if name in TO_THE_LEFT else cell.rjust(width)
            for name, cell, width in zip(COLUMNS, line, widths, strict=True)
        ).rstrip()
        for line in cells
    )


def as_markdown(rows: list[Row]) -> str:
    """Return the table as Markdown."""
    rule = ["---" if name in TO_THE_LEFT else "---:" for name in COLUMNS]
    lines = [COLUMNS, rule, *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float | None) -> str:
    """Return a number with as many digits as say something."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"
