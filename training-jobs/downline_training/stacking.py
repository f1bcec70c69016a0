"""The three models fitted one upon the other, on out-of-fold answers.

M2 and M3 take what M1 and M2 say. On rows that M1 was fitted on it says too much; so each training row gets the answer
of a network that has not seen its block of days, and only that. Other rows get the answer of the whole model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from .chain import Inputs, Models, inbound_known, inbound_of
from .checkpoint import Checkpoints
from .config import Config
from .distribution import indicator
from .examples import Examples, answer
from .fit import fit
from .folds import fold_of
from .network import ArrivalNetwork, DepartureNetwork, DownlineNetwork, Ensemble
from .scaling import Scaling

# Share of the rows yet to leave whose actual departure M2 is shown: it must know what a known departure means.
_SHOWN_DEPARTURES = 0.25

# Called with the stage, its share of all the work, the epoch, the training loss and the valid pinball.
Progress = Callable[[str, float, int, float, "float | None"], None]


@dataclass
class Stacking:
    """One run's fits. `fit_all` gives the models; what was fitted before a kill is taken from the checkpoints."""

    config: Config
    inputs: Inputs
    scaling: Scaling
    checkpoints: Checkpoints
    progress: Progress

    def __post_init__(self) -> None:
        rows = self.inputs.rows
        self.train, self.valid = rows.split == "train", rows.split == "valid"
        self.fold = fold_of(rows.day, self.train, self.config.folds, self.config.block_days)
        self.waiting = np.isnan(rows.departed)

    def fit_all(self) -> Models:
        """M1, then M2 on M1's answers, then M3 on both."""
        rows, edges = self.inputs.rows, self.inputs.edges
        bins = len(edges) - 1
        m1, own = self._model("m1", self._build_m1, self.waiting, rows.y_departure, (), rows.y_cancelled)

        departure = own.copy()
        left = ~self.waiting
        departure[left] = indicator(rows.departed[left], edges)
        shown = departure.copy()
        chance = np.random.default_rng(self.config.seed).random(len(rows))
        swap = self.train & self.waiting & np.isfinite(rows.y_departure) & (chance < _SHOWN_DEPARTURES)
        shown[swap] = indicator(rows.y_departure[swap], edges)
        everyone = np.ones(len(rows), bool)
        m2, arrival = self._model("m2", self._build_m2, everyone, rows.y_arrival, (departure,), None, (shown,))

        followed = self.waiting.copy()
        followed[self.waiting] = inbound_known(rows, np.flatnonzero(self.waiting))
        inbound = np.zeros((len(rows), bins), np.float32)
        index = np.flatnonzero(followed)
        inbound[index] = inbound_of(rows, index, arrival, edges)
        m3 = self._ensemble("m3", self._build_m3, followed, rows.y_departure, (inbound, own), None)
        return Models(m1, m2, m3)

    def _model(
        self,
        name: str,
        build: Callable[[], nn.Module],
        usable: np.ndarray,
        delay: np.ndarray,
        pmfs: tuple[np.ndarray, ...],
        cancelled: np.ndarray | None,
        fitted_on: tuple[np.ndarray, ...] | None = None,
    ) -> tuple[nn.Module, np.ndarray]:
        """A model and its answers [N, B]: out of fold for training rows. `fitted_on` replaces `pmfs` in the fits."""
        seen = pmfs if fitted_on is None else fitted_on
        answers = np.zeros((len(usable), len(self.inputs.edges) - 1), np.float32)
        for fold in range(self.config.folds):
            kept = usable & self.train & (self.fold != fold)
            examples = self._examples(kept, delay, seen, cancelled)
            network = self._network(f"{name}-fold{fold}", build, examples, None, self.config.seed + 100 + fold)
            self._answer(network, usable & (self.fold == fold), pmfs, answers)
        model = self._ensemble(name, build, usable, delay, seen, cancelled)
        self._answer(model, usable & ~self.train, pmfs, answers)
        return model, answers

    def _ensemble(
        self,
        name: str,
        build: Callable[[], nn.Module],
        usable: np.ndarray,
        delay: np.ndarray,
        pmfs: tuple[np.ndarray, ...],
        cancelled: np.ndarray | None,
    ) -> nn.Module:
        """The networks of every seed on all training rows."""
        train = self._examples(usable & self.train, delay, pmfs, cancelled)
        valid = self._examples(usable & self.valid, delay, pmfs, cancelled)
        seeds = range(self.config.seeds)
        return Ensemble(
            [self._network(f"{name}-seed{s}", build, train, valid, self.config.seed + s) for s in seeds]
        ).eval()

    def _examples(
        self, chosen: np.ndarray, delay: np.ndarray, pmfs: tuple[np.ndarray, ...], cancelled: np.ndarray | None
    ) -> Examples:
        """The chosen rows that say something: with a delay, or (for M1) known to be cancelled."""
        useful = chosen & (np.isfinite(delay) if cancelled is None else np.isfinite(delay) | (cancelled == 1))
        index = np.flatnonzero(useful)
        return Examples(
            (*self.inputs.vectors(index), *(torch.from_numpy(pmf[index]) for pmf in pmfs)),
            torch.from_numpy(delay[index].astype(np.float32)),
            None if cancelled is None else torch.from_numpy(cancelled[index].astype(np.float32)),
        )

    def _network(
        self, stage: str, build: Callable[[], nn.Module], train: Examples, valid: Examples | None, seed: int
    ) -> nn.Module:
        """A fitted network: from its checkpoint, or fitted now."""
        kept = self.checkpoints.load(stage, build)
        if kept is not None:
            self.progress(stage, self._share(stage), self.config.epochs, float("nan"), None)
            return kept

        def report(epoch: int, loss: float, score: float | None) -> None:
            self.progress(stage, self._share(stage) * epoch / self.config.epochs, epoch, loss, score)

        network = fit(build, train, valid, self.config, seed, report)
        self.checkpoints.save(stage, network)
        return network

    def _share(self, stage: str) -> float:
        """The work of a stage as a share of all stages', in passes over the rows."""
        folds, seeds = self.config.folds, self.config.seeds
        whole = 2 * (folds - 1) + 3 * seeds
        return ((folds - 1) / folds if "-fold" in stage else 1.0) / whole

    def _answer(self, model: nn.Module, chosen: np.ndarray, pmfs: tuple[np.ndarray, ...], into: np.ndarray) -> None:
        index = np.flatnonzero(chosen)
        if len(index) > 0:
            given = (*self.inputs.vectors(index), *(torch.from_numpy(pmf[index]) for pmf in pmfs))
            into[index] = answer(model, given)[0]

    def _build_m1(self) -> nn.Module:
        rows = self.inputs.rows
        kept = self.train & self.waiting
        delays = rows.y_departure[kept]
        frequency = indicator(delays[np.isfinite(delays)], self.inputs.edges).astype(np.float64).sum(axis=0) + 1.0
        cancelled = float(rows.y_cancelled[kept].mean()) if kept.any() else 0.0
        return DepartureNetwork(self.config, self.scaling, frequency / frequency.sum(), cancelled)

    def _build_m2(self) -> nn.Module:
        return ArrivalNetwork(self.config, self.scaling)

    def _build_m3(self) -> nn.Module:
        return DownlineNetwork(self.config, self.scaling)
