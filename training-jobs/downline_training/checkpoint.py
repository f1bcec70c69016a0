"""Fitted networks kept on the lake under `checkpoints/<run>/`, so that a killed job goes on where it was."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable

import torch
from torch import nn

from .config import Config
from .storage import Storage


class Checkpoints:
    """The networks that a run has fitted so far."""

    def __init__(self, storage: Storage, config: Config) -> None:
        self.storage = storage
        self.folder = f"checkpoints/{config.run}"
        # Other settings or another torch give other weights: their checkpoints are not ours.
        self.of = hashlib.sha256(f"{config.fingerprint()} {torch.__version__}".encode()).hexdigest()

    def load(self, stage: str, build: Callable[[], nn.Module]) -> nn.Module | None:
        """The network of a stage, or None when it is not there, damaged, or of other settings."""
        body = self.storage.read_or_none(f"{self.folder}/{stage}.pt")
        if body is None:
            return None
        model = build()
        try:
            kept = torch.load(io.BytesIO(body), weights_only=True)
            if kept["of"] != self.of:
                return None
            model.load_state_dict(kept["state"])
        except Exception:  # damaged in any way: the stage is fitted again
            return None
        model.eval()
        return model

    def save(self, stage: str, model: nn.Module) -> None:
        """Keeps the network of a stage."""
        buffer = io.BytesIO()
        torch.save({"of": self.of, "state": model.state_dict()}, buffer)
        self.storage.write(f"{self.folder}/{stage}.pt", buffer.getvalue())
