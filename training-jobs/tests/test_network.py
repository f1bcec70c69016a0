import numpy as np
import pytest
import torch
from conftest import BASE, SMALL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from downline_training.config import Config
from downline_training.export import export_graph, run_graph
from downline_training.network import ArrivalNetwork, DepartureNetwork, DownlineNetwork, Ensemble
from downline_training.scaling import Scaling

CONFIG = Config.model_validate({**BASE, **SMALL, "folder": "."})
FEATURES, BINS = len(CONFIG.features), len(CONFIG.edges) - 1
wild = st.one_of(st.floats(width=32), st.floats(-100, 100, width=32), st.just(np.float32("nan")))
vectors = arrays(np.float32, (5, FEATURES), elements=wild)
codes = arrays(np.int64, (5, 3), elements=st.one_of(st.integers(-5, 50), st.integers(-(2**62), 2**62)))
masses = arrays(np.float32, (5, BINS), elements=st.floats(0, 1, width=32)).map(
    lambda m: ((m + 1e-4) / (m + 1e-4).sum(axis=1, keepdims=True)).astype(np.float32)
)
patient = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def networks(seed: int = 0) -> dict[str, torch.nn.Module]:
    rng = np.random.default_rng(seed)
    vocabulary = {name: [f"V{i}" for i in range(size)] for name, size in zip(CONFIG.categories, (6, 3, 40))}
    borders = np.sort(rng.normal(0, 30, (FEATURES, CONFIG.numeric_bins + 1)), axis=1)
    spread = rng.uniform(1, 30, FEATURES).astype(np.float32)
    scaling = Scaling(rng.normal(0, 5, FEATURES).astype(np.float32), spread, borders.astype(np.float32), vocabulary)
    torch.manual_seed(seed)
    models = {
        "m1": DepartureNetwork(CONFIG, scaling, np.full(BINS, 1 / BINS), 0.02),
        "m2": ArrivalNetwork(CONFIG, scaling),
        "m3": DownlineNetwork(CONFIG, scaling),
    }
    for model in models.values():  # heads that say something
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    return {name: Ensemble([model]).eval() for name, model in models.items()}


MODELS = networks()
GRAPHS = {name: export_graph(model, name, FEATURES, 3, BINS) for name, model in MODELS.items()}
EXTRA = {"m1": (), "m2": ("departure",), "m3": ("inbound", "own")}


@pytest.mark.parametrize("name", MODELS)
@patient
@given(numeric=vectors, categorical=codes, first=masses, second=masses)
def test_any_input_gives_a_pmf_and_onnx_gives_the_same(name, numeric, categorical, first, second):
    given_ = {"numeric": numeric, "categorical": categorical, **dict(zip(EXTRA[name], (first, second)))}
    said = run_graph(GRAPHS[name], given_)
    with torch.inference_mode():
        expected = MODELS[name](*(torch.from_numpy(each) for each in given_.values()))
    expected = expected if isinstance(expected, tuple) else (expected,)
    for found, tensor in zip(said.values(), expected):
        assert np.abs(found - tensor.numpy()).max() < 1e-5
    pmf = said["pmf"]
    assert (pmf >= 0).all()
    assert np.abs(pmf.sum(axis=1) - 1).max() < 1e-5
    assert (np.diff(pmf.cumsum(axis=1), axis=1) >= 0).all()
    if name == "m1":
        assert ((said["cancel"] >= 0) & (said["cancel"] <= 1)).all()


@pytest.mark.parametrize("count", [1, 2, 33])
def test_graphs_take_any_number_of_rows(count):
    mass = np.full((count, BINS), 1 / BINS, np.float32)
    for name, graph in GRAPHS.items():
        given_ = {"numeric": np.zeros((count, FEATURES), np.float32), "categorical": np.zeros((count, 3), np.int64)}
        assert run_graph(graph, given_ | dict.fromkeys(EXTRA[name], mass))["pmf"].shape == (count, BINS)


def test_a_row_does_not_depend_on_its_neighbours():
    rng = np.random.default_rng(3)
    numeric = rng.normal(0, 20, (64, FEATURES)).astype(np.float32)
    categorical = rng.integers(0, 4, (64, 3))
    together = run_graph(GRAPHS["m1"], {"numeric": numeric, "categorical": categorical})["pmf"]
    alone = run_graph(GRAPHS["m1"], {"numeric": numeric[7:8], "categorical": categorical[7:8]})["pmf"]
    assert np.abs(together[7] - alone[0]).max() < 1e-6


def test_graphs_hold_no_path_of_this_machine():
    for graph in GRAPHS.values():
        assert b"downline_training" not in graph
        assert b"site-packages" not in graph
