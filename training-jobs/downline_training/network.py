"""The three networks. Each answers with a pmf over the bins: non-negative, summing to 1, its CDF monotone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from .config import Config
from .distribution import pushed_cdf
from .encoder import Encoder
from .scaling import Scaling

_FLOOR = 1e-5  # least probability that a prior gives a bin, so that the network can contradict it
_SLACKS = ("turn_slack", "projected_slack")  # what only the knock-on layer may see of a turn
_LARGEST_SLACK = 2000.0  # minutes; beyond it no delay comes through


def _encoder(config: Config, scaling: Scaling) -> Encoder:
    """An encoder that leaves slack to the knock-on layer, where there is one: more of it must not raise a delay."""
    hidden = [column for column, name in enumerate(config.features) if config.knock_on and name in _SLACKS]
    return Encoder(scaling, config.numeric_bins, config.embedding, hidden)


def _trunk(width: int, hidden: int, dropout: float) -> nn.Sequential:
    layers = [nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(dropout)]
    return nn.Sequential(*layers, nn.Linear(hidden, hidden), nn.ReLU(), nn.Dropout(dropout))


def _head(hidden: int, width: int) -> nn.Linear:
    """A last layer that begins by saying nothing: the prior holds until there is evidence."""
    head = nn.Linear(hidden, width)
    nn.init.normal_(head.weight, std=0.01)
    nn.init.zeros_(head.bias)
    return head


class DepartureNetwork(nn.Module):
    """M1: the departure delay of a flight that has not left, and the probability that it is cancelled."""

    def __init__(self, config: Config, scaling: Scaling, frequency: np.ndarray, cancelled: float) -> None:
        """`frequency [B]` of the training delays and the share `cancelled` are what it starts from."""
        super().__init__()
        self.encoder = _encoder(config, scaling)
        self.trunk = _trunk(self.encoder.width_out, config.hidden, config.dropout)
        self.head = _head(config.hidden, len(frequency) + 1)
        share = np.append(np.log(frequency + _FLOOR), np.log((cancelled + _FLOOR) / (1 - cancelled + _FLOOR)))
        with torch.no_grad():
            self.head.bias.copy_(torch.from_numpy(share))

    def forward(self, numeric: Tensor, categorical: Tensor) -> tuple[Tensor, Tensor]:
        """pmf [N, B], cancel [N]."""
        answer = self.head(self.trunk(self.encoder(numeric, categorical)))
        return torch.softmax(answer[:, :-1], dim=1), torch.sigmoid(answer[:, -1])


class ArrivalNetwork(nn.Module):
    """M2: the arrival delay, given the distribution (or the indicator) of the departure delay.

    Its prior is a convolution: the departure's distribution moved by minutes gained or lost on the way, mixed with
    weights that depend on the flight. So it need not learn from data that a later departure is a later arrival.
    """

    def __init__(self, config: Config, scaling: Scaling) -> None:
        super().__init__()
        edges = torch.tensor(config.edges, dtype=torch.float32)
        bins = len(edges) - 1
        moves = torch.tensor([-60.0, -45, -36, -29, -23, -18, -13, -8, -3, 2, 8, 15, 24, 36, 55, 90, 150])
        unit = torch.eye(bins)
        cdf = torch.stack([pushed_cdf(unit, edges, -move.expand(bins)) for move in moves], dim=1)  # [B, K, B + 1]
        cdf[:, :, 0], cdf[:, :, -1] = 0.0, 1.0
        self.register_buffer("moved", cdf.diff(dim=2).flatten(1))  # [B, K * B]
        self.moves = len(moves)
        self.encoder = Encoder(scaling, config.numeric_bins, config.embedding)
        self.trunk = _trunk(self.encoder.width_out + bins, config.hidden, config.dropout)
        self.weights = _head(config.hidden, self.moves)
        self.head = _head(config.hidden, bins)

    def forward(self, numeric: Tensor, categorical: Tensor, departure: Tensor) -> Tensor:
        """pmf [N, B]."""
        inputs = torch.cat([self.encoder(numeric, categorical), departure.cumsum(dim=1)], dim=1)
        deep = self.trunk(inputs)
        moved = torch.matmul(departure, self.moved).unflatten(1, (self.moves, -1))
        prior = torch.matmul(torch.softmax(self.weights(deep), dim=1)[:, None, :], moved)[:, 0]
        return torch.softmax(self.head(deep) + torch.log(prior + _FLOOR), dim=1)


class DownlineNetwork(nn.Module):
    """M3: the departure delay of a leg, given the arrival of the leg before it and M1's own answer.

    The knock-on layer knows what slack is: how likely the inbound delay still exceeds it by c minutes (learned c and
    softness), and the distribution of what is left of it. The later of that and the own delay is the prior.
    """

    def __init__(self, config: Config, scaling: Scaling, kernels: int = 16) -> None:
        super().__init__()
        edges = torch.tensor(config.edges, dtype=torch.float32)
        bins = len(edges) - 1
        self.knock_on = config.knock_on
        self.slack = config.features.index("turn_slack") if self.knock_on else -1
        self.register_buffer("edges", edges)
        self.register_buffer("centers", (edges[1:] + edges[:-1]) / 2)
        self.excess = nn.Parameter(torch.linspace(-40.0, 120.0, kernels))
        self.softness = nn.Parameter(torch.full((kernels,), 2.3))  # exp: 10 minutes
        self.trust = nn.Parameter(torch.tensor([0.5, 0.5]))
        self.encoder = _encoder(config, scaling)
        extra = bins + (kernels + 1 + bins + 1 if self.knock_on else bins)
        self.trunk = _trunk(self.encoder.width_out + extra, config.hidden, config.dropout)
        self.head = _head(config.hidden, bins)

    def forward(self, numeric: Tensor, categorical: Tensor, inbound: Tensor, own: Tensor) -> Tensor:
        """pmf [N, B]."""
        own_cdf = own.cumsum(dim=1)
        parts = [self.encoder(numeric, categorical), own_cdf]
        if not self.knock_on:
            deep = self.trunk(torch.cat([*parts, inbound.cumsum(dim=1)], dim=1))
            return torch.softmax(self.head(deep) + torch.log(own + _FLOOR), dim=1)
        raw = numeric[:, self.slack]
        known = (~torch.isnan(raw)).to(numeric.dtype)[:, None]
        slack = torch.where(torch.isnan(raw), 0.0, raw).clamp(-_LARGEST_SLACK, _LARGEST_SLACK)
        left = pushed_cdf(inbound, self.edges, slack)
        left = torch.where(known > 0, left, 1.0)  # without a turn nothing is handed on
        over = self.centers[None, :, None] - slack[:, None, None] - self.excess
        knock = torch.matmul(inbound[:, None, :], torch.sigmoid(over / self.softness.exp()))[:, 0] * known
        deep = self.trunk(torch.cat([*parts, left, knock, known], dim=1))
        later = left[:, 1:] * own_cdf  # P(both are below the upper edge)
        later = torch.cat([later[:, :1], later[:, 1:] - later[:, :-1]], dim=1).clamp(min=0)
        prior = self.trust[0] * torch.log(own + _FLOOR) + self.trust[1] * torch.log(later + _FLOOR)
        return torch.softmax(self.head(deep) + prior, dim=1)


class Ensemble(nn.Module):
    """Networks of one kind and several seeds: the mean of their answers (a linear pool stays a pmf)."""

    def __init__(self, members: Sequence[nn.Module]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, *inputs: Tensor) -> Tensor | tuple[Tensor, ...]:
        """The mean of each answer."""
        answers = [member(*inputs) for member in self.members]
        if isinstance(answers[0], tuple):
            return tuple(torch.stack(each).mean(dim=0) for each in zip(*answers))
        return torch.stack(answers).mean(dim=0)
