"""A lake in a folder with made-up rows, and a job that has been done on it once."""

from __future__ import annotations

import contextlib
import io
import json
import os
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import pytest
import torch

from downline_training.chain import Inputs
from downline_training.config import Config
from downline_training.job import train
from downline_training.rows import read_rows
from downline_training.scaling import encode_categories, fit_scaling
from downline_training.storage import open_storage
from downline_training.synthetic import CATEGORIES, as_parquet, feature_names, synthetic_rows

BASE = {"run": "run-1", "dataset": "d", "meaning": "m", "features": feature_names(), "categories": CATEGORIES}
SMALL = {"epochs": 3, "hidden": 48, "threads": 1, "batch": 512, "created_at": "2013-06-10T00:00:00Z"}


def make_config(folder: Path, **changes: object) -> Config:
    return Config.model_validate({**BASE, **SMALL, "folder": str(folder), **changes})


def put_rows(folder: Path, rotations: int, **options: int) -> None:
    path = folder / "datasets/d/rows"
    path.mkdir(parents=True)
    table = synthetic_rows(rotations, **options)
    half = len(table) // 2
    (path / "0.parquet").write_bytes(as_parquet(table.slice(0, half)))
    (path / "1.parquet").write_bytes(as_parquet(table.slice(half)))


def inputs_of(config: Config) -> tuple[Inputs, object]:
    rows = read_rows(open_storage(config), config.dataset, config.features, config.categories)
    scaling = fit_scaling(rows, config.numeric_bins)
    codes = torch.from_numpy(encode_categories(rows.text, scaling.vocabulary))
    edges = torch.tensor(config.edges, dtype=torch.float64).numpy()
    return Inputs(rows, torch.from_numpy(rows.numeric), codes, edges), scaling


def run_job(config: Config) -> tuple[dict, list[dict]]:
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        result = train(config)
    # MLflow prints lines of its own between ours.
    return result, [json.loads(line) for line in output.getvalue().splitlines() if line.startswith("{")]


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lake")
    put_rows(folder, 6000)
    return folder


@pytest.fixture(scope="session")
def done(lake: Path) -> tuple[Path, dict, list[dict]]:
    result, lines = run_job(make_config(lake))
    return lake, result, lines
