"""How good the chain is on held-out rows, beside the rule. The product's own judgement is the `evaluate` function's."""

from __future__ import annotations

import numpy as np

from .chain import Answers, Inputs, inbound_known
from .distribution import pinball, probability_integral, quantiles


def measure(answers: Answers, inputs: Inputs, selected: np.ndarray, split: str) -> dict[str, float]:
    """Pinball in minutes of the chain, of M1 alone and of the rule; Brier of cancellation; calibration."""
    rows, edges = inputs.rows, inputs.edges
    waiting = selected & np.isnan(rows.departed)
    left = waiting & np.isfinite(rows.y_departure)
    arrived = selected & np.isfinite(rows.y_arrival)
    followed = left.copy()
    followed[left] = inbound_known(rows, np.flatnonzero(left))
    metrics = {}

    def compare(name: str, chosen: np.ndarray, pmf: np.ndarray, actual: np.ndarray, rule: np.ndarray) -> None:
        chosen = chosen & np.isfinite(rule)
        if chosen.any():
            model = pinball(quantiles(pmf[chosen], edges), actual[chosen]).mean()
            metrics[f"{split}_{name}_pinball"] = float(model)
            metrics[f"{split}_{name}_rule_pinball"] = float(pinball(rule[chosen], actual[chosen]).mean())
            metrics[f"{split}_{name}_rows"] = float(chosen.sum())

    compare("departure", left, answers.departure, rows.y_departure, rows.rule_departure)
    compare("downline", followed, answers.departure, rows.y_departure, rows.rule_departure)
    compare("arrival", arrived, answers.arrival, rows.y_arrival, rows.rule_arrival)
    if followed.any():
        direct = pinball(quantiles(answers.own[followed], edges), rows.y_departure[followed])
        metrics[f"{split}_downline_direct_pinball"] = float(direct.mean())
    if waiting.any():
        metrics[f"{split}_cancel_brier"] = float(np.mean((answers.cancel[waiting] - rows.y_cancelled[waiting]) ** 2))
    if left.any():
        pit = probability_integral(answers.departure[left], edges, rows.y_departure[left])
        metrics[f"{split}_departure_coverage80"] = float(np.mean((pit >= 0.1) & (pit <= 0.9)))
    return metrics
