"""What the graphs know of the inputs: means, spreads, quantile borders and vocabularies, from training rows only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rows import Rows


@dataclass(frozen=True)
class Scaling:
    """Constants of the input layer; F numeric features, T pieces of each."""

    mean: np.ndarray  # [F]
    spread: np.ndarray  # [F], never 0
    borders: np.ndarray  # [F, T + 1], strictly ascending
    vocabulary: dict[str, list[str]]


def fit_scaling(rows: Rows, numeric_bins: int, least: int = 20) -> Scaling:
    """Constants from the training rows; values of a category seen fewer than `least` times are unknown (0)."""
    train = rows.split == "train"
    values = rows.numeric[train]
    values = np.where(np.isfinite(values), values, np.nan)
    count = (~np.isnan(values)).sum(axis=0)
    filled = np.where(np.isnan(values), 0.0, values).astype(np.float64)
    mean = filled.sum(axis=0) / np.maximum(count, 1)
    deviation = np.where(np.isnan(values), 0.0, values - mean)
    spread = np.sqrt((deviation**2).sum(axis=0) / np.maximum(count, 1))
    spread = np.where(spread > 1e-6, spread, 1.0)
    borders = np.stack([_borders(values[:, f], numeric_bins, mean[f], spread[f]) for f in range(values.shape[1])])
    vocabulary = {}
    for name, column in rows.text.items():
        found, counts = np.unique(column[train], return_counts=True)
        vocabulary[name] = [str(v) for v, c in zip(found, counts) if c >= least and v != ""]
    return Scaling(mean.astype(np.float32), spread.astype(np.float32), borders.astype(np.float32), vocabulary)


def _borders(column: np.ndarray, pieces: int, mean: float, spread: float) -> np.ndarray:
    """Quantiles of a feature; where they coincide (few values), evenly spaced ones over its range."""
    known = column[~np.isnan(column)]
    if pieces == 0:
        return np.array([mean, mean + spread])
    if len(known) == 0:
        return mean + spread * np.linspace(-2, 2, pieces + 1)
    borders = np.unique(np.quantile(known.astype(np.float64), np.linspace(0, 1, pieces + 1)))
    while len(borders) < pieces + 1:
        if len(borders) == 1:
            borders = np.array([borders[0] - spread, borders[0], borders[0] + spread])[: pieces + 1]
            continue
        widest = int(np.argmax(np.diff(borders)))
        borders = np.insert(borders, widest + 1, borders[widest : widest + 2].mean())
    return borders


def encode_categories(text: dict[str, np.ndarray], vocabulary: dict[str, list[str]]) -> np.ndarray:
    """Codes [N, C] int64: index in the vocabulary + 1, anything else 0."""
    codes = []
    for name, known in vocabulary.items():
        column = text[name]
        place = {value: index + 1 for index, value in enumerate(known)}
        found, inverse = np.unique(column, return_inverse=True)
        codes.append(np.array([place.get(str(value), 0) for value in found], np.int64)[inverse])
    count = len(next(iter(text.values()))) if text else 0
    return np.stack(codes, axis=1) if codes else np.zeros((count, 0), np.int64)
