"""The work of a training job, from rows to a bundle on the lake and in MLflow."""

from __future__ import annotations

import numpy as np
import torch

from .bundle import Bundle, make_bundle, upload
from .chain import Answers, Inputs, Models, roll
from .checkpoint import Checkpoints
from .config import Config
from .export import SIGNATURES, export_graph, golden, pick_vectors
from .fit import prepare
from .labels import shuffle_labels
from .plots import calibration_plots
from .progress import Progress
from .report import measure
from .rows import SPLITS, read_rows
from .scaling import Scaling, encode_categories, fit_scaling
from .stacking import Stacking
from .storage import Storage, open_storage
from .tracking import Tracker


def train(config: Config) -> dict[str, object]:
    """The whole job; answers `{bundle, mlflow_run, metrics}`. Raises `TrainingError`."""
    prepare(config)
    progress = Progress()
    progress.begun(f"reading dataset {config.dataset}")
    storage = open_storage(config)
    rows = read_rows(storage, config.dataset, config.features, config.categories)
    tracker = Tracker(config)
    try:
        tracker.describe({split: int((rows.split == split).sum()) for split in SPLITS})
        if config.shuffle_labels:
            rows = shuffle_labels(rows, config.seed)
        scaling = fit_scaling(rows, config.numeric_bins)
        codes = torch.from_numpy(encode_categories(rows.text, scaling.vocabulary))
        inputs = Inputs(rows, torch.from_numpy(rows.numeric), codes, np.asarray(config.edges, np.float64))

        def epoch_over(stage: str, part: float, epoch: int, loss: float, score: float | None) -> None:
            progress.fitting(stage, part, epoch, config.epochs, score)
            if np.isfinite(loss):
                tracker.epoch(stage, epoch, loss, score)

        models = Stacking(config, inputs, scaling, Checkpoints(storage, config), epoch_over).fit_all()
        progress.closing(0.1, "measuring the chain on held-out days")
        held_out = roll(models, inputs, rows.split != "train")
        metrics = {}
        for split in SPLITS[1:]:
            metrics |= measure(held_out, inputs, rows.split == split, split)
        bundle = _pack(config, models, inputs, scaling, held_out, metrics, tracker, storage, progress)
        tracker.metrics(metrics)
        tracker.artifacts(calibration_plots(held_out, inputs, rows.split == "test"), "plots")
        tracker.artifacts(bundle.files, "bundle")
        tracker.finish(bundle.digest)
    except BaseException as error:
        tracker.fail(str(error))
        raise
    return {"bundle": bundle.digest, "mlflow_run": tracker.run, "metrics": metrics}


def _pack(
    config: Config,
    models: Models,
    inputs: Inputs,
    scaling: Scaling,
    held_out: Answers,
    metrics: dict[str, float],
    tracker: Tracker,
    storage: Storage,
    progress: Progress,
) -> Bundle:
    """The bundle, on the lake."""
    bins = len(config.edges) - 1
    graphs = {}
    for index, name in enumerate(SIGNATURES):
        progress.closing(0.2 + 0.2 * index, f"exporting {name}")
        graphs[name] = export_graph(getattr(models, name), name, len(config.features), len(config.categories), bins)
    vectors = pick_vectors(inputs, inputs.rows.split != "train", 64)
    answers = golden(graphs, models, inputs, held_out, vectors)
    bundle = make_bundle(config, scaling, graphs, answers, metrics, tracker.run, tracker.created_at)
    progress.closing(0.9, f"storing bundle {bundle.digest}")
    upload(bundle, storage)
    return bundle
