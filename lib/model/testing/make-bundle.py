"""Makes the graphs of the tests' tiny bundle: `python lib/model/testing/make-bundle.py` (needs `onnx`).

They keep to the contract of `lib/model/manifest.ts` for any number of features
(they look at the first four columns and the first category), have six bins, and
weights of closed form, so that `tiny.ts` can say by itself what they must answer.
"""

from pathlib import Path

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper, save

BINS = 6
HIDDEN = 256


def constant(name: str, value: np.ndarray) -> TensorProto:
    return numpy_helper.from_array(value, name)


INT = np.int64
# W1[i, j] = sin(i * HIDDEN + j) / 4 and W2[i, j] = cos(i * BINS + j) / 16, made inside the graph: the file stays small.
COMMON = [
    constant("zero", np.array(0, np.float32)),
    constant("from0", np.array([0], INT)),
    constant("axis1", np.array([1], INT)),
    constant("to4", np.array([4], INT)),
    constant("to1", np.array([1], INT)),
    constant("to2", np.array([2], INT)),
    constant("count1", np.array(4 * HIDDEN, INT)),
    constant("count2", np.array(HIDDEN * BINS, INT)),
    constant("begin", np.array(0, INT)),
    constant("step", np.array(1, INT)),
    constant("shape1", np.array([4, HIDDEN], INT)),
    constant("shape2", np.array([HIDDEN, BINS], INT)),
    constant("four", np.array(4, np.float32)),
    constant("sixteen", np.array(16, np.float32)),
    constant("thirty", np.array(30, np.float32)),
    constant("tenth", np.array(0.1, np.float32)),
    constant("three", np.array(3, np.float32)),
    constant("one", np.array(1, np.float32)),
    constant("keep", np.array(0.75, np.float32)),
    constant("rest", np.array(0.25, np.float32)),
]


def features() -> list:
    """First four columns over 30, missing as 0; and 0.1 times the code of the first category."""
    return [
        helper.make_node("Slice", ["numeric", "from0", "to4", "axis1"], ["four_columns"]),
        helper.make_node("IsNaN", ["four_columns"], ["missing"]),
        helper.make_node("Where", ["missing", "zero", "four_columns"], ["filled"]),
        helper.make_node("Div", ["filled", "thirty"], ["x"]),
        helper.make_node("Slice", ["categorical", "from0", "to1", "axis1"], ["code"]),
        helper.make_node("Cast", ["code"], ["code_float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["code_float", "tenth"], ["c"]),
        helper.make_node("Slice", ["x", "to1", "to2", "axis1"], ["x1"]),
    ]


def network() -> list:
    """logits = relu(x @ W1 + c) @ W2."""
    return [
        helper.make_node("Range", ["begin", "count1", "step"], ["index1"]),
        helper.make_node("Cast", ["index1"], ["float1"], to=TensorProto.FLOAT),
        helper.make_node("Sin", ["float1"], ["sin1"]),
        helper.make_node("Reshape", ["sin1", "shape1"], ["matrix1"]),
        helper.make_node("Div", ["matrix1", "four"], ["w1"]),
        helper.make_node("Range", ["begin", "count2", "step"], ["index2"]),
        helper.make_node("Cast", ["index2"], ["float2"], to=TensorProto.FLOAT),
        helper.make_node("Cos", ["float2"], ["cos2"]),
        helper.make_node("Reshape", ["cos2", "shape2"], ["matrix2"]),
        helper.make_node("Div", ["matrix2", "sixteen"], ["w2"]),
        helper.make_node("MatMul", ["x", "w1"], ["sum1"]),
        helper.make_node("Add", ["sum1", "c"], ["shifted1"]),
        helper.make_node("Relu", ["shifted1"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", "w2"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["spread"], axis=1),
    ]


def model(nodes: list, masses: list[str], outputs: list[tuple[str, list]]) -> ModelProto:
    floats = TensorProto.FLOAT
    inputs = [
        helper.make_tensor_value_info("numeric", floats, ["N", "F"]),
        helper.make_tensor_value_info("categorical", TensorProto.INT64, ["N", "C"]),
        *(helper.make_tensor_value_info(name, floats, ["N", BINS]) for name in masses),
    ]
    answers = [helper.make_tensor_value_info(name, floats, shape) for name, shape in outputs]
    used = {name for node in nodes for name in node.input}
    graph = helper.make_graph(nodes, "tiny", inputs, answers, [one for one in COMMON if one.name in used])
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=9,
        producer_name="lib/model/testing/make-bundle.py",
    )
    checker.check_model(made, full_check=True)
    return made


# M1: pmf = softmax(logits), cancel = sigmoid(x1 - 3).
M1 = model(
    [
        *features(),
        *network(),
        helper.make_node("Identity", ["spread"], ["pmf"]),
        helper.make_node("Sub", ["x1", "three"], ["cancel_logit"]),
        helper.make_node("Sigmoid", ["cancel_logit"], ["cancel_column"]),
        helper.make_node("Squeeze", ["cancel_column", "axis1"], ["cancel"]),
    ],
    [],
    [("pmf", ["N", BINS]), ("cancel", ["N"])],
)

# M2: pmf = 0.75 departure + 0.25 softmax(logits).
M2 = model(
    [
        *features(),
        *network(),
        helper.make_node("Mul", ["departure", "keep"], ["kept"]),
        helper.make_node("Mul", ["spread", "rest"], ["added"]),
        helper.make_node("Add", ["kept", "added"], ["pmf"]),
    ],
    ["departure"],
    [("pmf", ["N", BINS])],
)

# M3: with a = sigmoid(-x1): pmf = a inbound + (1 - a) own.
M3 = model(
    [
        *features(),
        helper.make_node("Neg", ["x1"], ["tight"]),
        helper.make_node("Sigmoid", ["tight"], ["a"]),
        helper.make_node("Sub", ["one", "a"], ["b"]),
        helper.make_node("Mul", ["inbound", "a"], ["from_inbound"]),
        helper.make_node("Mul", ["own", "b"], ["from_own"]),
        helper.make_node("Add", ["from_inbound", "from_own"], ["pmf"]),
    ],
    ["inbound", "own"],
    [("pmf", ["N", BINS])],
)

if __name__ == "__main__":
    for name, made in (("m1", M1), ("m2", M2), ("m3", M3)):
        # A graph that does not use an input keeps it: the contract names the inputs.
        save(made, Path(__file__).parent / f"tiny-{name}.onnx")
