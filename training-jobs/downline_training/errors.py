"""The error of a training job, with a code of lib/errors/codes.ts."""

from __future__ import annotations

from typing import Literal

Code = Literal["DATASET_INVALID", "SETTING_INVALID", "TRAINING_FAILED", "SERVICE_DOWN", "NOT_FOUND", "BUNDLE_INVALID"]


class TrainingError(Exception):
    """What went wrong, under a stable code."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code: Code = code
        self.message = message
