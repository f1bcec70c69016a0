import pytest
from conftest import BASE, SMALL, run_job
from services import BUCKET, KEY, SECRET, free_ports, mlflow_server, s3_server

from downline_training.config import Config
from downline_training.errors import TrainingError
from downline_training.job import train
from downline_training.storage import open_storage
from downline_training.synthetic import as_parquet, synthetic_rows


@pytest.fixture(scope="module")
def config(tmp_path_factory):
    with (
        s3_server(tmp_path_factory.mktemp("s3")) as endpoint,
        mlflow_server(tmp_path_factory.mktemp("mlflow")) as mlflow,
    ):
        s3 = {"endpoint": endpoint, "bucket": BUCKET, "key": KEY, "secret": SECRET}
        settings = {**BASE, **SMALL, "epochs": 1, "created_at": None, "commit": "abc", "s3": s3, "mlflow": mlflow}
        found = Config.model_validate(settings)
        open_storage(found).write("datasets/d/rows/0.parquet", as_parquet(synthetic_rows(800)))
        yield found


def test_a_job_tried_twice_is_one_run_and_one_bundle(config):
    from mlflow import MlflowClient

    result, _ = run_job(config)
    again, lines = run_job(config)
    assert again == result
    storage = open_storage(config)
    hex_ = result["bundle"].removeprefix("sha256:")
    names = {"bundle.json", "golden.json", "m1.onnx", "m2.onnx", "m3.onnx"}
    assert {key.rpartition("/")[2] for key in storage.list(f"bundles/{hex_}")} == names
    client = MlflowClient(config.mlflow)
    experiment = client.get_experiment_by_name("downline")
    runs = client.search_runs([experiment.experiment_id])
    assert [run.info.run_id for run in runs] == [result["mlflow_run"]]
    run = runs[0]
    assert run.info.status == "FINISHED"
    assert run.data.tags["downline.run"] == "run-1"
    assert run.data.tags["downline.bundle"] == result["bundle"]
    assert run.data.tags["downline.commit"] == "abc"
    assert run.data.params["epochs"] == "1"
    assert SECRET not in str(run.data)
    assert run.data.metrics["test_departure_pinball"] == pytest.approx(result["metrics"]["test_departure_pinball"])
    assert run.inputs.dataset_inputs[0].dataset.digest == "d"
    kept = {file.path for file in client.list_artifacts(run.info.run_id, "bundle")}
    assert kept == {f"bundle/{name}" for name in names}
    assert [file.path for file in client.list_artifacts(run.info.run_id, "plots")] == ["plots/calibration.png"]
    assert lines


def test_a_failed_job_says_so_in_its_run(config):
    from mlflow import MlflowClient

    broken = config.model_copy(update={"run": "run-2", "folds": 9, "block_days": 1, "lr": 1e30})
    with pytest.raises(TrainingError) as caught:
        run_job(broken)
    client = MlflowClient(config.mlflow)
    experiment = client.get_experiment_by_name("downline")
    run = client.search_runs([experiment.experiment_id], "tags.`downline.run` = 'run-2'")[0]
    assert run.info.status == "FAILED"
    assert run.data.tags["downline.error"] == caught.value.message


def test_an_absent_object_and_an_absent_dataset(config):
    assert open_storage(config).read_or_none("bundles/none/bundle.json") is None
    with pytest.raises(TrainingError, match="no rows") as caught:
        train(config.model_copy(update={"dataset": "none"}))
    assert caught.value.code == "DATASET_INVALID"


def test_services_that_are_away(config):
    away = f"http://127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(TrainingError) as caught:
        train(config.model_copy(update={"mlflow": away}))
    assert caught.value.code == "SERVICE_DOWN"
    with pytest.raises(TrainingError) as caught:
        train(config.model_copy(update={"s3": config.s3.model_copy(update={"endpoint": away})}))
    assert caught.value.code == "SERVICE_DOWN"


def test_a_wrong_secret(config):
    wrong = config.s3.model_copy(update={"secret": "not-this-one"})
    with pytest.raises(TrainingError) as caught:
        train(config.model_copy(update={"s3": wrong}))
    assert caught.value.code == "SERVICE_DOWN"
