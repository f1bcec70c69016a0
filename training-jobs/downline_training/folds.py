"""Out-of-fold groups of training rows: blocks of days in a row, dealt to the folds in turn."""

from __future__ import annotations

import numpy as np

from .errors import TrainingError


def fold_of(days: np.ndarray, train: np.ndarray, folds: int, block_days: int) -> np.ndarray:
    """The fold [N] of each training row, -1 for others. Raises `DATASET_INVALID` with fewer days than folds."""
    unique = np.unique(days[train])
    if len(unique) < folds:
        raise TrainingError("DATASET_INVALID", f"{len(unique)} training days are too few for {folds} folds")
    block = max(1, min(block_days, len(unique) // folds))
    by_day = {day: (index // block) % folds for index, day in enumerate(unique.tolist())}
    return np.array([by_day[day] if is_train else -1 for day, is_train in zip(days.tolist(), train.tolist())], np.int64)
