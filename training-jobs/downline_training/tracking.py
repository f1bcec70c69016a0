"""One MLflow run for one pipeline run, however often its job is tried."""

from __future__ import annotations

import os
import platform
import tempfile
import time
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Config
from .errors import TrainingError

if TYPE_CHECKING:
    from mlflow import MlflowClient

RUN_TAG = "downline.run"
_PACKAGES = ("torch", "onnx", "onnxruntime", "pyarrow", "numpy", "ray", "mlflow")
_BATCH = 100  # params and tags of one request, MLflow's limit


class Tracker:
    """The MLflow run, or nothing where no server is named. Raises `SERVICE_DOWN` when the server does not answer."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.client: MlflowClient | None = None
        self.run: str | None = None
        self.created_at = config.created_at or _instant(time.time())
        if config.mlflow is not None:
            os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
            os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
            os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
            self._open(config.mlflow)

    def _open(self, address: str) -> None:
        from mlflow import MlflowClient
        from mlflow.exceptions import MlflowException

        try:
            client = MlflowClient(tracking_uri=address)
            found = client.get_experiment_by_name(self.config.experiment)
            experiment = found.experiment_id if found else client.create_experiment(self.config.experiment)
            runs = client.search_runs(
                [experiment], f"tags.`{RUN_TAG}` = '{self.config.run}'", max_results=1, order_by=["start_time ASC"]
            )
            tags = {RUN_TAG: self.config.run}
            run = runs[0] if runs else client.create_run(experiment, run_name=self.config.run, tags=tags)
            client.update_run(run.info.run_id, status="RUNNING")
        except (MlflowException, OSError) as error:
            raise TrainingError("SERVICE_DOWN", f"MLflow at {address}: {error}") from error
        self.client, self.run = client, run.info.run_id
        # The run's start, so that a job tried again writes the same bundle.
        self.created_at = self.config.created_at or _instant(run.info.start_time / 1000)

    def describe(self, rows: dict[str, int]) -> None:
        """What the run is made of: settings, environment, commit, dataset."""
        if self.client is None or self.run is None:
            return
        from mlflow.entities import Dataset, DatasetInput, InputTag, Param, RunTag

        settings = self.config.model_dump(exclude={"s3", "folder", "mlflow"}, mode="json")
        settings |= {"features": len(self.config.features), "edges": len(self.config.edges)}
        params = [Param(key, str(value)) for key, value in settings.items()]
        params += [Param(f"rows_{split}", str(count)) for split, count in rows.items()]
        tags = {"downline.dataset": self.config.dataset, "downline.commit": self.config.commit}
        tags |= {"mlflow.source.git.commit": self.config.commit, "downline.meaning": self.config.meaning}
        tags |= {f"environment.{name}": version(name) for name in _PACKAGES}
        tags |= {"environment.python": platform.python_version(), "environment.machine": platform.platform()}
        known = self.client.get_run(self.run).data.params
        params = [param for param in params if param.key not in known]
        for start in range(0, len(params), _BATCH):
            self.client.log_batch(self.run, params=params[start : start + _BATCH])
        self.client.log_batch(self.run, tags=[RunTag(key, value) for key, value in tags.items()])
        dataset = Dataset(
            name="downline",
            digest=self.config.dataset[:36],
            source_type="downline",
            source=f"datasets/{self.config.dataset}",
        )
        self.client.log_inputs(self.run, [DatasetInput(dataset, [InputTag("mlflow.data.context", "training")])])

    def epoch(self, stage: str, epoch: int, loss: float, score: float | None) -> None:
        """The curves of a fit."""
        values = {f"{stage}_loss": loss} | ({} if score is None else {f"{stage}_valid_pinball": score})
        self.metrics(values, epoch)

    def metrics(self, values: dict[str, float], step: int = 0) -> None:
        """Numbers under a step."""
        if self.client is None or self.run is None:
            return
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        self.client.log_batch(self.run, metrics=[Metric(key, value, now, step) for key, value in values.items()])

    def artifacts(self, files: dict[str, bytes], folder: str) -> None:
        """Files into a folder of the run."""
        if self.client is None or self.run is None:
            return
        with tempfile.TemporaryDirectory() as local:
            for name, body in files.items():
                Path(local, name).write_bytes(body)
            self.client.log_artifacts(self.run, local, folder)

    def finish(self, digest: str) -> None:
        """The run has its bundle."""
        if self.client is not None and self.run is not None:
            self.client.set_tag(self.run, "downline.bundle", digest)
            self.client.set_terminated(self.run, "FINISHED")

    def fail(self, reason: str) -> None:
        """The run has none; says why, if MLflow still listens."""
        if self.client is not None and self.run is not None:
            try:
                self.client.set_tag(self.run, "downline.error", reason[:1000])
                self.client.set_terminated(self.run, "FAILED")
            except Exception:  # the first error is the one to report
                return


def _instant(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
