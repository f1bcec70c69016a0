"""Calibration as pictures for the MLflow run."""

from __future__ import annotations

import io

import numpy as np

from .chain import Answers, Inputs
from .distribution import probability_integral


def calibration_plots(answers: Answers, inputs: Inputs, selected: np.ndarray) -> dict[str, bytes]:
    """`calibration.png`: the histogram of F(actual), flat for a calibrated forecast, and P(late >= 15) against fact."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    rows, edges = inputs.rows, inputs.edges
    figure, axes = plt.subplots(2, 2, figsize=(8, 6), layout="constrained")
    waiting = selected & np.isnan(rows.departed)
    shown = (
        ("departure", waiting, answers.departure, rows.y_departure),
        ("arrival", selected, answers.arrival, rows.y_arrival),
    )
    for line, (name, chosen, pmf, actual) in enumerate(shown):
        known = chosen & np.isfinite(actual)
        if not known.any():
            continue
        axes[line, 0].hist(probability_integral(pmf[known], edges, actual[known]), bins=20, range=(0, 1), density=True)
        axes[line, 0].axhline(1, color="black", linewidth=0.8)
        axes[line, 0].set(title=f"{name}: F(actual)", xlabel="F", ylabel="density")
        late = 1 - probability_integral(pmf[known], edges, np.full(int(known.sum()), 15.0))
        place = np.clip((late * 10).astype(int), 0, 9)
        full = [bin_ for bin_ in range(10) if (place == bin_).any()]
        forecast = [late[place == bin_].mean() for bin_ in full]
        fact = [(actual[known][place == bin_] >= 15).mean() for bin_ in full]
        axes[line, 1].plot([0, 1], [0, 1], color="black", linewidth=0.8)
        axes[line, 1].plot(forecast, fact, marker="o")
        axes[line, 1].set(title=f"{name}: P(late >= 15 min)", xlabel="forecast", ylabel="fact")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80)
    plt.close(figure)
    return {"calibration.png": buffer.getvalue()}
