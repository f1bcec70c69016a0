"""A bundle: three graphs, golden vectors and the manifest that names them (contract: lib/model/manifest.ts)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from .canonical import canonical_json
from .config import Config
from .export import TOLERANCE
from .scaling import Scaling
from .storage import Storage


@dataclass(frozen=True)
class Bundle:
    """Files by name, `bundle.json` among them, and the digest `sha256:…` of that."""

    digest: str
    files: dict[str, bytes]


def _sha256(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def make_bundle(
    config: Config,
    scaling: Scaling,
    graphs: dict[str, bytes],
    golden: bytes,
    metrics: dict[str, float],
    mlflow_run: str | None,
    created_at: str,
) -> Bundle:
    """The bundle of a run. Equal inputs give an equal digest."""
    files = {f"{name}.onnx": graph for name, graph in graphs.items()} | {"golden.json": golden}
    manifest = {
        "schema": 1,
        "name": config.name,
        "kind": "chain",
        "run": config.run,
        "mlflowRun": mlflow_run,
        "dataset": config.dataset,
        "commit": config.commit,
        "createdAt": created_at,
        "features": list(config.features),
        "categories": list(config.categories),
        "meaning": config.meaning,
        "vocabulary": scaling.vocabulary,
        "edges": list(config.edges),
        "graphs": {
            name: {"file": f"{name}.onnx", "sha256": _sha256(graph), "bytes": len(graph)}
            for name, graph in graphs.items()
        },
        "golden": {"file": "golden.json", "sha256": _sha256(golden), "tolerance": TOLERANCE},
        "metrics": metrics,
    }
    body = canonical_json(manifest).encode()
    return Bundle(_sha256(body), {**files, "bundle.json": body})


def upload(bundle: Bundle, storage: Storage) -> None:
    """Puts a bundle under `bundles/<hex>/`, its manifest last: what has one is whole."""
    folder = f"bundles/{bundle.digest.removeprefix('sha256:')}"
    for name in sorted(bundle.files, key=lambda name: name == "bundle.json"):
        storage.write(f"{folder}/{name}", bundle.files[name])
