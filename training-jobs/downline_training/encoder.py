"""The input layer that the three models have in common: raw numbers and codes in, a dense vector out."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from .scaling import Scaling

# Beyond this many spreads from its mean a number says nothing more.
_FARTHEST = 6.0


class Encoder(nn.Module):
    """Standardises, marks what is missing, and codes numbers piecewise linearly (Gorishniy et al. 2022).

    Takes numeric [N, F] (NaN = missing) and categorical [N, C] int64 (0 or out of range = unknown). `hidden` columns
    count as missing: what another layer knows better, and the trunk must not learn the wrong sign of.
    """

    def __init__(self, scaling: Scaling, pieces: int, embedding: int, hidden: Sequence[int] = ()) -> None:
        super().__init__()
        visible = torch.ones(len(scaling.mean), dtype=torch.bool)
        visible[list(hidden)] = False
        self.register_buffer("hidden", ~visible)
        borders = torch.from_numpy(scaling.borders)
        self.pieces = pieces
        self.register_buffer("mean", torch.from_numpy(scaling.mean))
        self.register_buffer("spread", torch.from_numpy(scaling.spread))
        self.register_buffer("low", borders[:, :-1].clone())
        self.register_buffer("width", (borders[:, 1:] - borders[:, :-1]).clamp(min=1e-6))
        sizes = [len(values) + 1 for values in scaling.vocabulary.values()]
        self.register_buffer("sizes", torch.tensor(sizes, dtype=torch.int64))
        self.register_buffer("offsets", torch.tensor([sum(sizes[:i]) for i in range(len(sizes))], dtype=torch.int64))
        self.embed = nn.Embedding(max(sum(sizes), 1), embedding)
        nn.init.normal_(self.embed.weight, std=0.1)
        features = len(scaling.mean)
        self.width_out = features * (2 + pieces) + len(sizes) * embedding

    def forward(self, numeric: Tensor, categorical: Tensor) -> Tensor:
        """[N, width_out]."""
        missing = torch.isnan(numeric) | self.hidden
        value = torch.where(missing, self.mean, numeric)
        parts = [((value - self.mean) / self.spread).clamp(-_FARTHEST, _FARTHEST), missing.to(numeric.dtype)]
        if self.pieces > 0:
            code = ((value[:, :, None] - self.low) / self.width).clamp(0, 1)
            parts.append(torch.where(missing[:, :, None], 0.0, code).flatten(1))
        known = (categorical > 0) & (categorical < self.sizes)
        parts.append(self.embed(torch.where(known, categorical, 0) + self.offsets).flatten(1))
        return torch.cat(parts, dim=1)
