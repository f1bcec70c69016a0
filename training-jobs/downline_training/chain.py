""" "The chain" of docs/architecture.md over rows: each rotation's open legs in order. Serving: lib/model/chain.ts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from .distribution import indicator
from .examples import answer
from .rows import Rows


@dataclass(frozen=True)
class Models:
    """The three networks of a bundle."""

    m1: nn.Module
    m2: nn.Module
    m3: nn.Module


@dataclass(frozen=True)
class Inputs:
    """The rows as the networks take them, and the edges of their bins."""

    rows: Rows
    numeric: Tensor  # [N, F] float32
    categorical: Tensor  # [N, C] int64
    edges: np.ndarray  # [B + 1] minutes

    def vectors(self, index: np.ndarray) -> tuple[Tensor, Tensor]:
        """Numeric and categorical inputs of some rows."""
        at = torch.from_numpy(index)
        return self.numeric[at], self.categorical[at]


@dataclass(frozen=True)
class Answers:
    """What the chain says of rows; empty (0) rows outside the selection."""

    own: np.ndarray  # [N, B] M1's answer
    cancel: np.ndarray  # [N]
    departure: np.ndarray  # [N, B]
    arrival: np.ndarray  # [N, B]


def depths(rows: Rows, selected: np.ndarray) -> list[np.ndarray]:
    """The selected rows [N] bool in waves: a row comes in a later wave than the row of the leg before it."""
    depth = np.zeros(len(rows), np.int64)
    waiting = np.flatnonzero(selected & (rows.previous >= 0))
    while len(waiting) > 0:
        least = depth[rows.previous[waiting]] + 1
        raised = least > depth[waiting]
        depth[waiting] = np.maximum(depth[waiting], least)
        waiting = waiting[raised]
    return [np.flatnonzero(selected & (depth == d)) for d in range(int(depth[selected].max(initial=0)) + 1)]


def roll(models: Models, inputs: Inputs, selected: np.ndarray) -> Answers:
    """The chain over the selected rows [N] bool; with a row must come the row of the leg before it."""
    rows, edges = inputs.rows, inputs.edges
    bins = len(edges) - 1
    own = np.zeros((len(rows), bins), np.float32)
    cancel = np.zeros(len(rows), np.float32)
    departure, arrival = own.copy(), own.copy()
    for wave in depths(rows, selected):
        left = ~np.isnan(rows.departed[wave])
        departure[wave[left]] = indicator(rows.departed[wave[left]], edges)
        waiting = wave[~left]
        own[waiting], cancel[waiting] = answer(models.m1, inputs.vectors(waiting))
        departure[waiting] = own[waiting]
        followed = waiting[inbound_known(rows, waiting)]
        inbound = inbound_of(rows, followed, arrival, edges)
        pmfs = (torch.from_numpy(inbound), torch.from_numpy(own[followed]))
        departure[followed] = answer(models.m3, (*inputs.vectors(followed), *pmfs))[0]
        arrival[wave] = answer(models.m2, (*inputs.vectors(wave), torch.from_numpy(departure[wave])))[0]
    return Answers(own, cancel, departure, arrival)


def inbound_known(rows: Rows, index: np.ndarray) -> np.ndarray:
    """Which of the rows follow a leg whose arrival is known or predicted; the others depart as M1 says."""
    known = (rows.previous[index] >= 0) | ~np.isnan(rows.prev_arrival[index])
    return rows.has_previous[index] & known


def inbound_of(rows: Rows, index: np.ndarray, arrival: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The arrival of the leg before each row [M, B]: its actual where it is known, else what `arrival [N, B]` says."""
    actual = rows.prev_arrival[index]
    known = ~np.isnan(actual)
    inbound = arrival[np.maximum(rows.previous[index], 0)]
    inbound[known] = indicator(actual[known], edges)
    return inbound
