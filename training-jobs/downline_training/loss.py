"""What the fits minimise."""

from __future__ import annotations

import torch
from torch import Tensor


def crps(pmf: Tensor, edges: Tensor, actual: Tensor) -> Tensor:
    """Continuous ranked probability score [N], minutes, exact for the piecewise-linear CDF.

    Integral of (F(x) - 1{x >= y})^2 (Matheson & Winkler 1976; equals twice the pinball loss integrated over all
    levels). Within a bin of width w, F goes from a to b; y cuts it at the share t, below which 1{…} is 0.
    """
    low, high = edges[:-1], edges[1:]
    actual = actual.clamp(edges[0], edges[-1])
    share = ((actual[:, None] - low) / (high - low)).clamp(0, 1)
    b = pmf.cumsum(dim=1)
    a = b - pmf
    middle = a + (b - a) * share
    before = share * (a * a + a * middle + middle * middle) / 3
    c, d = middle - 1, b - 1
    after = (1 - share) * (c * c + c * d + d * d) / 3
    return ((before + after) * (high - low)).sum(dim=1)


def delay_loss(pmf: Tensor, edges: Tensor, actual: Tensor) -> Tensor:
    """Mean CRPS in minutes over the rows that have a delay (`actual [N]`, NaN where there is none); 0 without any."""
    known = ~torch.isnan(actual)
    each = crps(pmf, edges, torch.where(known, actual, torch.zeros_like(actual)))
    return torch.where(known, each, torch.zeros_like(each)).sum() / known.sum().clamp(min=1)


def cancel_loss(cancel: Tensor, cancelled: Tensor) -> Tensor:
    """Mean logarithmic loss of the cancellation probability."""
    sure = cancel.clamp(1e-6, 1 - 1e-6)
    return -(cancelled * sure.log() + (1 - cancelled) * (1 - sure).log()).mean()
