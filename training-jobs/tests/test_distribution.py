import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from downline_training.config import DEFAULT_EDGES
from downline_training.distribution import LEVELS, indicator, pinball, probability_integral, pushed_cdf, quantiles
from downline_training.loss import crps, delay_loss

EDGES = np.asarray(DEFAULT_EDGES, np.float64)
BINS = len(EDGES) - 1
masses = arrays(np.float64, BINS, elements=st.floats(0, 1)).filter(lambda m: m.sum() > 1e-3).map(lambda m: m / m.sum())
delays = st.floats(-300, 3000, allow_nan=False)


@given(masses)
def test_quantiles_ascend_within_the_edges(mass):
    found = quantiles(mass[None], EDGES)[0]
    assert (np.diff(found) >= 0).all()
    assert EDGES[0] <= found[0] <= found[-1] <= EDGES[-1]


@given(masses)
def test_quantiles_invert_the_cdf(mass):
    found = quantiles(mass[None], EDGES)[0]
    cdf = probability_integral(np.repeat(mass[None], len(LEVELS), axis=0), EDGES, found)
    assert np.abs(cdf - LEVELS).max() < 1e-6


@given(delays)
def test_indicator_has_one_bin_that_holds_the_delay(delay):
    row = indicator(np.array([delay]), EDGES)[0]
    place = int(row.argmax())
    assert row.sum() == 1
    assert EDGES[place] <= delay < EDGES[place + 1] or place in (0, BINS - 1)


@settings(max_examples=30)
@given(masses, delays)
def test_crps_is_the_integral_it_says(mass, delay):
    edges = torch.from_numpy(EDGES)
    found = crps(torch.from_numpy(mass)[None], edges, torch.tensor([delay], dtype=torch.float64)).item()
    x = np.linspace(EDGES[0], EDGES[-1], 200_001)
    cdf = np.interp(x, EDGES, np.append(0, mass.cumsum()))
    wanted = np.trapezoid((cdf - (x >= np.clip(delay, EDGES[0], EDGES[-1]))) ** 2, x)
    assert found == pytest.approx(wanted, abs=0.02)


def test_crps_is_twice_the_mean_pinball_over_all_levels():
    rng = np.random.default_rng(0)
    mass = rng.dirichlet(np.ones(BINS) * 0.3)
    levels = (np.arange(4_000) + 0.5) / 4_000
    for delay in (-20.0, 3.0, 77.0, 640.0):
        integral = 2 * pinball(quantiles(mass[None], EDGES, levels), np.array([delay]), levels)[0]
        found = crps(torch.from_numpy(mass)[None], torch.from_numpy(EDGES), torch.tensor([delay])).item()
        assert found == pytest.approx(integral, rel=5e-3)


def test_pinball_by_hand():
    assert pinball(np.array([[10.0]]), np.array([14.0]), np.array([0.9]))[0] == pytest.approx(3.6)
    assert pinball(np.array([[10.0]]), np.array([4.0]), np.array([0.9]))[0] == pytest.approx(0.6)


def test_loss_passes_over_rows_without_a_delay():
    pmf = torch.full((3, BINS), 1 / BINS)
    edges = torch.tensor(DEFAULT_EDGES)
    some = delay_loss(pmf, edges, torch.tensor([5.0, float("nan"), 5.0]))
    assert some.item() == pytest.approx(crps(pmf[:1], edges, torch.tensor([5.0])).item())
    assert delay_loss(pmf, edges, torch.full((3,), float("nan"))).item() == 0


@given(masses, st.floats(-500, 500))
def test_slack_takes_off_what_it_is(mass, slack):
    left = pushed_cdf(torch.from_numpy(mass)[None], torch.from_numpy(EDGES), torch.tensor([slack], dtype=torch.float64))
    wanted = np.interp(EDGES + slack, EDGES, np.append(0, mass.cumsum()))
    assert np.abs(left.numpy()[0] - wanted).max() < 1e-9
