"""Models of others: whatever is in the file, one sentence says why it cannot be used; what it may take is bounded."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aiducation.errors import ModelFileError
from aiducation.model_info import METADATA_KEY, ModelInfo
from aiducation.states import OUTCOMES
from aiducation.vision import classifier as classifier_module
from aiducation.vision import model_trial
from aiducation.vision.analyzer import Analyzer
from aiducation.vision.classifier import Classifier
from aiducation.web.settings import ServeSettings
from commands import COULD_NOT, RunCli, check_refused
from needs import need_package
from waiting import until
from web_makers import client_of, error_of, picture_of

onnx = need_package("onnx")
pytestmark = pytest.mark.hostile

FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
node = onnx.helper.make_node


def constant(name: str, values: object, kind: type = np.int64) -> Any:
    return onnx.numpy_helper.from_array(np.array(values, kind), name)


def network(
    nodes: Sequence[Any],
    initializers: Sequence[Any] = (),
    *,
    takes: Sequence[object] = ("n", 1, 48, 48),
    gives: Sequence[object] = ("n", 5),
    kinds: tuple[int, int] = (FLOAT, FLOAT),
    inputs: Sequence[Any] = (),
    description: str | None = None,
) -> Any:
    """A model with the description of one of ours."""
    graph = onnx.helper.make_graph(
        list(nodes),
        "strange",
        [onnx.helper.make_tensor_value_info("faces", kinds[0], takes), *inputs],
        [onnx.helper.make_tensor_value_info("logits", kinds[1], gives)],
        list(initializers),
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    text = ModelInfo(name="strange").to_json() if description is None else description
    onnx.helper.set_model_props(model, {METADATA_KEY: text})
    return model


def linear(*more: Any, **options: Any) -> Any:
    """A model that works: the pixels times weights; ``more`` makes something of its scores."""
    weights = np.zeros((48 * 48, 5), np.float32)
    weights[:, 2] = 1e-3
    begin = [
        node("Reshape", ["faces", "flat shape"], ["flat"]),
        node("MatMul", ["flat", "weights"], ["scores" if more else "logits"]),
    ]
    return network(
        [*begin, *more],
        [
            constant("flat shape", [-1, 2304]),
            onnx.numpy_helper.from_array(weights, "weights"),
            *options.pop("initializers", ()),
        ],
        **options,
    )


def greedy(faces_too: bool) -> Any:
    """Two hundred bytes that ask for 40 GB: at once, or for each picture."""
    sizes = [constant("many", [10_000, 1_000_000])]
    big = node("ConstantOfShape", ["many"], ["big"], value=onnx.numpy_helper.from_array(np.ones(1, np.float32)))
    if faces_too:
        more = [
            node("Expand", ["scores", "wide"], ["big"]),
            node("ReduceMean", ["big", "axis"], ["logits"], keepdims=0),
        ]
        return linear(*more, initializers=[constant("wide", [2_000_000_000, 1, 5]), constant("axis", [0])])
    more = [
        big,
        node("ReduceMean", ["big"], ["one"], keepdims=0),
        node("Add", ["scores", "one"], ["logits"]),
    ]
    return linear(*more, initializers=sizes)


def endless() -> Any:
    """A loop that nothing ends."""
    body = onnx.helper.make_graph(
        [node("Identity", ["go"], ["go on"]), node("Identity", ["x"], ["same"])],
        "body",
        [
            onnx.helper.make_tensor_value_info("i", INT64, []),
            onnx.helper.make_tensor_value_info("go", onnx.TensorProto.BOOL, []),
            onnx.helper.make_tensor_value_info("x", FLOAT, ["n", 5]),
        ],
        [
            onnx.helper.make_tensor_value_info("go on", onnx.TensorProto.BOOL, []),
            onnx.helper.make_tensor_value_info("same", FLOAT, ["n", 5]),
        ],
    )
    true = onnx.numpy_helper.from_array(np.array(True), "true")
    return linear(node("Loop", ["", "true", "scores"], ["logits"], body=body), initializers=[true])


def elsewhere(where: str) -> Any:
    """Weights in another file."""
    model = linear()
    weights = model.graph.initializer[1]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=where)
    return model


def described(**changes: object) -> Any:
    value = {**json.loads(ModelInfo(name="strange").to_json()), **changes}
    return linear(description=json.dumps(value))


#: Name -> model, and words of the sentence that refuses it.
STRANGE: dict[str, tuple[Callable[[], Any], str]] = {
    "another input": (
        lambda: renamed_input(),
        "one named faces",
    ),
    "two inputs": (
        lambda: linear(inputs=[onnx.helper.make_tensor_value_info("more", FLOAT, ["n"])]),
        "its inputs are 'faces'.*, 'more'",
    ),
    "colour pictures": (
        lambda: network([node("ReduceMean", ["faces"], ["logits"], keepdims=0)], takes=["n", 3, 48, 48], gives=[]),
        r"not tensor\(float\) \(n, 1, 48, 48\)",
    ),
    "whole numbers in": (
        lambda: network(
            [node("Cast", ["faces"], ["f"], to=FLOAT), node("ReduceMean", ["f", "axes"], ["logits"], keepdims=0)],
            [constant("axes", [1, 2])],
            kinds=(INT64, FLOAT),
            gives=["n", 48],
        ),
        r"it takes tensor\(int64\)",
    ),
    "one face at a time": (lambda: linear(takes=[1, 1, 48, 48], gives=[1, 5]), "it takes 1 faces at a time"),
    "whole numbers out": (
        lambda: linear(node("Cast", ["scores"], ["logits"], to=INT64), kinds=(FLOAT, INT64)),
        r"its outputs are 'logits' \(tensor\(int64\)\)",
    ),
    "double numbers out": (
        lambda: linear(
            node("Cast", ["scores"], ["logits"], to=onnx.TensorProto.DOUBLE), kinds=(FLOAT, onnx.TensorProto.DOUBLE)
        ),
        "not one tensor",
    ),
    "two outputs": (
        lambda: with_output(linear(node("Identity", ["scores"], ["logits"]))),
        "after the first are 'scores'",
    ),
    "too many scores": (lambda: linear(gives=["n", 7]), "cannot be opened|does not fit|cannot be used"),
    "four scores": (
        lambda: linear(node("Slice", ["scores", "from", "to", "one"], ["logits"]), gives=["n", 4], initializers=SLICE),
        "4. scores for 5 outcomes",
    ),
    "one row too many": (
        lambda: linear(node("Concat", ["scores", "row"], ["logits"], axis=0), gives=["m", 5], initializers=[ROW]),
        r"scores of shape \(2, 5\) for 1 faces",
    ),
    "always one row": (
        lambda: linear(node("ReduceMean", ["scores", "zero"], ["logits"]), gives=["m", 5], initializers=[ZERO]),
        r"scores of shape \(1, 5\) for 3 faces",
    ),
    "no row": (
        lambda: linear(node("Slice", ["scores", "none", "none"], ["logits"]), gives=["m", 5], initializers=[NONE]),
        r"scores of shape \(0, 5\) for 1 faces",
    ),
    "another shape": (
        lambda: linear(node("Unsqueeze", ["scores", "zero"], ["logits"]), gives=["a", "b", "c"], initializers=[ZERO]),
        "does not fit|scores of shape",
    ),
    "NaN": (
        lambda: linear(
            node("Div", ["scores", "nothing"], ["logits"]), initializers=[constant("nothing", [0.0], np.float32)]
        ),
        "not numbers",
    ),
    "infinite": (
        lambda: linear(
            node("Add", ["scores", "most"], ["logits"]), initializers=[constant("most", [np.inf], np.float32)]
        ),
        "not numbers",
    ),
    "fails at once": (
        lambda: linear(
            node("Reshape", ["scores", "three"], ["logits"]), gives=["m", 5], initializers=[constant("three", [7, 5])]
        ),
        "it fails for 1 faces",
    ),
    "an operator of somebody": (
        lambda: with_domain(linear(node("Magic", ["scores"], ["logits"], domain="of.somebody"))),
        "cannot be opened as an ONNX model.*",
    ),
    "much memory at once": (lambda: greedy(False), "it needs more than 2 GiB"),
    "much memory for pictures": (lambda: greedy(True), "it needs more than 2 GiB"),
    "weights that are missing": (lambda: elsewhere("weights.bin"), "keeps its weights in another file"),
    "weights of another folder": (lambda: elsewhere("../../etc/passwd"), "keeps its weights in another file"),
    "weights by a whole path": (lambda: elsewhere("/etc/passwd"), "keeps its weights in another file"),
    "no description": (lambda: linear(description=""), "description cannot be read"),
    "a list": (lambda: linear(description="[]"), "description cannot be read"),
    "half a description": (lambda: linear(description='{"format": 1, "name": "str'), "description cannot be read"),
    "nested": (lambda: linear(description='{"format": 1, "name": ' + "[" * 5000 + "]" * 5000 + "}"), "nested too deep"),
    "nested deeper": (lambda: linear(description="[" * 200_000), "nested too deep|cannot be read"),
    "long": (lambda: described(limits=["a" * 1000] * 1500), "letters, more than"),
    "no temperature": (lambda: described(temperature=0), "impossible temperature"),
    "temperature of text": (lambda: described(temperature="1"), "cannot be read"),
    "temperature true": (lambda: described(temperature=True), "'temperature' must be a number, not true"),
    "temperature NaN": (
        lambda: described(temperature=float("nan")),
        "NaN, which is not a number|'temperature' must be a number, not null",
    ),
    "threshold null": (lambda: described(threshold=None), "cannot be read"),
    "threshold 7": (lambda: described(threshold=7), "impossible"),
    "a name that is none": (
        lambda: described(name=["strange"]),
        "'name' must be a text as this program writes it, not",
    ),
    "a name of control characters": (lambda: described(name="a\x1b[2Jb"), "cannot be shown"),
    "half a letter": (lambda: described(criteria="\ud800"), "half a character|cannot be shown"),
    "limits of letters": (lambda: described(limits="none"), "'limits' must be a list"),
    "limits of numbers": (lambda: described(limits=[1, 2]), r"'limits\[0\]' must be a text"),
    "criteria of numbers": (lambda: described(criteria=3), "'criteria' must be a text"),
    "outcomes of lists": (lambda: described(outcomes=[["happy"]]), "cannot be read"),
    "scores of text": (lambda: described(scores="good"), "'scores' must be an object"),
    "scores without estimate": (lambda: described(scores={"five_way_accuracy": 0.7}), "scores.five_way_accuracy"),
    "scores NaN": (lambda: described(scores={"mine": {"a": float("nan")}}), "NaN, which is not a number"),
    "scores beyond": (
        lambda: linear(description=json.dumps({"a": 1}).replace("1", "1e999")),
        "1e999, which is too large",
    ),
    "whole numbers beyond": (lambda: described(scores={"images": 10**300}), "301 digits"),
    "charts of text": (lambda: described(charts={"confusion": "none"}), "in its charts, it lacks reliability"),
    "another side": (lambda: described(side=64), "64x64"),
    "scale of text": (lambda: described(scale="255"), "cannot be read"),
}

SLICE = [constant("from", [0]), constant("to", [4]), constant("one", [1])]
ROW = onnx.numpy_helper.from_array(np.zeros((1, 5), np.float32), "row")
ZERO, NONE = constant("zero", [0]), constant("none", [0])


def renamed_input() -> Any:
    model = linear()
    model.graph.input[0].name = model.graph.node[0].input[0] = "pictures"
    return model


def with_output(model: Any) -> Any:
    model.graph.output.add().CopyFrom(onnx.helper.make_tensor_value_info("scores", FLOAT, ["n", 5]))
    return model


def with_domain(model: Any) -> Any:
    model.opset_import.add(domain="of.somebody", version=1)
    return model


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if k % 5 else name for k, name in enumerate(STRANGE)]
)
def test_a_strange_model_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    path = tmp_path / "strange.onnx"
    make, words = STRANGE[name]
    path.write_bytes(make().SerializeToString())
    with pytest.raises(ModelFileError, match=words) as error:
        Classifier(path, threads=1)
    text = str(error.value)
    assert text.startswith(str(path)) and text.endswith(".") and "\n" not in text and len(text) < 600


def test_a_model_that_works(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    path.write_bytes(linear().SerializeToString())
    probs = Classifier(path, threads=1).probs(np.full((70, 48, 48), 100, np.uint8))
    assert probs.shape == (70, 5) and (probs.argmax(axis=1) == 2).all()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", bytes(500), b"not a model at all\n" * 50, b"\x08"])
def test_files_that_are_no_models(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"a\.onnx (is empty|cannot be opened)"):
        Classifier(path)


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")  # nobody waits for it
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero")):
        with pytest.raises(ModelFileError, match="is not a file"):
            Classifier(path)
    with pytest.raises(ModelFileError, match="There is no model"):
        Classifier(tmp_path / "a\0b")
    with (tmp_path / "large.onnx").open("wb") as file:
        file.truncate(classifier_module.MOST_BYTES + 1)  # a hole: it takes no room
    with pytest.raises(ModelFileError, match="more than the 1,073,741,824 that a model may have"):
        Classifier(tmp_path / "large.onnx")


@pytest.mark.slow
def test_a_model_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model_trial, "PROCESSOR_S", 2)
    path = tmp_path / "a.onnx"
    path.write_bytes(endless().SerializeToString())
    with pytest.raises(ModelFileError, match="2 seconds of a processor"):
        Classifier(path)


def test_this_process_takes_no_memory_for_it(tmp_path: Path) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    path = tmp_path / "a.onnx"
    path.write_bytes(greedy(False).SerializeToString())
    with pytest.raises(ModelFileError, match="2 GiB"):
        Classifier(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kilobytes


def moody() -> Any:
    """A model that passes the trial, whose pictures are black or half bright on average, and gives NaN for every other."""
    return linear(
        node("ReduceMean", ["flat", "axis"], ["mean"]),
        *(node("Sub", ["mean", f"limit {i}"], [f"factor {i}"]) for i in range(3)),
        node("Mul", ["factor 0", "factor 1"], ["two"]),
        node("Mul", ["two", "factor 2"], ["three"]),
        node("Neg", ["three"], ["mood"]),
        node("Sqrt", ["mood"], ["root"]),  # of less than nothing: NaN
        node("Add", ["scores", "root"], ["logits"]),
        initializers=[
            constant("axis", [1]),
            *(constant(f"limit {i}", [limit], np.float32) for i, limit in enumerate((0.02, 0.48, 0.52))),
        ],
    )


@pytest.fixture
def mood(tmp_path: Path) -> Path:
    path = tmp_path / "moody.onnx"
    path.write_bytes(moody().SerializeToString())
    return path


def test_what_shows_only_at_the_first_face(mood: Path, tmp_path: Path, run_cli: RunCli) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(picture_of(3, 2))
    with pytest.raises(ModelFileError, match="not numbers"):
        Analyzer(model=mood, threads=1).photo(photo)
    answer = run_cli("analyze", photo, "--model", mood, "--out", tmp_path / "out")
    assert answer.code == COULD_NOT and "Traceback" not in answer.err
    assert "scores that are not numbers (NaN or infinite)" in answer.err
    assert len(Classifier(mood, threads=1).probs(np.zeros((0, 48, 48), np.uint8))) == 0


@pytest.mark.slow
def test_the_server_tells_a_problem(mood: Path, samples: Path) -> None:
    """A documented code for photos, live frames and recordings; the path of the file stays in the log."""
    with client_of(ServeSettings(model=mood)) as client:
        answer = client.post("/api/photo", files={"file": ("a.jpg", picture_of(3, 2))})
        assert (answer.status_code, error_of(answer)[0]) == (503, "model_failed")
        assert "moody" not in answer.text
        with client.websocket_connect("ws://127.0.0.1:8000/api/live") as live:
            live.receive_json()
            live.send_bytes(picture_of(3, 2))
            said = live.receive_json()
            assert said["type"] == "error" and said["error"]["code"] == "model_failed", said
        job = client.post("/api/recordings", files={"file": ("a.mp4", (samples / "meeting.mp4").read_bytes())}).json()
        over = until(lambda: next((one for one in [client.get(job["links"]["self"]).json()] if one["error"]), None))
        assert over["state"] == "failed" and over["error"]["code"] == "model_failed"
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize("name", ["always one row", "much memory at once", "scores NaN", "an operator of somebody"])
def test_commands_refuse_it_before_they_begin(name: str, tmp_path: Path, run_cli: RunCli) -> None:
    path, photo = tmp_path / "strange.onnx", tmp_path / "a.jpg"
    path.write_bytes(STRANGE[name][0]().SerializeToString())
    photo.write_bytes(picture_of(1, 1))
    check_refused(run_cli("analyze", photo, "--model", path, "--out", tmp_path / "out"), COULD_NOT, "strange.onnx")
    check_refused(run_cli("serve", "--model", path, "--port", 0, "--no-browser"), COULD_NOT, "strange.onnx")


def test_every_file_of_a_fuzzed_description() -> None:
    """Odd values in every place of a description: it is refused in a sentence, or everything can be made of it."""
    rng = np.random.default_rng(11)
    value = json.loads(Classifier(threads=1).info.to_json())
    odd = [
        None,
        True,
        -1,
        0,
        1e308,
        10**30,
        "",
        "x" * 20_000,
        [],
        {},
        [[]],
        {"estimate": "high"},
        "\x00",
        [None],
        "=1+1",
    ]
    read = 0
    for _ in range(300):
        changed = json.loads(json.dumps(value))
        at = changed
        while True:
            key = list(at)[rng.integers(len(at))] if isinstance(at, dict) else int(rng.integers(len(at)))
            if not isinstance(at[key], (dict, list)) or not at[key] or rng.random() < 0.3:
                break
            at = at[key]
        at[key] = odd[rng.integers(len(odd))]
        try:
            info = ModelInfo.from_json(json.dumps(changed))
        except ModelFileError as error:
            assert "\n" not in str(error) and len(str(error)) < 500
            continue
        read += 1
        json.dumps(json.loads(info.to_json()), allow_nan=False).encode()
        assert "".join(info.limits).isprintable() and OUTCOMES
    assert read
