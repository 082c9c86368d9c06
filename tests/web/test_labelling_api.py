"""The API of people's labels: files, samples, aligned faces, explanations, agreement, adapting."""

from __future__ import annotations

import base64
import gzip
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from aiducation.exchange.formats import ANNOTATION_FORMATS
from aiducation.vision.classifier import Classifier
from web_makers import error_of

PHOTO = {
    "kind": "state",
    "source": "class.jpg",
    "face": 0,
    "box": [10, 10, 40, 50],
    "state": "bored",
    "annotator": "Anna",
}
SPAN = {
    "kind": "state",
    "source": "lesson.mp4",
    "track_id": 3,
    "from_s": 1.0,
    "to_s": 4.0,
    "state": "focused",
    "annotator": "Anna",
}
SPAN_BOX = {**SPAN, "box": [10, 10, 40, 50]}
MEDIA = [
    {"source": "class.jpg", "width": 640, "height": 360},
    {"source": "lesson.mp4", "width": 640, "height": 360, "fps": 25.0, "length_s": 60.0},
]


@pytest.mark.parametrize("name", [name for name, one in ANNOTATION_FORMATS.items() if one.write])
def test_labels_leave_and_come_back_in_every_format(client: TestClient, name: str) -> None:
    one = ANNOTATION_FORMATS[name]
    given = [PHOTO] if not one.recordings else [SPAN_BOX]
    sent = client.post(f"/api/annotations/{name}", json={"annotations": given, "media": MEDIA})
    assert sent.status_code == 200, sent.text
    files = {"file": (f"labels{one.ending}", sent.content)}
    back = client.post("/api/annotations?fps=25", files=files).json()
    [entry] = [entry for entry in back["annotations"] if entry["kind"] == "state"]
    assert entry["state"] == given[0]["state"] and entry["source"] == given[0]["source"]


def test_what_a_tool_cannot_hold_is_told(client: TestClient) -> None:
    asked = {"annotations": [PHOTO, {**SPAN, "answer_shown": True}], "media": MEDIA}

    def told(name: str, language: str = "en") -> str:
        return " ".join(
            client.post(f"/api/annotations/{name}/left-out?language={language}", json=asked).json()["notes"]
        )

    assert told("json") == told("csv") == ""
    assert "labels of photos or whole tracks that are left out: 1." in told("elan")
    assert "labels of recordings that are left out: 1." in told("cvat-images")
    assert "whether the model's answer was shown first" in told("label-studio")
    assert "boxes of track 3 are not known" in told("cvat-video") and "On this page" in told("cvat-video")
    assert "ob die Antwort des Modells zuerst gezeigt wurde" in told("label-studio", "de")
    assert error_of(client.post("/api/annotations/word/left-out", json=asked))[0] == "invalid"


def test_what_is_known_of_a_recording_goes_with_its_labels(client: TestClient) -> None:
    sent = client.post("/api/annotations/json", json={"annotations": [SPAN_BOX], "media": MEDIA})
    back = client.post("/api/annotations", files={"file": ("labels.json", sent.content)}).json()
    assert back["media"] == [{**MEDIA[1], "frames_off": None}]
    again = {"annotations": back["annotations"], "media": back["media"]}
    assert client.post("/api/annotations/cvat-video", json=again).status_code == 200
    alone = {**again, "media": [{"source": "lesson.mp4", "fps": 30}]}
    assert client.post("/api/annotations/cvat-video", json=alone).status_code == 200
    assert error_of(client.post("/api/annotations/cvat-video", json={**again, "media": []}))[0] == "unreadable"
    unknown = {**again, "recordings": ["gone"]}
    assert error_of(client.post("/api/annotations/cvat-video", json=unknown))[0] == "not_found"


def test_what_is_no_file_of_labels_is_told(client: TestClient) -> None:
    code, words = error_of(client.post("/api/annotations", files={"file": ("notes.txt", b"nothing")}))
    assert code == "unreadable" and "notes.txt" in words and "/tmp" not in words
    code, words = error_of(client.post("/api/annotations/json", json={"annotations": [{**PHOTO, "state": "happy"}]}))
    assert code == "invalid" and words.startswith("Annotation 1:")
    assert error_of(client.post("/api/annotations/json", content=b"{"))[0] == "bad_request"
    assert error_of(client.post("/api/annotations/json", json=[]))[0] == "invalid"
    assert error_of(client.post("/api/annotations/word", json={"annotations": []}))[0] == "invalid"


