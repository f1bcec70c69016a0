"""What a job says while it works: one JSON line each on standard output, read by lib/clients/ray/progress.ts."""

from __future__ import annotations

import json
import time

_SETTING_UP = 0.03  # share of the work before the fits, and of all of it when they are done
_FITTED = 0.88


def say(line: dict[str, object]) -> None:
    """Prints one line at once."""
    print(json.dumps(line), flush=True)


class Progress:
    """Turns the fits' shares into one progress from 0 to 1."""

    def __init__(self) -> None:
        self.done = 0.0
        self.stage, self.part = "", 0.0
        self.start = time.monotonic()

    def tell(self, share: float, detail: str) -> None:
        """`share` from 0 to 1."""
        say(
            {
                "progress": round(min(share, 1.0), 4),
                "detail": detail,
                "seconds": round(time.monotonic() - self.start, 1),
            }
        )

    def begun(self, detail: str) -> None:
        """Something before the fits."""
        self.tell(_SETTING_UP / 2, detail)

    def fitting(self, stage: str, part: float, epoch: int, epochs: int, score: float | None) -> None:
        """An epoch of a stage is over; `part` is its work so far as a share of all fits'."""
        if stage != self.stage:
            self.done, self.stage = self.done + self.part, stage
        self.part = part
        detail = f"{stage} epoch {epoch}/{epochs}" + ("" if score is None else f" valid pinball {score:.3f}")
        self.tell(_SETTING_UP + (self.done + part) * (_FITTED - _SETTING_UP), detail)

    def closing(self, part: float, detail: str) -> None:
        """Something after the fits; `part` of that work is done."""
        self.tell(_FITTED + part * (1 - _FITTED), detail)
