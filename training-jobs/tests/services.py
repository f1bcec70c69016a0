"""Real servers for tests: S3 (SeaweedFS) and MLflow on ports that the system gives, in a temporary folder."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3

KEY, SECRET, BUCKET = "test", "secret-of-the-tests", "downline"


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def find_weed() -> str:
    home = Path(os.environ.get("DOWNLINE_HOME", Path(__file__).parents[2] / ".downline"))
    kept = home / "env/serve/bin/weed"
    found = str(kept) if kept.exists() else shutil.which("weed")
    assert found, f"weed is neither in {kept.parent} nor on the PATH; `npm test` installs it"
    return found


@contextlib.contextmanager
def running(
    command: list[str], folder: Path, ready: Callable[[], bool], env: dict[str, str] | None = None
) -> Iterator[None]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, start_new_session=True, env={**os.environ, **(env or {})}
        )
    try:
        end = time.monotonic() + 240
        while not ready():
            assert process.poll() is None, (folder / "log").read_text()[-3000:]
            assert time.monotonic() < end, (folder / "log").read_text()[-3000:]
            time.sleep(0.1)
        yield
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    names = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
    names = (*names, "s3.port", "s3.port.grpc")
    ports = free_ports(len(names))
    endpoint = f"http://127.0.0.1:{ports[6]}"
    identity = {"name": "test", "credentials": [{"accessKey": KEY, "secretKey": SECRET}]}
    identity["actions"] = ["Admin", "Read", "Write", "List", "Tagging"]
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    command = [find_weed(), "server", f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"]
    command += [f"-s3.config={folder / 's3.json'}", "-master.volumeSizeLimitMB=64", "-volume.max=50"]
    command += ["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += [f"-{name}={port}" for name, port in zip(names, ports)]
    client = boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="us-east-1"
    )

    def ready() -> bool:
        try:
            client.create_bucket(Bucket=BUCKET)
        except Exception as error:
            return "BucketAlready" in str(error)
        return True

    with running(command, folder, ready):
        yield endpoint


@contextlib.contextmanager
def mlflow_server(folder: Path) -> Iterator[str]:
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    command += ["--workers", "1", "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"]
    command += ["--artifacts-destination", str(folder / "artifacts"), "--serve-artifacts"]

    def ready() -> bool:
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            return False

    with running(command, folder, ready, {"MLFLOW_DISABLE_TELEMETRY": "true"}):
        yield address
