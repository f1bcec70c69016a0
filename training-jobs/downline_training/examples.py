"""What a network is fitted on, and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Examples:
    """M inputs with their targets. `inputs` in the order of the graph: numeric, categorical, then pmfs."""

    inputs: tuple[Tensor, ...]
    delay: Tensor  # [M] minutes, NaN where there is none
    cancelled: Tensor | None = None  # [M] 0 or 1; only for M1

    def __len__(self) -> int:
        return len(self.delay)


def answer(model: nn.Module, inputs: tuple[Tensor, ...], chunk: int = 8192) -> list[np.ndarray]:
    """What a model gives for inputs of any length: `[pmf]` or `[pmf, cancel]`."""
    model.eval()
    parts: list[list[np.ndarray]] = []
    with torch.inference_mode():
        for start in range(0, max(len(inputs[0]), 1), chunk):
            given = model(*(each[start : start + chunk] for each in inputs))
            parts.append([each.numpy() for each in (given if isinstance(given, tuple) else (given,))])
    return [np.concatenate(each) for each in zip(*parts)]
