"""One network fitted: AdamW under a one-cycle rate, the best epoch by valid pinball kept. Repeatable to the digit."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from .config import Config
from .distribution import pinball, quantiles
from .errors import TrainingError
from .examples import Examples, answer
from .loss import cancel_loss, delay_loss

# Weight of the cancellation's logarithmic loss beside the CRPS in minutes: it keeps the two of one order.
_CANCEL_WEIGHT = 5.0
_WARM_UP = 0.25  # share of the steps in which the rate rises

# Called after each epoch with its number from 1, the training loss and the valid pinball (None without valid rows).
Report = Callable[[int, float, "float | None"], None]


def prepare(config: Config) -> None:
    """Sets torch up so that the same seed gives the same digits."""
    torch.set_num_threads(config.threads)
    torch.use_deterministic_algorithms(True)


def fit(
    build: Callable[[], nn.Module], train: Examples, valid: Examples | None, config: Config, seed: int, report: Report
) -> nn.Module:
    """Builds and fits a network. Without `valid` the last epoch is kept. Raises `TRAINING_FAILED` when it diverges."""
    if len(train) == 0:
        raise TrainingError("DATASET_INVALID", "no rows to fit a model on")
    torch.manual_seed(seed)
    model = build()
    edges = torch.tensor(config.edges, dtype=torch.float32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay)
    steps = -(-len(train) // config.batch)
    total = steps * config.epochs
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: one_cycle(step / total))
    best, best_state, since = float("inf"), copy.deepcopy(model.state_dict()), 0
    for epoch in range(1, config.epochs + 1):
        model.train()
        losses = 0.0
        for rows in torch.randperm(len(train)).split(config.batch):
            optimizer.zero_grad(set_to_none=True)
            given = model(*(each[rows] for each in train.inputs))
            pmf = given[0] if isinstance(given, tuple) else given
            loss = delay_loss(pmf, edges, train.delay[rows])
            if train.cancelled is not None:
                loss = loss + _CANCEL_WEIGHT * cancel_loss(given[1], train.cancelled[rows])
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 5.0)
            optimizer.step()
            schedule.step()
            losses += loss.item()
            if not math.isfinite(losses):
                raise TrainingError("TRAINING_FAILED", f"the fit diverged in epoch {epoch}: the loss is not finite")
        score = None if valid is None else score_delay(model, valid, config)
        report(epoch, losses / steps, score)
        if score is None or score < best:
            best = best if score is None else score
            best_state, since = copy.deepcopy(model.state_dict()), 0
        else:
            since += 1
            if since >= config.patience:
                break
    model.load_state_dict(best_state)
    model.eval()
    return model


def one_cycle(part: float) -> float:
    """The rate at a part (0..1) of the steps as a share of the highest: up along a line, down along a cosine (Smith
    2018). Torch's own divides by zero with few steps."""
    if part < _WARM_UP:
        return 0.04 + 0.96 * part / _WARM_UP
    return 0.5 * (1 + math.cos(math.pi * min((part - _WARM_UP) / (1 - _WARM_UP), 1.0)))


def score_delay(model: nn.Module, examples: Examples, config: Config) -> float:
    """Mean pinball in minutes over the examples that have a delay."""
    actual = examples.delay.numpy().astype(np.float64)
    known = np.isfinite(actual)
    if not known.any():
        raise TrainingError("DATASET_INVALID", "no valid row has a delay: nothing to judge a model by")
    pmf = answer(model, examples.inputs)[0][known]
    edges = np.asarray(config.edges, dtype=np.float64)
    return float(pinball(quantiles(pmf, edges), actual[known]).mean())