def test_words_of_other_tools_get_a_meaning(client: TestClient) -> None:
    table = b"source,track_id,from_s,to_s,state\nlesson.mp4,1,0,2,engaged\n"
    files = {"file": ("labels.csv", table)}
    assert error_of(client.post("/api/annotations", files=files))[0] == "unreadable"
    read = client.post("/api/annotations?code=engaged%3Dfocused&annotator=Ben", files=files).json()
    assert [(one["state"], one["annotator"]) for one in read["annotations"]] == [("focused", "Ben")]


def test_what_names_an_option_of_the_command_line_says_what_to_do_without_one(client: TestClient) -> None:
    table = b"source,track_id,from_s,to_s,state\nlesson.mp4,1,0,2,engaged\n"
    _, words = error_of(client.post("/api/annotations", files={"file": ("labels.csv", table)}))
    assert "--code" in words and "On this page, correct the file" in words
    _, words = error_of(client.post("/api/annotations?language=de", files={"file": ("labels.csv", table)}))
    assert "--code" in words and "Korrigieren Sie auf dieser Seite die Datei" in words
    _, words = error_of(client.post("/api/annotations", files={"file": ("notes.txt", b"nothing")}))
    assert "On this page" not in words
    events = [[at, "A", code, "", ""] for code in ("eats", "bored") for at in (1, 2)]
    coded = {"observations": {"one": {"file": {"1": ["a.mp4"]}, "type": "MEDIA", "events": events}}}
    boris = json.dumps({"project_format_version": "7.0", **coded}).encode()
    read = client.post("/api/annotations?annotator=Ben", files={"file": ("coded.boris", boris)}).json()
    assert "--code" in read["notes"][0] and "On this page, correct the file" in read["notes"][1]
    asked = {"annotations": [SPAN_BOX], "media": [{**MEDIA[1], "fps": None}]}  # as the page asks
    _, words = error_of(client.post("/api/annotations/cvat-video?language=fr", json=asked))
    assert "--fps" in words and "Sur cette page, choisissez" in words


def test_labels_of_nobody_are_called_after_their_file_and_this_is_said(client: TestClient) -> None:
    table = b"source,track_id,from_s,to_s,state\nlesson.mp4,1,0,2,focused\n"
    read = client.post("/api/annotations?language=de", files={"file": ("ben.csv", table)}).json()
    assert [one["annotator"] for one in read["annotations"]] == ["ben"]
    assert len(read["notes"]) == 1 and "ben.csv sagt nicht" in read["notes"][0]
    named = table.replace(b"state\n", b"state,annotator\n").replace(b"focused\n", b"focused,Anna\n")
    read = client.post("/api/annotations", files={"file": ("ben.csv", named)}).json()
    assert [one["annotator"] for one in read["annotations"]] == ["Anna"] and not read["notes"]


@pytest.mark.parametrize(
    "name", ["ben.csv", "ben.csv.gz", "so. many. dots.csv", "ben é\u202e.csv", "x" * 200 + ".csv", "-.csv"]
)
def test_tables_of_any_name_are_read(client: TestClient, name: str) -> None:
    table = b"source,track_id,from_s,to_s,state,annotator\nlesson.mp4,1,0,2,focused,Ben\n"
    content = gzip.compress(table) if name.endswith(".gz") else table
    read = client.post("/api/annotations", files={"file": (name, content)}).json()
    assert [(one["state"], one["annotator"]) for one in read["annotations"]] == [("focused", "Ben")]


def test_faces_to_label(client: TestClient) -> None:
    probs = np.random.default_rng(1).dirichlet(np.ones(5), 30).tolist()
    faces = [*({"probs": row, "person": ""} for row in probs), {"probs": None}]
    chosen = client.post("/api/sample", json={"faces": faces, "n": 10}).json()["faces"]
    assert len(chosen) == 10 and [one["chosen"] for one in chosen].count("random") == 3
    assert 30 not in [one["index"] for one in chosen]
    assert error_of(client.post("/api/sample", json={"faces": [{"probs": [1.0]}], "n": 1}))[0] == "invalid"


def test_faces_as_the_model_sees_them_and_why(client: TestClient, gallery: bytes) -> None:
    files = {"file": ("gallery.jpg", gallery)}
    seen = client.post("/api/photo?min_group=1", files=files).json()["faces"]
    aligned = client.post("/api/photo/aligned", files=files).json()["faces"]
    assert [one["face"] for one in aligned] == list(range(9))
    assert [one["box"] for one in aligned] == [
        [face[side] for side in ("left", "top", "right", "bottom")] for face in seen
    ]
    pixels = [np.frombuffer(base64.b64decode(one["pixels"]), np.uint8).reshape(48, 48) for one in aligned]
    assert Classifier().probs(np.array(pixels)).shape == (9, 5)
    for method in ("activation", "occlusion"):
        made = client.post("/api/explain", json={"pixels": aligned[0]["pixels"], "state": "bored", "method": method})
        assert made.status_code == 200 and Image.open(io.BytesIO(made.content)).size == (192, 192)
    wrong = {"pixels": aligned[0]["pixels"], "state": "happy"}
    assert error_of(client.post("/api/explain", json=wrong))[0] == "invalid"
    assert error_of(client.post("/api/explain", json={"pixels": "*" * 3072}))[0] == "invalid"
    plain = client.post("/api/photo/plain", files=files)
    assert Image.open(io.BytesIO(plain.content)).size == Image.open(io.BytesIO(gallery)).size


