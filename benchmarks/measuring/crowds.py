"""Visitors who arrive at a steady pace, whether or not those before them have been served."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from benchmarks.measuring.figures import Figure
from benchmarks.measuring.table import Row
from benchmarks.measuring.visiting import Unanswered

# Of the asked rate; below it, the times are those of another load than the one that the row names.
LEAST_HELD = 0.95
# How long visitors who came last may take to be served.
GRACE_SECONDS = 2
# More would only wait for each other: the shop answers 88 requests at once.
MOST_AT_ONCE = 120


@dataclass
class Crowd:
    """How a crowd fared: `seconds` is how long each visitor waited who was served in time."""

    asked: int
    lasting: float
    seconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def held(self) -> float:
        """The share of the visitors who were served in time."""
        return len(self.seconds) / self.asked

    @property
    def void(self) -> str:
        """Why the row has no result; empty if the load held."""
        if self.held >= LEAST_HELD:
            return ""
        reason = f"; {len(self.failures)} failed, the first: {self.failures[0]}" if self.failures else ""
        asked, achieved = self.asked / self.lasting, len(self.seconds) / self.lasting
        return f"{achieved:.0f} requests/s were served of {asked:.0f}{reason}"


def arrive(visit: Callable[[int], None], *, rate: float, seconds: float) -> Crowd:
    """Let `rate` visitors a second arrive, visitor n calling visit(n), and return how they fared.

    How long one waited counts from when they should have arrived. Whoever is not served shortly after the
    last arrival is not counted as served; whoever has not been let in by then is sent away.
    """
    crowd = Crowd(int(rate * seconds), seconds)
    began = time.monotonic()
    end = began + seconds + GRACE_SECONDS

    def come(number: int, due: float) -> None:
        if time.monotonic() > end:
            return
        try:
            visit(number)
        except (Unanswered, OSError) as failure:
            crowd.failures.append(str(failure))
            return
        if time.monotonic() <= end:
            crowd.seconds.append(time.monotonic() - due)

    with ThreadPoolExecutor(MOST_AT_ONCE) as pool:
        for number in range(crowd.asked):
            due = began + number / rate
            time.sleep(max(0, due - time.monotonic()))
            pool.submit(come, number, due)
    return crowd


def p95_row(what: str, crowd: Crowd, *, against: str = "", idle: Figure | None = None, goal: str = "") -> Row:
    """Return the row of a crowd's 95th percentile; void if the load did not hold."""
    if crowd.void:
        return Row(what, None, against=against, goal=goal, void=crowd.void)
    served = Figure.of(crowd.seconds, scale=1000)
    beside = f"median {served.middle:.0f} ms, the slowest {served.high:.0f}"
    measured = Figure.single(served.p95)
    baseline = Figure.single(idle.p95) if idle else None
    return Row(what, measured, against=against, baseline=baseline, goal=goal, beside=beside)
