"""Every number that the search for changes depends on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Parameters:
    """Sizes and margins are shares (0.02: 2 %), which logarithms of times are held to. Sigma is how far one commit's time of a
    cell is off by chance. `fanout check history` prints what these values give."""

    recent: int = 10  # corrected values of a cell, from whose median its next one deviates
    fewest_cells: int = 5  # that have a common mode: of fewer, one cell's change would be a good part of it

    splits: int = 12  # how many commits back a change is looked for
    before: int = 30  # commits that those after a split are compared with, at most
    least: int = 5  # the same, at least
    clip: float = 3.0  # sigma
    threshold: float = 4.2  # of the mean difference, in its standard errors
    far: float = 8.0  # sigma, beyond which two commits suffice
    size: float = 0.015  # smaller differences are not suspected,
    rough: float = 1.5  # nor those of fewer sigma: so many commits would have to show them that they follow each other's noise
    finest: float = 0.003  # sigma at least: a clock may be so coarse that all times are alike

    near: int = 3  # commits: splits that are not further apart are one change
    again: int = 4  # commits until a change that no duet has shown is measured again,
    wider: int = (
        3  # between builds that are so many commits further apart on either side: it may be elsewhere
    )
    back: int = 8  # the duet's base is built so many commits before the split, which is more often told too late than too early
    ahead: int = 3  # its other side so many after it
    error: float = 0.05  # of the duet
    margin: float = 0.02

    @property
    def width(self) -> int:
        """Values of a cell that are looked at."""
        return self.before + self.splits


PARAMETERS = Parameters()
