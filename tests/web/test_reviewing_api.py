"""The API of reviewing a recording: results and files follow the edits, names are in no file unasked."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from waiting import PATIENCE_S
from web_makers import error_of


@pytest.fixture(scope="module")
def job(client: TestClient, clip: Path) -> Iterator[str]:
    """The address of a recording that was analyzed."""
    sent = client.post("/api/recordings?min_group=1", files={"file": ("clip.mp4", clip.read_bytes())}).json()
    address = sent["links"]["self"]
    while client.get(address).json()["state"] in ("queued", "running"):
        time.sleep(0.05)
    yield address
    client.delete(address)


def put(client: TestClient, job: str, *edits: dict[str, Any]) -> Any:
    entries = [{"source": "clip.mp4", **edit} for edit in edits]
    return client.put(f"{job}/annotations", json={"annotations_version": 1, "annotations": entries})


def tracks(client: TestClient, job: str) -> dict[int, dict[str, Any]]:
    return {track["track_id"]: track for track in client.get(f"{job}/summary").json()["tracks"]}


@pytest.mark.slow
def test_results_and_files_follow_the_edits_and_come_back(client: TestClient, job: str) -> None:
    before = client.get(f"{job}/summary").json()
    known = sorted(tracks(client, job))
    json_before = client.get(f"{job}/json").json()
    edits = [
        {"kind": "state", "track_id": known[0], "state": "angry"},
        {"kind": "hide", "track_id": known[1]},
        {"kind": "split", "track_id": known[2], "into": known[-1] + 1, "from_s": 1.0},
        {"kind": "event", "from_s": 0.5, "note": "group work"},
        {"kind": "merge", "track_id": known[3], "into": known[4]},
    ]
    assert len(put(client, job, *edits).json()["annotations"]) == 5
    assert [one["kind"] for one in client.get(f"{job}/annotations").json()["annotations"]] == [e["kind"] for e in edits]
    after = tracks(client, job)
    assert after[known[0]]["state"] == "angry" and known[1] not in after and known[-1] + 1 in after
    summary = client.get(f"{job}/summary").json()
    assert summary["notes"][0] == "0:00 marked: group work."
    assert any(note.startswith("Changed by hand: states of") for note in summary["notes"])
    assert any("both tracks are seen" in note for note in summary["notes"]), "they are two people"
    faces = client.get(f"{job}/faces").json()["faces"]
    assert {face["state"] for face in faces if face["track_id"] == known[0]} == {"angry"}
    for name in ("report", "csv", "json", "timeline.csv", "timeline.png"):
        assert client.get(f"{job}/{name}").status_code == 200, name
    assert "Changed by hand" in client.get(f"{job}/report").text
    assert client.get(f"{job}/json").json() != json_before

    put(client, job)
    assert client.get(f"{job}/summary").json() == before
    assert client.get(f"{job}/json").json() == json_before


def test_a_span_is_excluded(client: TestClient, job: str) -> None:
    put(client, job, {"kind": "exclude", "from_s": 0.0, "to_s": 1.0, "note": "break"})
    summary = client.get(f"{job}/summary").json()
    assert min(summary["times_s"]) >= 1.0
    assert any("0:00 to 0:01 (break)" in note for note in summary["notes"])
    german = client.get(f"{job}/summary?language=de").json()
    assert any(note.startswith("Von Hand geändert") for note in german["notes"])
    put(client, job)


def test_labels_of_other_recordings_are_left_out_and_told(client: TestClient, job: str) -> None:
    answer = client.put(
        f"{job}/annotations",
        json={"annotations_version": 1, "annotations": [{"kind": "hide", "source": "other.mp4", "track_id": 1}]},
    ).json()
    assert answer["annotations"] == [] and answer["notes"][0].endswith("left out: 1.")


def test_a_list_that_somebody_else_changed_is_not_replaced_unseen(client: TestClient, job: str) -> None:
    known = client.get(f"{job}/annotations").json()["edition"]
    entry = {"source": "clip.mp4", "kind": "event", "from_s": 0.5, "note": "group work"}
    body = {"annotations_version": 1, "annotations": [entry]}
    first = client.put(f"{job}/annotations?edition={known}", json=body)
    assert first.json()["edition"] > known
    assert error_of(client.put(f"{job}/annotations?edition={known}", json={**body, "annotations": []}))[0] == "changed"
    there = client.get(f"{job}/annotations").json()
    assert there["annotations"] == [entry] and there["edition"] == first.json()["edition"]
    assert put(client, job).json()["annotations"] == [], "without a number the last one counts"


def test_bad_edits_change_nothing(client: TestClient, job: str) -> None:
    assert error_of(put(client, job, {"kind": "hide"}))[0] == "unreadable"
    assert (
        error_of(client.put(f"{job}/annotations", json={"annotations_version": 2, "annotations": []}))[0]
        == "unreadable"
    )
    assert error_of(client.put(f"{job}/annotations", content=b"\xff"))[0] == "bad_request"
    assert error_of(put(client, "/api/recordings/none", {"kind": "hide", "track_id": 1}))[0] == "not_found"
    assert client.get(f"{job}/annotations").json()["annotations"] == []


def test_names_are_in_a_report_that_asks_for_them_and_nowhere_else(client: TestClient, job: str) -> None:
    track = min(tracks(client, job))
    body = {"names_version": 1, "source": "clip.mp4", "names": {str(track): "Grace Hopper"}}
    assert client.put(f"{job}/names", json=body).status_code == 204
    assert "Grace Hopper" in client.get(f"{job}/report?names=true").text
    for name in ("report", "csv", "json", "timeline.csv", "elan", "boris", "captions"):
        answer = client.get(f"{job}/{name}")
        assert answer.status_code == 200 and b"Grace" not in answer.content, name
    assert b"Grace" not in client.get(f"{job}/json?names=true").content
    client.put(f"{job}/names", json={**body, "names": {}})
    assert "Grace Hopper" not in client.get(f"{job}/report?names=true").text
    assert error_of(client.put(f"{job}/names", json={"names": {}}))[0] == "unreadable"


def test_single_pictures_and_faces(client: TestClient, job: str) -> None:
    face = client.get(f"{job}/faces?from_s=1&to_s=1.2").json()["faces"][0]
    summary = client.get(f"{job}/summary").json()
    picture = client.get(f"{job}/picture?time_s={face['time_s']}")
    assert Image.open(io.BytesIO(picture.content)).size == (summary["width"], summary["height"])
    box = ",".join(str(face[side]) for side in ("left", "top", "right", "bottom"))
    aligned = client.get(f"{job}/aligned?time_s={face['time_s']}&box={box}").json()["faces"]
    assert len(aligned) == 1 and len(aligned[0]["pixels"]) == 3072
    assert client.get(f"{job}/aligned?time_s=1&box=0,0,5,5").json()["faces"] == []
    assert client.get(f"{job}/aligned?time_s=900&box={box}").json()["faces"] == []
    assert error_of(client.get(f"{job}/aligned?time_s=1&box=here"))[0] == "invalid"


def test_faces_of_a_recording_to_label(client: TestClient, job: str) -> None:
    found = client.get(f"{job}/sample?n=10").json()["faces"]
    assert len(found) == 10 and {one["chosen"] for one in found} <= {"random", "uncertain", "rare", "person"}
    assert found == client.get(f"{job}/sample?n=10").json()["faces"]
    late = client.get(f"{job}/sample?n=10&from_s=1.2&to_s=1.6").json()["faces"]
    assert late and all(1.2 <= one["face"]["time_s"] <= 1.6 for one in late)
    assert client.get(f"{job}/sample?from_s=100").json()["faces"] == []


def test_two_recordings_in_one_figure(client: TestClient, job: str) -> None:
    own = job.rsplit("/", 1)[-1]
    found = client.get(f"/api/comparison?first={own}&second={own}&min_group=1").json()
    assert found["first"]["label"] == "clip.mp4 (1)" and found["second"]["label"] == "clip.mp4 (2)"
    assert {one["difference"] for one in found["differences"]} == {0.0}
    assert len(found["differences"]) == 5 and found["headline"].startswith("No share differs")
    german = client.get(f"/api/comparison?first={own}&second={own}&min_group=1&language=de").json()
    assert german["notes"][-1].startswith("5 Unterschiede werden zugleich betrachtet")
    assert german["headline"].startswith("Kein Anteil unterscheidet sich um mehr, als die Unterschiede zwischen Spuren")
    assert error_of(client.get(f"/api/comparison?first={own}&second=none"))[0] == "not_found"
    assert error_of(client.get(f"/api/comparison?first={own}&second={own}&min_group=500"))[0] == "unreadable"


def test_a_recording_knows_where_faces_are_and_its_frames(client: TestClient, job: str) -> None:
    """Edits name tracks alone; CVAT needs boxes and frame numbers, which the server has."""
    track = min(tracks(client, job))
    put(client, job, {"kind": "state", "track_id": track, "state": "bored", "from_s": 0.0, "to_s": 1.0})
    known = client.get(f"{job}/annotations").json()
    [medium] = known["media"]
    assert (medium["source"], medium["width"], medium["frames_off"]) == ("clip.mp4", 960, 0) and medium["fps"] > 1
    asked = {"annotations": known["annotations"], "media": known["media"]}
    told = client.post("/api/annotations/cvat-video/left-out", json=asked).json()["notes"]
    assert any("boxes" in note for note in told)
    asked["recordings"] = [job.rsplit("/", 1)[-1]]
    assert not any(
        "boxes" in note for note in client.post("/api/annotations/cvat-video/left-out", json=asked).json()["notes"]
    )
    file = client.post("/api/annotations/cvat-video", json=asked).content
    [back] = client.post(f"/api/annotations?fps={medium['fps']}", files={"file": ("a.xml", file)}).json()["annotations"]
    assert (back["track_id"], back["state"], back["from_s"]) == (track, "bored", 0.0) and "box" in back
    put(client, job)


def test_names_do_not_hold_up_the_server_while_a_file_is_written(client: TestClient, job: str) -> None:
    jobs = client.app.state.services.jobs  # type: ignore[attr-defined]
    found = jobs.get(job.rsplit("/", 1)[-1])
    names = {"names_version": 1, "source": "clip.mp4", "names": {str(min(tracks(client, job))): "Mia"}}
    put(client, job)
    with ThreadPoolExecutor(2) as pool:
        with found.writing:
            named = pool.submit(client.put, f"{job}/names", json=names)
            health = pool.submit(client.get, "/health").result(timeout=PATIENCE_S)
            assert health.status_code == 200 and not named.done(), "the server's loop goes on"
        assert named.result(timeout=PATIENCE_S).status_code == 204
    assert found.edits.names
    client.put(f"{job}/names", json={**names, "names": {}})
