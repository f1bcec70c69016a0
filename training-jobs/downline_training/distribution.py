"""Binned delay distributions: `pmf [N, B]` over bins `[edges[i], edges[i+1])`, the CDF linear between edges."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# The levels of every quantile forecast (`QUANTILE_LEVELS` of lib/events): 0.05, 0.10, … 0.95.
LEVELS = np.arange(1, 20) * 5 / 100


def indicator(delay: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """A known delay [N] as the indicator of its bin [N, B]; beyond the edges it counts to the outer bins."""
    bins = len(edges) - 1
    place = np.clip(np.searchsorted(edges, delay, side="right") - 1, 0, bins - 1)
    return np.eye(bins, dtype=np.float32)[place]


def quantiles(pmf: np.ndarray, edges: np.ndarray, levels: np.ndarray = LEVELS) -> np.ndarray:
    """Quantiles [N, L] in minutes of the piecewise-linear CDF."""
    cdf = np.concatenate([np.zeros((len(pmf), 1)), np.cumsum(pmf, axis=1, dtype=np.float64)], axis=1)
    cdf /= cdf[:, -1:]
    answer = np.empty((len(pmf), len(levels)))
    row = np.arange(len(pmf))
    for index, level in enumerate(levels):
        place = np.clip((cdf <= level).sum(axis=1) - 1, 0, len(edges) - 2)
        low, high = cdf[row, place], cdf[row, place + 1]
        share = np.where(high > low, (level - low) / np.maximum(high - low, 1e-12), 0.0)
        answer[:, index] = edges[place] + share * (edges[place + 1] - edges[place])
    return answer


def pinball(forecast: np.ndarray, actual: np.ndarray, levels: np.ndarray = LEVELS) -> np.ndarray:
    """Mean pinball loss over the levels [N], minutes (Koenker & Bassett 1978); `forecast` [N, L] or [N]."""
    if forecast.ndim == 1:
        forecast = np.repeat(forecast[:, None], len(levels), axis=1)
    miss = actual[:, None] - forecast
    return np.maximum(levels * miss, (levels - 1) * miss).mean(axis=1)


def probability_integral(pmf: np.ndarray, edges: np.ndarray, actual: np.ndarray) -> np.ndarray:
    """F(actual) [N]: uniform on 0..1 for a calibrated forecast."""
    share = np.clip((actual[:, None] - edges[:-1]) / np.diff(edges), 0, 1)
    return (pmf * share).sum(axis=1)


def pushed_cdf(pmf: Tensor, edges: Tensor, shift: Tensor) -> Tensor:
    """F(edges + shift) [N, B + 1] of a pmf [N, B]: what is left of a delay after `shift` [N] minutes of slack."""
    low, width = edges[:-1], edges[1:] - edges[:-1]
    at = edges[None, :] + shift[:, None]
    share = ((at[:, :, None] - low) / width).clamp(0, 1)
    return torch.matmul(share, pmf[:, :, None])[:, :, 0]
