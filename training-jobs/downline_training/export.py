"""The three networks as ONNX graphs (contract: lib/model/manifest.ts), and the answers that they must give."""

from __future__ import annotations

import io
import json
import warnings
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from torch import nn

from .chain import Answers, Inputs, Models, inbound_known, inbound_of
from .errors import TrainingError

# What onnxruntime-node 1.30 reads with room to spare.
OPSET = 20
# Largest difference of a probability between an exported graph and torch.
EXPORT_TOLERANCE = 1e-5
# And between ONNX Runtime here and on the machine that serves (another processor, another build).
TOLERANCE = 1e-4

SIGNATURES = {
    "m1": (("numeric", "categorical"), ("pmf", "cancel")),
    "m2": (("numeric", "categorical", "departure"), ("pmf",)),
    "m3": (("numeric", "categorical", "inbound", "own"), ("pmf",)),
}


def export_graph(model: nn.Module, name: str, features: int, categories: int, bins: int) -> bytes:
    """One network as a self-contained ONNX file for any number of rows."""
    inputs, outputs = SIGNATURES[name]
    rows = 3
    given = [torch.zeros(rows, features), torch.zeros(rows, categories, dtype=torch.int64)]
    given += [torch.full((rows, bins), 1.0 / bins) for _ in inputs[2:]]
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        # The tracing exporter: 1 s for what the newer one (dynamo=True) takes 14 s of a busy core for, with the same
        # answers; `golden` compares them with torch's.
        torch.onnx.export(
            model.eval(),
            tuple(given),
            buffer,
            dynamo=False,
            opset_version=OPSET,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes={each: {0: "N"} for each in (*inputs, *outputs)},
        )
    proto = onnx.load_from_string(buffer.getvalue())
    for node in proto.graph.node:
        node.doc_string = ""  # the exporter's stack traces, with this machine's paths
        del node.metadata_props[:]
    onnx.checker.check_model(proto)
    return proto.SerializeToString()


def run_graph(graph: bytes, given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What ONNX Runtime answers."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given)))


def pick_vectors(inputs: Inputs, selected: np.ndarray, count: int) -> np.ndarray:
    """Rows for the golden vectors, evenly over the selected ones; those that follow another leg first."""
    index = np.flatnonzero(selected & np.isnan(inputs.rows.departed))
    followed = index[inbound_known(inputs.rows, index)]
    pool = followed if len(followed) >= count else index
    return pool[np.unique(np.linspace(0, len(pool) - 1, min(count, len(pool))).astype(int))]


def golden(graphs: dict[str, bytes], models: Models, inputs: Inputs, answers: Answers, index: np.ndarray) -> bytes:
    """`golden.json`: real vectors as JSON and the answers of the graphs. Raises `TRAINING_FAILED` if torch differs.

    `{numeric: [[number | null]], categorical: [[code]], departure, inbound, own: [[p]], m1_pmf, m2_pmf, m3_pmf: [[p]],
    m1_cancel: [p]}`, N vectors each (read by lib/model/golden.ts).
    """
    numeric, categorical = (each.numpy() for each in inputs.vectors(index))
    inbound = inbound_of(inputs.rows, index, answers.arrival, inputs.edges)
    inbound[~inbound_known(inputs.rows, index)] = 1.0 / inbound.shape[1]
    given = {"numeric": numeric, "categorical": categorical, "departure": answers.departure[index]}
    given |= {"inbound": inbound, "own": answers.own[index]}
    told: dict[str, Any] = {
        "numeric": [[None if np.isnan(v) else float(v) for v in row] for row in numeric],
        "categorical": categorical.tolist(),
        **{name: given[name].astype(float).tolist() for name in ("departure", "inbound", "own")},
    }
    for name, (wanted, outputs) in SIGNATURES.items():
        model = {"m1": models.m1, "m2": models.m2, "m3": models.m3}[name]
        said = run_graph(graphs[name], {each: given[each] for each in wanted})
        with torch.inference_mode():
            expected = model(*(torch.from_numpy(given[each]) for each in wanted))
        for output, tensor in zip(outputs, expected if isinstance(expected, tuple) else (expected,)):
            gap = float(np.abs(said[output] - tensor.numpy()).max(initial=0))
            if not gap <= EXPORT_TOLERANCE:
                raise TrainingError("TRAINING_FAILED", f"{name}.{output} as ONNX differs from torch by {gap}")
            told[f"{name}_{output}"] = said[output].astype(float).tolist()
    return json.dumps(told, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()
