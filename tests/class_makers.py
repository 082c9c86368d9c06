"""Classes with a file for each participant, as servers of meetings leave them, made by code."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np

from aiducation.media.samples import gallery
from film import film

#: Pictures a second of the webcams.
RATE = 4

#: When the meeting's server counts its first event, in milliseconds of its own clock and since 1970.
FIRST_MS, FIRST_UTC = 13_749_525_124, 1_630_430_006_895


@dataclass(frozen=True)
class Webcam:
    """A webcam that was shared for a while.

    Attributes:
        user: the number that the server gave for this visit; ``person``: the one that a person keeps.
        start_s, seconds: when it began, since the first event, and for how long.
        person: index of the face, 0 or 1; 2 for an empty room.
    """

    user: str
    person: str
    start_s: float
    seconds: float
    face: int


#: A teacher, three pupils, one of whom comes back with another number, and an empty room.
LESSON = (
    Webcam("w_teacher00001", "ext-teacher", 2.0, 8.0, 0),
    Webcam("w_anna00000001", "ext-anna", 3.0, 3.0, 1),
    Webcam("w_anna00000002", "ext-anna", 8.0, 3.0, 1),
    Webcam("w_ben000000001", "ext-ben", 5.25, 5.0, 0),
    Webcam("w_empty0000001", "ext-empty", 4.0, 4.0, 2),
)


def webcam_pictures(face: int, seconds: float) -> list[np.ndarray]:
    """(240, 320, 3) pictures of a head that sways; of an empty room for face 2."""
    pictures = []
    for number in range(round(seconds * RATE)):
        if face == 2:
            pictures.append(np.full((240, 320, 3), 90, np.uint8))
            continue
        both = gallery(2, 1, width=640, height=240, shift=(number % 8) / 8, people=2)
        pictures.append(np.ascontiguousarray(both[:, 320 * face : 320 * (face + 1)]))
    return pictures


def bigbluebutton(folder: Path, webcams: Sequence[Webcam] = LESSON, *, recorded_from_s: float = 4.0) -> Path:
    """A raw recording as ``/var/bigbluebutton/recording/raw/MEETING`` holds it: webcams, a shared screen, a slide, events."""
    meeting = "183f0bf3a0982a127bdb8161e0c44eb696b3e75c-1630430006889"
    root = folder / meeting
    (root / "video" / meeting).mkdir(parents=True)
    (root / "deskshare").mkdir()
    (root / "audio").mkdir()
    events = [event(0.0, "PRESENTATION", "CreatePresentationPodEvent", podId="DEFAULT_PRESENTATION_POD")]
    for cam in webcams:
        name = f"medium-{cam.user}-{FIRST_UTC + round(1000 * cam.start_s)}.webm"
        film(root / "video" / meeting / name, webcam_pictures(cam.face, cam.seconds), codec="libvpx", rate=RATE)
        path = f"/var/lib/bbb-webrtc-recorder/recordings/{meeting}/{name}"
        who = {"name": f"{cam.person} <&>", "role": "VIEWER", "externalUserId": cam.person, "userId": cam.user}
        events += [
            event(cam.start_s - 1.0, "PARTICIPANT", "ParticipantJoinEvent", **who),
            event(cam.start_s, "bbb-webrtc-sfu", "StartWebRTCShareEvent", filename=path),
            event(cam.start_s + cam.seconds, "bbb-webrtc-sfu", "StopWebRTCShareEvent", filename=path),
        ]
    events.append(event(recorded_from_s, "PARTICIPANT", "RecordStatusEvent", status="true", userId=webcams[0].user))
    screen = f"{meeting}-1.webm"
    film(root / "deskshare" / screen, webcam_pictures(2, 1.0), codec="libvpx", rate=RATE)
    path = f"/var/lib/bbb-webrtc-recorder/screenshare/{meeting}/{screen}"
    events.append(event(6.0, "bbb-webrtc-sfu", "StartWebRTCDesktopShareEvent", filename=path))
    events.sort(key=lambda one: one[0])
    body = "\n".join(xml for _, xml in events)
    (root / "events.xml").write_text(
        f'<?xml version="1.0" encoding="UTF-8"?>\n<recording meeting_id="{meeting}" bbb_version="2.7.0">\n{body}\n</recording>\n',
        encoding="utf-8",
    )
    return root


def event(at_s: float, module: str, eventname: str, /, **values: str) -> tuple[float, str]:
    """The time of an event, and the event as XML."""
    inside = "".join(f"\n    <{key}>{escape(value)}</{key}>" for key, value in values.items())
    ms = round(1000 * at_s)
    return at_s, (
        f'  <event timestamp="{FIRST_MS + ms}" module="{module}" eventname="{eventname}">'
        f"\n    <timestampUTC>{FIRST_UTC + ms}</timestampUTC>{inside}\n  </event>"
    )


def livekit(folder: Path, webcams: Sequence[Webcam] = LESSON[:2]) -> Path:
    """A folder of LiveKit's egress: a file for each participant, and a manifest with its publisher beside each."""
    folder.mkdir(parents=True)
    for number, cam in enumerate(webcams):
        name = f"lesson-{cam.person}-2026-11-28T101500.mp4"
        film(folder / name, webcam_pictures(cam.face, cam.seconds), rate=RATE)
        manifest = {
            "egress_id": f"EG_{number}",
            "room_name": "lesson",
            "started_at": 1_780_000_000_000_000_000 + round(cam.start_s * 1e9),
            "ended_at": 1_780_000_000_000_000_000 + round((cam.start_s + cam.seconds) * 1e9),
            "publisher_identity": cam.person,
            "files": [{"filename": f"lesson/{name}", "location": f"https://bucket.example/lesson/{name}"}],
        }
        (folder / f"EG_{number}.json").write_text(json.dumps(manifest) + "\n", encoding="utf-8")
    return folder
