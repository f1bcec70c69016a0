from dataclasses import replace

import numpy as np
import pytest
import torch
from conftest import inputs_of, make_config

from downline_training import stacking
from downline_training.chain import Models, depths, roll
from downline_training.checkpoint import Checkpoints
from downline_training.distribution import LEVELS, pinball
from downline_training.errors import TrainingError
from downline_training.examples import Examples
from downline_training.fit import fit
from downline_training.labels import shuffle_labels
from downline_training.report import measure
from downline_training.stacking import Stacking
from downline_training.storage import open_storage


def fit_all(config, inputs, scaling) -> Models:
    progress = lambda *_: None  # noqa: E731
    return Stacking(config, inputs, scaling, Checkpoints(open_storage(config), config), progress).fit_all()


def score(config, inputs, models):
    chosen = inputs.rows.split == "test"
    return measure(roll(models, inputs, chosen), inputs, chosen, "test")


def test_out_of_fold_networks_never_see_their_own_block(lake, monkeypatch):
    """The last feature is replaced by the row's number, so that each fit tells what it was given."""
    config = make_config(lake, run="spy", epochs=1)
    inputs, scaling = inputs_of(config)
    inputs.numeric[:, 7] = torch.arange(len(inputs.rows), dtype=torch.float32)
    given, asked = {}, {}
    real_fit, real_answer = stacking.fit, stacking.answer
    names = iter(["m1-fold0", "m1-fold1", "m1", "m2-fold0", "m2-fold1", "m2", "m3"])

    def spy_fit(build, train, valid, *rest):
        model = real_fit(build, train, valid, *rest)
        given[id(model)] = (next(names), set(train.inputs[0][:, 7].long().tolist()))
        asked.setdefault("models", []).append(model)
        return model

    def spy_answer(model, tensors):
        asked[id(model)] = set(tensors[0][:, 7].long().tolist())
        return real_answer(model, tensors)

    monkeypatch.setattr(stacking, "fit", spy_fit)
    monkeypatch.setattr(stacking, "answer", spy_answer)
    fit_all(config, inputs, scaling)
    folds = [(name, seen, asked[key]) for key, (name, seen) in given.items() if "-fold" in name]
    assert len(folds) == 4
    for _, seen, told in folds:
        assert not seen & told
        days = inputs.rows.day
        assert not {days[i] for i in seen} & {days[i] for i in told}
        assert told


def test_knock_on_layer_recovers_the_propagation_and_beats_the_rule(done):
    lake = done[0]  # the job's own models come from its checkpoints
    scores = {}
    for run, knock_on in (("run-1", True), ("without", False)):
        config = make_config(lake, run=run, knock_on=knock_on)
        inputs, scaling = inputs_of(config)
        scores[knock_on] = score(config, inputs, fit_all(config, inputs, scaling))
    with_layer, without = scores[True]["test_downline_pinball"], scores[False]["test_downline_pinball"]
    assert with_layer < 0.99 * without
    assert with_layer < 0.85 * scores[True]["test_downline_rule_pinball"]
    assert with_layer < scores[True]["test_downline_direct_pinball"]
    assert scores[True]["test_arrival_pinball"] < 0.9 * scores[True]["test_arrival_rule_pinball"]


def test_shuffled_labels_teach_nothing(done):
    lake = done[0]
    config = make_config(lake, run="shuffled", shuffle_labels=True)
    inputs, scaling = inputs_of(config)
    truth = inputs.rows
    shuffled = shuffle_labels(truth, config.seed)
    test = truth.split == "test"
    assert np.array_equal(shuffled.y_departure[test], truth.y_departure[test], equal_nan=True)
    assert not np.array_equal(shuffled.y_departure[~test], truth.y_departure[~test], equal_nan=True)
    blind = replace(inputs, rows=shuffled)
    found = score(config, inputs, fit_all(config, blind, scaling))["test_departure_pinball"]
    sighted = make_config(lake)
    wanted = score(sighted, inputs, fit_all(sighted, inputs, scaling))["test_departure_pinball"]
    train = (truth.split == "train") & np.isfinite(truth.y_departure) & np.isnan(truth.departed)
    asked = test & np.isfinite(truth.y_departure) & np.isnan(truth.departed)
    always_the_same = np.repeat(np.quantile(truth.y_departure[train], LEVELS)[None], asked.sum(), axis=0)
    climatology = pinball(always_the_same, truth.y_departure[asked]).mean()
    assert found > 0.97 * climatology
    assert wanted < 0.85 * climatology


def test_waves_follow_the_rotation(lake):
    inputs, _ = inputs_of(make_config(lake))
    rows = inputs.rows
    waves = depths(rows, np.ones(len(rows), bool))
    assert sum(map(len, waves)) == len(rows)
    place = np.empty(len(rows), int)
    for number, wave in enumerate(waves):
        place[wave] = number
    linked = rows.previous >= 0
    assert (place[linked] == place[rows.previous[linked]] + 1).all()


def test_divergence_is_an_error(lake):
    config = make_config(lake)
    many = 600
    examples = Examples((torch.full((many, 1), 1e38),), torch.full((many,), 30.0))

    class Bad(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(1, len(config.edges) - 1)

        def forward(self, x):
            return torch.softmax(self.layer(x * x), dim=1)

    with pytest.raises(TrainingError, match="not finite") as caught:
        fit(Bad, examples, None, config, 1, lambda *_: None)
    assert caught.value.code == "TRAINING_FAILED"
