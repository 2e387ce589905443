"""The table that `make bench` ends with."""

from dataclasses import dataclass

HEADER = f"{'what':<52} {'against':<24} {'baseline':>8} {'measured':>8}     {'ratio':>7}"


@dataclass
class Row:
    """One line of the table."""

    what: str
    against: str
    baseline: float
    measured: float
    unit: str = "ms"
    note: str = ""

    @property
    def ratio(self) -> float:
        """How many times the baseline was measured."""
        return self.measured / self.baseline

    def __str__(self) -> str:
        return (
            f"{self.what:<52} {self.against:<24} {self.baseline:>8.1f} {self.measured:>8.1f}"
            f" {self.unit:<3} {self.ratio:>7.2f}"
        )
