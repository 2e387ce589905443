"""What a benchmark found: the middle of many measurements, and how far they are apart."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from statistics import median
from typing import Self


@dataclass(frozen=True)
class Figure:
    """The median, the lowest, the highest, and the 95th percentile of measurements in the same unit."""

    middle: float
    low: float
    high: float
    p95: float

    @classmethod
    def of(cls, measured: Iterable[float], *, scale: float = 1) -> Self:
        """Return the figure of these measurements, each multiplied by `scale`."""
        values = sorted(value * scale for value in measured)
        return cls(median(values), values[0], values[-1], percentile_95(values))

    @classmethod
    def single(cls, value: float) -> Self:
        """Return the figure of something that was measured once."""
        return cls(value, value, value, value)


def percentile_95(values: list[float]) -> float:
    """Return the smallest of these sorted values that at least 95 % of them do not exceed."""
    return values[ceil(0.95 * len(values)) - 1]
