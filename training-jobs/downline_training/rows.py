"""Training rows: the Parquet parts of a dataset version as arrays ("Training rows" of docs/architecture.md)."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from .errors import TrainingError
from .storage import Storage

SPLITS = ("train", "valid", "test")
_TEXT = ("message", "flight", "day", "split")
_NUMBER = ("leg", "prev_leg", "prev_arrival", "prev_open", "departed")
_LABEL = ("y_departure", "y_arrival", "y_cancelled", "rule_departure", "rule_arrival")


@dataclass(frozen=True)
class Rows:
    """N rows. Delays in minutes; NaN where there is none. `previous[i]` is the row of the leg before, or -1."""

    day: np.ndarray  # [N] str, operating day
    split: np.ndarray  # [N] str
    numeric: np.ndarray  # [N, F] float32, NaN = missing
    text: dict[str, np.ndarray]  # category -> [N] str
    has_previous: np.ndarray  # [N] bool: a leg of the same rotation precedes it
    previous: np.ndarray  # [N] int64: its row where it is open, else -1
    prev_arrival: np.ndarray  # [N] its actual arrival delay as known then
    departed: np.ndarray  # [N] actual departure delay as known then
    y_departure: np.ndarray  # [N]
    y_arrival: np.ndarray  # [N]
    y_cancelled: np.ndarray  # [N] 0 or 1
    rule_departure: np.ndarray  # [N]
    rule_arrival: np.ndarray  # [N]

    def __len__(self) -> int:
        return len(self.day)


def read_rows(storage: Storage, dataset: str, features: tuple[str, ...], categories: tuple[str, ...]) -> Rows:
    """All rows of a dataset version. Raises `DATASET_INVALID` with the file and the column at fault."""
    keys = [key for key in storage.list(f"datasets/{dataset}/rows") if key.endswith(".parquet")]
    if not keys:
        raise TrainingError("DATASET_INVALID", f"dataset {dataset} has no rows: nothing under datasets/{dataset}/rows/")
    wanted = [*_TEXT, *_NUMBER, *_LABEL, *(f"f_{f}" for f in features), *(f"c_{c}" for c in categories)]
    return _arrays(pa.concat_tables([_part(storage, key, wanted) for key in keys]), dataset, features, categories)


def _part(storage: Storage, key: str, wanted: list[str]) -> pa.Table:
    """One Parquet file in the columns and types that are wanted."""
    try:
        file = pq.ParquetFile(io.BytesIO(storage.read(key)))
    except (pa.ArrowException, OSError) as error:
        raise TrainingError("DATASET_INVALID", f"{key} is not a whole Parquet file: {error}") from error
    missing = [name for name in wanted if name not in file.schema_arrow.names]
    if missing:
        raise TrainingError("DATASET_INVALID", f"{key} lacks columns: {', '.join(missing[:10])}")
    columns = {}
    try:
        table = file.read(columns=wanted)
    except (pa.ArrowException, OSError) as error:
        raise TrainingError("DATASET_INVALID", f"{key} cannot be read: {error}") from error
    for name in wanted:
        text = name in _TEXT or name.startswith("c_")
        column = table.column(name)
        if text != _is_text(column.type) or not (text or _is_number(column.type)):
            wants = "text" if text else "numbers"
            raise TrainingError("DATASET_INVALID", f"{key}: column {name} wants {wants}, is {column.type}")
        columns[name] = column.cast(pa.string() if text else pa.float64())
    return pa.table(columns)


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _is_number(kind: pa.DataType) -> bool:
    null = pa.types.is_null(kind)  # a column without a single value
    return null or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)


def _arrays(table: pa.Table, dataset: str, features: tuple[str, ...], categories: tuple[str, ...]) -> Rows:
    def number(name: str) -> np.ndarray:
        return table.column(name).to_numpy().astype(np.float64)

    def text(name: str) -> np.ndarray:
        return pc.fill_null(table.column(name), "").to_numpy(zero_copy_only=False).astype(str)

    split = text("split")
    unknown = sorted(set(split) - set(SPLITS))
    if unknown:
        raise TrainingError("DATASET_INVALID", f"dataset {dataset} has rows of split {str(unknown[0])!r}")
    for name in SPLITS[:2]:
        if not (split == name).any():
            raise TrainingError("DATASET_INVALID", f"dataset {dataset} has no rows to {name} on")
    cancelled = number("y_cancelled")
    if not np.isin(cancelled, (0.0, 1.0)).all():
        raise TrainingError("DATASET_INVALID", f"dataset {dataset}: y_cancelled wants 0 or 1")
    labels = {name: number(name) for name in ("y_departure", "y_arrival", "departed", "prev_arrival")}
    for name, values in labels.items():
        if np.isinf(values).any():
            raise TrainingError("DATASET_INVALID", f"dataset {dataset}: {name} is infinite")
    numeric = np.empty((len(split), len(features)), np.float32)
    for index, feature in enumerate(features):
        numeric[:, index] = number(f"f_{feature}")
    return Rows(
        day=text("day"),
        split=split,
        numeric=numeric,
        text={name: text(f"c_{name}") for name in categories},
        has_previous=~np.isnan(number("prev_leg")),
        previous=_previous(text("message"), number("leg"), number("prev_leg"), number("prev_open"), dataset),
        y_cancelled=cancelled,
        rule_departure=number("rule_departure"),
        rule_arrival=number("rule_arrival"),
        **labels,
    )


def _previous(
    message: np.ndarray, leg: np.ndarray, prev_leg: np.ndarray, open_: np.ndarray, dataset: str
) -> np.ndarray:
    """The row of each row's preceding leg, where that leg has one. Always earlier in the chain than the row."""
    where = {}
    for index, place in enumerate(zip(message.tolist(), leg.tolist())):
        if place in where:
            raise TrainingError(
                "DATASET_INVALID", f"dataset {dataset}: message {place[0]} has leg {place[1]:.0f} twice"
            )
        where[place] = index
    previous = np.full(len(leg), -1, np.int64)
    for index in np.flatnonzero(open_ == 1).tolist():
        if not prev_leg[index] < leg[index]:
            raise TrainingError(
                "DATASET_INVALID", f"dataset {dataset}: message {message[index]}: prev_leg not before leg"
            )
        found = where.get((message[index].item(), prev_leg[index].item()))
        if found is None:
            raise TrainingError(
                "DATASET_INVALID", f"dataset {dataset}: message {message[index]} lacks the row of an open leg"
            )
        previous[index] = found
    return previous
