"""The sabotage that the gates are tested with: labels that have nothing to do with their rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .rows import Rows


def shuffle_labels(rows: Rows, seed: int) -> Rows:
    """Rows whose outcomes are dealt out anew within train and within valid; test keeps the truth."""
    order = np.arange(len(rows))
    generator = np.random.default_rng(seed)
    for split in ("train", "valid"):
        index = np.flatnonzero(rows.split == split)
        order[index] = generator.permutation(index)
    return replace(
        rows,
        y_departure=rows.y_departure[order],
        y_arrival=rows.y_arrival[order],
        y_cancelled=rows.y_cancelled[order],
    )