def test_a_photo_corrected_by_hand(client: TestClient, gallery: bytes) -> None:
    seen = client.post("/api/photo?min_group=1", files={"file": ("gallery.jpg", gallery)}).json()
    edits = [
        {"kind": "state", "source": "gallery.jpg", "face": 0, "state": "angry"},
        {"kind": "hide", "source": "gallery.jpg", "face": 1},
    ]
    files = {
        "file": ("gallery.jpg", gallery),
        "annotations": (None, json.dumps({"annotations_version": 1, "annotations": edits})),
    }
    after = client.post("/api/photo?min_group=1&view=states", files=files).json()
    assert after["faces"][0]["state"] == "angry" and after["faces"][0]["p_angry"] == 1
    assert len(after["faces"]) == len(seen["faces"]) - 1
    assert "Changed by hand: the state of 1 face; 1 face hidden." in after["notes"]
    report = client.post("/api/photo?format=report", files=files).text
    assert "Changed by hand" in report
    files["annotations"] = (None, "no JSON")
    assert error_of(client.post("/api/photo", files=files))[0] == "unreadable"
    files["annotations"] = (None, json.dumps({"annotations_version": 9, "annotations": []}))
    code, words = error_of(client.post("/api/photo", files=files))
    assert code == "unreadable" and "version" in words


def test_agreement_of_two(client: TestClient) -> None:
    first = [0, 1, 2, 3, 0, 1, 2, 3, -1, 4]
    second = [0, 1, 2, 2, 0, 1, 2, 3, 0, 4]
    people = [f"person {i % 5}" for i in range(10)]
    found = client.post("/api/agreement", json={"first": first, "second": second, "people": people}).json()
    assert found["faces"] == 9 and found["same"] == 8 and found["people"] == 5
    assert found["observed"]["estimate"] == pytest.approx(8 / 9, abs=1e-4)
    assert found["observed"]["low"] < 8 / 9 < found["observed"]["high"]
    alone = {"first": [0, 1], "second": [0, 1], "people": ["a", "a"]}
    assert client.post("/api/agreement", json=alone).json()["observed"]["low"] is None
    assert error_of(client.post("/api/agreement", json={"first": [-1], "second": [0], "people": [""]}))[0] == "invalid"
    assert error_of(client.post("/api/agreement", json={"first": [0], "second": [0], "people": []}))[0] == "invalid"


def adapted(client: TestClient, faces: list[dict[str, Any]]) -> Any:
    return client.post("/api/adapt", json={"faces": faces, "name": "mine"})


def made_faces(n: int) -> list[dict[str, Any]]:
    """Faces of noise whose brightness is their state: what a refit finds at once."""
    rng, found = np.random.default_rng(0), []
    for i in range(n):
        state = ("neutral", "bored")[i % 2]
        face = rng.normal(60 + 120 * (i % 2), 12, (48, 48)).clip(0, 255).astype(np.uint8)
        found.append({"pixels": base64.b64encode(face.tobytes()).decode(), "state": state, "person": f"p{i // 2}"})
    return found


@pytest.mark.slow
def test_adapting(client: TestClient, tmp_path: Path) -> None:
    answer = adapted(client, made_faces(60))
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert found["better"] and found["held_out"]["people"] == 30
    (tmp_path / "mine.onnx").write_bytes(base64.b64decode(found["model"]))
    assert Classifier(tmp_path / "mine.onnx").info.name == "mine"


def test_what_cannot_be_adapted_to(client: TestClient) -> None:
    few = adapted(client, made_faces(10))
    assert error_of(few) == ("unreadable", "Too few labelled faces (5 neutral, 5 bored); label at least 20.")
    one_state = [{**face, "state": "bored"} for face in made_faces(30)]
    assert "label faces of at least two" in error_of(adapted(client, one_state))[1]
    assert error_of(adapted(client, [{**made_faces(1)[0], "state": "cannot_tell"}]))[0] == "invalid"
    assert error_of(adapted(client, []))[0] == "unreadable"
