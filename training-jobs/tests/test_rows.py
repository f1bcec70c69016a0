import numpy as np
import pyarrow as pa
import pytest
from conftest import make_config, put_rows

from downline_training.errors import TrainingError
from downline_training.folds import fold_of
from downline_training.rows import read_rows
from downline_training.storage import open_storage
from downline_training.synthetic import as_parquet, synthetic_rows

TABLE = synthetic_rows(300)


def read(folder, table=None, body=None, **changes):
    path = folder / "datasets/d/rows"
    path.mkdir(parents=True, exist_ok=True)
    (path / "0.parquet").write_bytes(as_parquet(table) if body is None else body)
    config = make_config(folder, **changes)
    return read_rows(open_storage(config), "d", config.features, config.categories)


def refused(folder, words, **options):
    with pytest.raises(TrainingError, match=words) as caught:
        read(folder, **options)
    assert caught.value.code == "DATASET_INVALID"


def replace(name, values):
    return TABLE.set_column(TABLE.column_names.index(name), name, values)


def test_links_each_open_leg_with_the_one_before(tmp_path):
    rows = read(tmp_path, TABLE)
    message, leg = TABLE["message"].to_pylist(), TABLE["leg"].to_pylist()
    linked = np.flatnonzero(rows.previous >= 0)
    assert len(linked) > 100
    for index in linked:
        before = rows.previous[index]
        assert (message[before], leg[before]) == (message[index], leg[index] - 1)


def test_parts_are_one_dataset(tmp_path):
    put_rows(tmp_path, 300)
    config = make_config(tmp_path)
    assert len(read_rows(open_storage(config), "d", config.features, config.categories)) == len(TABLE)


def test_a_column_without_any_value_is_missing_numbers(tmp_path):
    rows = read(tmp_path, replace("f_wind", pa.nulls(len(TABLE))))
    assert np.isnan(rows.numeric[:, 6]).all()


def test_no_rows_at_all(tmp_path):
    with pytest.raises(TrainingError, match="no rows") as caught:
        read_rows(open_storage(make_config(tmp_path)), "d", ("a",), ())
    assert caught.value.code == "DATASET_INVALID"


@pytest.mark.parametrize("share", [0, 0.3, 0.97])
def test_truncated_file(tmp_path, share):
    whole = as_parquet(TABLE)
    refused(tmp_path, "0.parquet is not a whole Parquet file", body=whole[: int(len(whole) * share)])


def test_damaged_pages(tmp_path):
    whole = bytearray(as_parquet(TABLE))
    whole[4:4000] = b"\xff" * 3996
    refused(tmp_path, "cannot be read", body=bytes(whole))


def test_hostile_bytes(tmp_path):
    refused(tmp_path, "not a whole Parquet file", body=b"PAR1" + b"\x00" * 64 + b"\xff\xff\xff\x7fPAR1")


def test_missing_column(tmp_path):
    refused(tmp_path, "lacks columns: f_turn_slack", table=TABLE.drop_columns(["f_turn_slack"]))


def test_text_for_a_number(tmp_path):
    refused(tmp_path, "f_wind wants numbers, is string", table=replace("f_wind", pa.array(["9"] * len(TABLE))))


def test_number_for_text(tmp_path):
    refused(tmp_path, "c_carrier wants text", table=replace("c_carrier", pa.array([1] * len(TABLE))))


def test_empty_part(tmp_path):
    refused(tmp_path, "no rows to train on", table=TABLE.slice(0, 0))


def test_unknown_split(tmp_path):
    refused(tmp_path, "split 'all'", table=replace("split", pa.array(["all"] * len(TABLE))))


def test_a_cancellation_that_is_neither(tmp_path):
    refused(tmp_path, "y_cancelled wants 0 or 1", table=replace("y_cancelled", pa.array([2] * len(TABLE))))


def test_infinite_label(tmp_path):
    refused(tmp_path, "y_arrival is infinite", table=replace("y_arrival", pa.array([float("inf")] * len(TABLE))))


def test_a_leg_twice(tmp_path):
    refused(tmp_path, "twice", table=pa.concat_tables([TABLE, TABLE.slice(0, 1)]))


def test_a_leg_before_that_is_not_there(tmp_path):
    keep = [i for i, leg in enumerate(TABLE["prev_open"].to_pylist()) if leg == 1]
    refused(tmp_path, "lacks the row of an open leg", table=TABLE.take(keep))


def test_a_leg_that_precedes_itself(tmp_path):
    refused(tmp_path, "prev_leg not before leg", table=replace("prev_leg", TABLE["leg"]))


def test_folds_are_blocks_of_days_and_never_split_a_day():
    days = np.repeat([f"2013-05-{d:02d}" for d in range(1, 21)], 7)
    train = np.arange(len(days)) < 17 * 7
    fold = fold_of(days, train, 2, 5)
    assert (fold[~train] == -1).all()
    assert all(len(set(fold[train & (days == day)])) == 1 for day in np.unique(days[train]))
    assert [fold[d * 7] for d in range(17)] == [0] * 5 + [1] * 5 + [0] * 5 + [1] * 2


def test_too_few_days_for_the_folds():
    with pytest.raises(TrainingError, match="too few"):
        fold_of(np.array(["a", "a"]), np.array([True, True]), 2, 5)
