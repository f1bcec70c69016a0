"""Made-up rows in the schema of training rows, with a known way in which delay travels. For tests and measurements."""

from __future__ import annotations

import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

NAMED = ("lead", "position", "turn_slack", "rule_departure", "rule_arrival", "airport_delay", "wind", "hour")
CATEGORIES = ("carrier", "origin", "destination")


def feature_names(count: int = 8) -> tuple[str, ...]:
    """The named features and as many that say nothing as make `count`."""
    return (*NAMED, *(f"noise_{i}" for i in range(count - len(NAMED))))


def synthetic_rows(rotations: int, features: int = 8, days: int = 40, seed: int = 1) -> pa.Table:
    """Rotations of four legs, each seen once: at a random moment of its day.

    A leg departs at max(own delay, inbound delay - slack); it arrives so much later plus what the way adds. The own
    delay depends on the airport's delay and the wind. So P(knock-on) has a sharp edge that the slack decides.
    """
    rng = np.random.default_rng(seed)
    legs, count = 4, rotations * 4
    day = np.sort(rng.integers(0, days, rotations))
    weather = rng.gamma(2.0, 6.0, days)[day][:, None] + rng.normal(0, 2, (rotations, legs))
    wind = rng.gamma(2.0, 5.0, (rotations, legs))
    slack = rng.choice([5.0, 10, 20, 30, 45, 60, 90, 120], (rotations, legs))
    own = rng.exponential(np.maximum(weather, 1) * 0.8 + 2) + 0.4 * np.maximum(wind - 15, 0) - 6
    own += (rng.random((rotations, legs)) < 0.05) * rng.exponential(90, (rotations, legs))
    departure, arrival = np.empty((rotations, legs)), np.empty((rotations, legs))
    carrier, origin = rng.integers(0, 6, (rotations, legs)), rng.integers(0, 3, (rotations, legs))
    for leg in range(legs):
        knock = arrival[:, leg - 1] - slack[:, leg] if leg > 0 else np.full(rotations, -99.0)
        departure[:, leg] = np.round(np.maximum(own[:, leg], knock))
        arrival[:, leg] = np.round(departure[:, leg] - 4 + rng.normal(0, 8, rotations) + carrier[:, leg])
    cancelled = rng.random((rotations, legs)) < 0.01 + 0.03 * (weather > 25)
    arrival[cancelled] = np.maximum(arrival[cancelled], 0)
    seen = rng.integers(0, legs, rotations)[:, None]  # legs before this one have arrived
    left = rng.random((rotations, 1)) < 0.3  # that leg has left
    position = np.broadcast_to(np.arange(legs), (rotations, legs))
    departed = np.where((position == seen) & left & ~cancelled, departure, np.nan)
    known = np.where(position > 0, np.roll(arrival, 1, axis=1), np.nan)
    known = np.where(position == seen, known, np.nan)  # the inbound leg has arrived
    carried = np.where(np.isnan(known), 0, known - slack)
    rule = np.maximum(np.where(np.isnan(departed), carried, departed), 0)
    names = np.array(["train", "valid", "test"])
    split = names[np.searchsorted([days * 0.7, days * 0.85], np.arange(days), side="right")][day]
    numeric = {
        "lead": 60.0 + 90 * (position - seen), "position": position,
        "turn_slack": np.where(position > 0, slack, np.nan),
        "rule_departure": rule, "rule_arrival": rule, "airport_delay": weather, "wind": wind, "hour": 6 + 3 * position,
    }  # fmt: skip
    numeric["wind"] = np.where(rng.random((rotations, legs)) < 0.05, np.nan, wind)
    for name in feature_names(features)[len(NAMED) :]:
        numeric[name] = rng.normal(0, 1, (rotations, legs))
    prev_open = (position > seen).astype(np.int64)
    message = np.repeat(np.arange(rotations), legs)
    days_text = [f"2013-{4 + d // 30:02d}-{1 + d % 30:02d}" for d in range(days)]
    columns = {
        "message": [f"m{m}" for m in message], "rotation": [f"N{m % 97}" for m in message],
        "flight": [f"f{i}" for i in range(count)], "day": [days_text[d] for d in np.repeat(day, legs)],
        "split": np.repeat(split, legs), "as_of": np.repeat(day * 1440 + 600, legs), "leg": position.ravel(),
        "prev_leg": _nullable(np.where(position > 0, position - 1, np.nan)), "prev_arrival": _nullable(known),
        "prev_open": prev_open.ravel(), "departed": _nullable(departed),
        "y_departure": _nullable(np.where(cancelled, np.nan, departure)),
        "y_arrival": _nullable(np.where(cancelled, np.nan, arrival)), "y_cancelled": cancelled.ravel().astype(np.int64),
        "rule_departure": rule.ravel(), "rule_arrival": rule.ravel(),
        **{f"f_{name}": _nullable(np.broadcast_to(value, (rotations, legs))) for name, value in numeric.items()},
        "c_carrier": [f"C{c}" for c in carrier.ravel()], "c_origin": [f"O{c}" for c in origin.ravel()],
        "c_destination": [f"D{c}" for c in rng.integers(0, 40, count)],
    }  # fmt: skip
    open_ = (position >= seen).ravel()
    return pa.table(columns).filter(pa.array(open_))


def _nullable(values: np.ndarray) -> pa.Array:
    return pa.array(np.asarray(values, np.float64).ravel(), from_pandas=True)


def as_parquet(table: pa.Table) -> bytes:
    """A table as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()
