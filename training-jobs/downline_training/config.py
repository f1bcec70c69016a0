"""What a training job is asked to do. The caller's preset decides the sizes; defaults are those of `demo`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from .errors import TrainingError

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]*$")]

# Minutes. Fine where most flights are, and with 0, 15, 30 and 60, where probabilities are asked for, as edges.
DEFAULT_EDGES: tuple[float, ...] = (
    *(-120, -75, -60, -50, -40, -35, -30, -27, -24, -21, -18, -16, -14, -12, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1),
    *(0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 21, 25, 30, 35, 40, 45, 52, 60, 68, 76, 85, 95, 105, 120, 135, 150),
    *(170, 190, 215, 245, 280, 330, 400, 500, 700, 1440),
)


class Frozen(BaseModel):
    """A settings object that names what it does not know and never changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class S3(Frozen):
    """Where the lake is. Secrets come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from here in tests."""

    endpoint: str = Field(pattern=r"^https?://", description="Address of the S3 service.")
    bucket: str = Field(min_length=3, max_length=63, description="Bucket of the lake.")
    prefix: str = Field("", description="Prefix of every key, without a slash at its end.")
    key: str | None = Field(None, description="Access key; the environment's when absent.")
    secret: str | None = Field(None, repr=False, description="Secret key; the environment's when absent.")


class Config(Frozen):
    """One training job. Equal configurations give equal bundles, to the digit, on one machine."""

    run: Name = Field(description="Pipeline run: names checkpoints and finds the MLflow run again.")
    dataset: Name = Field(description="Dataset version: `datasets/<version>/rows/*.parquet`.")
    s3: S3 | None = Field(None, description="The lake on S3; exactly one of `s3` and `folder`.")
    folder: str | None = Field(None, description="The lake as a local folder, for trials.")
    mlflow: str | None = Field(None, description="Address of the MLflow server; nothing is tracked when absent.")
    experiment: str = Field("downline", description="MLflow experiment.")
    name: str = Field("downline", description="Name of the bundle.")
    commit: str = Field("unknown", max_length=80, description="Code commit, into the bundle and the run's tags.")
    meaning: str = Field(description="Hash of what the features mean (`MEANING` of lib/rotation).")
    features: tuple[str, ...] = Field(min_length=1, description="Numeric features in the order of the vector.")
    categories: tuple[str, ...] = Field((), description="Categorical features in the order of the vector.")
    edges: tuple[float, ...] = Field(DEFAULT_EDGES, description="Bin edges in minutes, ascending.")
    epochs: int = Field(6, ge=1, le=200, description="Passes over the rows; the best by valid pinball is kept.")
    patience: int = Field(3, ge=1, description="Epochs without a better valid pinball after which a fit ends.")
    seeds: int = Field(1, ge=1, le=9, description="Networks of each model; the graph answers with their mean.")
    folds: int = Field(2, ge=2, le=10, description="Groups of days for out-of-fold answers.")
    block_days: int = Field(5, ge=1, description="Days in a row that stay in one fold.")
    hidden: int = Field(160, ge=4, le=2048, description="Width of the two hidden layers.")
    numeric_bins: int = Field(6, ge=0, le=64, description="Pieces of a feature's piecewise-linear code; 0 = none.")
    embedding: int = Field(8, ge=1, le=64, description="Width of a category's embedding.")
    dropout: float = Field(0.1, ge=0, lt=1, description="Share of hidden units left out while training.")
    knock_on: bool = Field(True, description="M3 with its knock-on layer; off only to measure what it brings.")
    batch: int = Field(1024, ge=2, description="Rows of a step.")
    lr: float = Field(3e-3, gt=0, description="Highest rate of the one-cycle schedule.")
    weight_decay: float = Field(1e-3, ge=0, description="Decoupled weight decay (AdamW).")
    seed: int = Field(13, ge=0, lt=2**31, description="Seed of weights, order, dropout and shuffling.")
    threads: int = Field(2, ge=1, le=64, description="Threads of torch; part of what makes a result repeatable.")
    shuffle_labels: bool = Field(False, description="Trains on shuffled labels: the gates must reject the result.")
    created_at: str | None = Field(None, description="Instant written into the bundle; MLflow's start when absent.")

    @model_validator(mode="after")
    def _consistent(self) -> Config:
        if (self.s3 is None) == (self.folder is None):
            raise ValueError("wants exactly one of s3 and folder")
        if len(set(self.features)) != len(self.features) or len(set(self.categories)) != len(self.categories):
            raise ValueError("feature names repeat")
        if self.knock_on and "turn_slack" not in self.features:
            raise ValueError("the knock-on layer wants the feature turn_slack")
        if len(self.edges) < 3 or any(b <= a for a, b in zip(self.edges, self.edges[1:])):
            raise ValueError("edges want at least 3 ascending values")
        return self

    def fingerprint(self) -> str:
        """Whatever decides the weights, as text: a checkpoint of another one is not taken up."""
        return self.model_dump_json(exclude={"s3", "folder", "mlflow", "experiment", "name", "created_at"})


def parse_config(text: str, source: str = "config") -> Config:
    """The configuration in a JSON text. Raises `SETTING_INVALID` naming each field at fault."""
    try:
        return Config.model_validate(json.loads(text))
    except json.JSONDecodeError as error:
        raise TrainingError("SETTING_INVALID", f"{source} is not JSON: {error}") from error
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'config'}: {e['msg']}" for e in error.errors())
        raise TrainingError("SETTING_INVALID", f"{source}: {faults}") from error


def read_config(path: str) -> Config:
    """The configuration in a file. Raises `SETTING_INVALID`."""
    try:
        text = Path(path).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise TrainingError("SETTING_INVALID", f"{path} cannot be read: {error}") from error
    return parse_config(text, path)
