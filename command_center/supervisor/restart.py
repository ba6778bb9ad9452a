"""When a process that ended is started again. Pure arithmetic over seconds."""

from dataclasses import dataclass

FIRST_DELAY_S = 0.2
LONGEST_DELAY_S = 10.0
HEALTHY_AFTER_S = 30.0


@dataclass(frozen=True, slots=True)
class Restarts:
    """What is remembered of a process's earlier ends."""

    total: int = 0
    in_a_row: int = 0

    @property
    def delay_s(self) -> float:
        """How long to wait before the next start: 0.2 s, doubled each time, at most 10 s."""
        if self.in_a_row == 0:
            return 0.0
        # The exponent is bounded, else 2**n would leave the range of a float one day.
        return min(FIRST_DELAY_S * 2.0 ** min(self.in_a_row - 1, 16), LONGEST_DELAY_S)

    def after_end(self, *, ran_s: float) -> "Restarts":
        """The memory after one more end; a run of 30 s or more counts as health."""
        in_a_row = 1 if ran_s >= HEALTHY_AFTER_S else self.in_a_row + 1
        return Restarts(total=self.total + 1, in_a_row=in_a_row)
