import hashlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import BASE, SMALL, make_config, put_rows, run_job

from downline_training.canonical import canonical_json
from downline_training.config import parse_config
from downline_training.errors import TrainingError
from downline_training.export import run_graph
from downline_training.train import main

ROOT = Path(__file__).parent.parent


def bundle_of(lake, result):
    return lake / "bundles" / result["bundle"].removeprefix("sha256:")


def test_a_bundle_is_what_its_digest_says(done):
    lake, result, _ = done
    folder = bundle_of(lake, result)
    body = (folder / "bundle.json").read_bytes()
    assert result["bundle"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
    manifest = json.loads(body)
    assert canonical_json(manifest).encode() == body
    assert manifest["features"] == list(BASE["features"])
    assert manifest["metrics"] == result["metrics"]
    assert (manifest["mlflowRun"], manifest["createdAt"]) == (None, SMALL["created_at"])
    for entry in (*manifest["graphs"].values(), manifest["golden"]):
        assert entry["sha256"] == f"sha256:{hashlib.sha256((folder / entry['file']).read_bytes()).hexdigest()}"


def test_golden_vectors_are_real_and_answered(done):
    lake, result, _ = done
    folder = bundle_of(lake, result)
    golden = json.loads((folder / "golden.json").read_text())
    numeric = np.array([[np.nan if v is None else v for v in row] for row in golden["numeric"]], np.float32)
    assert len(numeric) == 64
    assert np.isnan(numeric).any()
    given = {"numeric": numeric, "categorical": np.array(golden["categorical"], np.int64)}
    given |= {name: np.array(golden[name], np.float32) for name in ("departure", "inbound", "own")}
    wanted = {"m1": (), "m2": ("departure",), "m3": ("inbound", "own")}
    for name, extra in wanted.items():
        said = run_graph(
            (folder / f"{name}.onnx").read_bytes(), {k: given[k] for k in ("numeric", "categorical", *extra)}
        )
        for output, found in said.items():
            assert np.abs(found - np.array(golden[f"{name}_{output}"])).max() < 1e-6


def test_progress_never_goes_back_and_ends_near_one(done):
    _, _, lines = done
    shares = [line["progress"] for line in lines]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < 0.1
    assert 0.9 < shares[-1] <= 1
    assert any(line["detail"].startswith("m3-seed0 epoch 3/3 valid pinball ") for line in lines)


def test_a_killed_job_goes_on_and_ends_in_the_same_bundle(done, tmp_path):
    lake, result, _ = done
    (tmp_path / "datasets").symlink_to(lake / "datasets")
    (tmp_path / "c.json").write_text(json.dumps({**BASE, **SMALL, "folder": str(tmp_path)}))
    process = subprocess.Popen(command(tmp_path / "c.json"), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    for line in process.stdout:
        if '"m2-fold0' in line:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    kept = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "checkpoints/run-1").glob("*.pt")}
    assert {"m1-fold0.pt", "m1-fold1.pt", "m1-seed0.pt"} <= set(kept)
    assert not (tmp_path / "bundles").exists()
    (tmp_path / "checkpoints/run-1/m1-fold1.pt").write_bytes(b"cut off")
    lines = subprocess.run(command(tmp_path / "c.json"), cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert json.loads(lines.splitlines()[-1])["result"] == result  # to the digit, in another process
    same = [n for n in kept if (tmp_path / f"checkpoints/run-1/{n}").stat().st_mtime_ns == kept[n]]
    assert {"m1-fold0.pt", "m1-seed0.pt"} <= set(same)


def test_checkpoints_of_other_settings_are_not_taken_up(done, tmp_path):
    lake, result, _ = done
    (tmp_path / "datasets").symlink_to(lake / "datasets")
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints/run-1").symlink_to(lake / "checkpoints/run-1")
    before = {p: p.read_bytes() for p in (lake / "checkpoints/run-1").iterdir()}
    other, lines = run_job(make_config(tmp_path, epochs=1))
    assert other["bundle"] != result["bundle"]
    assert any("epoch 1/1" in line["detail"] for line in lines)
    for path, body in before.items():
        path.write_bytes(body)


def test_errors_are_a_line_with_a_code(tmp_path, capsys):
    put_rows(tmp_path, 50)
    (tmp_path / "c.json").write_text(json.dumps({**BASE, "folder": str(tmp_path), "dataset": "absent"}))
    assert main(["--config", str(tmp_path / "c.json")]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "DATASET_INVALID"
    assert main(["--config", str(tmp_path / "none.json")]) == 1
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["error"]["code"] == "SETTING_INVALID"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("[]", "config"),
        ('{"run": "r"}', "dataset: Field required"),
        (json.dumps({**BASE, "folder": ".", "epochs": 0}), "epochs"),
        (json.dumps({**BASE, "folder": ".", "hiden": 3}), "hiden"),
        (json.dumps({**BASE, "folder": ".", "edges": [1, 1, 2]}), "edges"),
        (json.dumps({**BASE, "folder": ".", "features": ["a", "a"]}), "repeat"),
        (json.dumps({**BASE, "folder": ".", "features": ["a"]}), "turn_slack"),
        (json.dumps({**BASE, "folder": ".", "run": "../x"}), "run"),
        (json.dumps(BASE), "exactly one of s3 and folder"),
    ],
)
def test_wrong_settings_are_named(text, words):
    with pytest.raises(TrainingError, match=words) as caught:
        parse_config(text)
    assert caught.value.code == "SETTING_INVALID"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.0, "1"), (-0.0, "0"), (0.1, "0.1"), (5e-05, "0.00005"), (1e-07, "1e-7"), (1.5e-9, "1.5e-9"), (1e21, "1e+21"),
     (123456789012345680000.0, "123456789012345680000"),
     ({"b": [True, None], "a": "é\n"}, '{"a":"é\\n","b":[true,null]}')],
)  # fmt: skip
def test_canonical_json_is_that_of_javascript(value, text):
    assert canonical_json(value) == text


def command(config: Path) -> list[str]:
    return [sys.executable, "-m", "downline_training.train", "--config", str(config)]
