"""``/api/recordings/{id}/...``: what people change in a result, and the single pictures and faces that they look at meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, Response

from aiducation.errors import DataFileError
from aiducation.exchange.format import Media
from aiducation.exchange.places import media_of
from aiducation.exports.picture import plain_jpeg
from aiducation.observations.annotation_json import ANNOTATIONS_SCHEMA, annotations_from_json, entry_of
from aiducation.observations.annotations import Target
from aiducation.observations.corrections import rows_of
from aiducation.observations.label_sample import label_sample
from aiducation.observations.recording import Recording
from aiducation.observations.result_json import face_entries
from aiducation.observations.track_names import NAMES_SCHEMA, TrackNames
from aiducation.web import jobs
from aiducation.web.bodies import json_body, read_json
from aiducation.web.label_answers import (
    MOST_FACES,
    AlignedFaces,
    EditList,
    RecordingSample,
)
from aiducation.web.labelling import media_list
from aiducation.web.languages import Language, texts
from aiducation.web.pictures import picture_of
from aiducation.web.problems import Problem, known_parameters, problem_of, responses
from aiducation.web.recordings import JobId
from aiducation.web.seen_faces import aligned
from aiducation.web.services import services_of
from aiducation.web.turns import client_of

router = APIRouter(
    prefix="/api/recordings", tags=["recordings"], dependencies=[Depends(known_parameters), Depends(texts)]
)

Time = Annotated[float, Query(ge=0, le=1e7, description="Seconds on a player's clock, as `time_s` of a face has them.")]
Box = Annotated[
    str,
    Query(
        max_length=100,
        description="Left, top, right and bottom of the face in the picture, with commas: that of the result.",
    ),
]
Edition = Annotated[
    int | None,
    Query(
        ge=0,
        description="The number of the list that the client knows: if somebody else changed it since then, nothing is put.",
    ),
]


@router.get(
    "/{job_id}/annotations",
    summary="What people changed",
    response_description="The edits.",
    responses=responses("not_found", "invalid"),
)
async def get_annotations(request: Request, job_id: JobId) -> EditList:
    """The edits that are applied to the result."""
    services = services_of(request)
    job = services.jobs.get(job_id)
    if job.state != jobs.DONE:
        return _list_of(job)
    return await services.engine.run(lambda: _list_of(job, services.jobs.original(job)), client_of(request))


@router.put(
    "/{job_id}/annotations",
    summary="Change a result",
    response_description="The edits that are applied now.",
    openapi_extra=json_body(ANNOTATIONS_SCHEMA),
    responses=responses("not_found", "not_ready", "changed", "too_large", "unreadable", "invalid"),
)
async def put_annotations(request: Request, job_id: JobId, words: Language, edition: Edition = None) -> EditList:
    """Put a list of edits in the place of the one that there is; an empty one takes everything back. The body is a file of
    annotations (docs/annotations.md); those about other sources are left out. Summary, faces and files follow."""
    services = services_of(request)
    job = services.jobs.get(job_id)
    value = await read_json(request, stall_s=services.limits.stall_s)
    try:
        given = annotations_from_json(value)
    except DataFileError as error:
        raise problem_of(error) from error

    def change() -> EditList:
        recording = services.jobs.original(job)
        about = given.about(recording.source)
        services.jobs.edit(job, known=edition, annotations=about)
        services.jobs.result(job)
        left_out = len(given) - len(about)
        notes = [f"Annotations about other sources that were left out: {left_out:,}."] if left_out else []
        return _list_of(job, recording, [words.sentence(note) for note in notes])

    return await services.engine.run(change, client_of(request))


def _list_of(job: jobs.Job, recording: Recording | None = None, notes: Sequence[str] = ()) -> EditList:
    edits = job.edits
    known = media_of([recording], edits.annotations) if recording else Media()
    return EditList(
        edition=edits.edition,
        annotations=[entry_of(one) for one in edits.annotations],
        notes=list(notes),
        media=media_list(known, [recording.source] if recording else ()),
    )


@router.put(
    "/{job_id}/names",
    summary="Name tracks",
    status_code=204,
    openapi_extra=json_body(NAMES_SCHEMA),
    responses=responses("not_found", "too_large", "unreadable", "invalid"),
)
async def put_names(request: Request, job_id: JobId) -> Response:
    """Say what people call the tracks. Only a report that is asked for with `names=true` shows them. Nothing is written to the
    disk until then, and no names take all back."""
    services = services_of(request)
    job = services.jobs.get(job_id)
    value = await read_json(request, stall_s=services.limits.stall_s)
    try:
        names = TrackNames.from_json(value)
    except DataFileError as error:
        raise problem_of(error) from error
    await services.engine.run(lambda: services.jobs.edit(job, names=names.names), client_of(request))
    return Response(status_code=204)


@router.get(
    "/{job_id}/picture",
    summary="A single picture of a recording",
    response_class=Response,
    responses={
        200: {"description": "The picture, without anything drawn in it.", "content": {"image/jpeg": {}}},
        **responses("not_found", "not_ready", "unreadable", "too_large", "invalid"),
    },
)
async def get_picture(request: Request, job_id: JobId, time_s: Time) -> Response:
    """The picture that a player shows at a time, of the size that boxes are given in. Nothing is anonymized."""
    services = services_of(request)
    job = services.jobs.get(job_id)

    def made() -> bytes:
        return plain_jpeg(picture_of(job, services.jobs.original(job), time_s))

    return Response(await services.engine.run(made, client_of(request)), media_type="image/jpeg")


@router.get(
    "/{job_id}/aligned",
    summary="A face of a recording as the model sees it",
    response_description="The face, or none if there is none at this place.",
    responses=responses("not_found", "not_ready", "unreadable", "too_large", "invalid"),
)
async def get_aligned(request: Request, job_id: JobId, time_s: Time, box: Box) -> AlignedFaces:
    """The pixels of one face: to explain its answer, or to adapt the model to its label."""
    services = services_of(request)
    job, place = services.jobs.get(job_id), _box(box)

    def made() -> AlignedFaces:
        recording = services.jobs.original(job)
        seen = min(recording.frames, key=lambda frame: abs((frame.time_s or 0.0) - time_s), default=None)
        if seen is None or abs((seen.time_s or 0.0) - time_s) > recording.every_s:
            return AlignedFaces(faces=[])
        rows = rows_of(seen, Target(source=recording.source, box=place))
        if not rows.any():
            return AlignedFaces(faces=[])
        image = picture_of(job, recording, seen.time_s or 0.0)
        return aligned(seen, image, rows)

    return await services.engine.run(made, client_of(request))


@router.get(
    "/{job_id}/sample",
    summary="Which faces to label",
    response_class=JSONResponse,
    responses={
        200: {"model": RecordingSample, "description": "Faces in the order in which to label them."},
        **responses("not_found", "not_ready", "invalid"),
    },
)
async def get_sample(
    request: Request,
    job_id: JobId,
    n: Annotated[int, Query(ge=1, le=MOST_FACES, description="How many at most.")] = 60,
    seed: Annotated[int, Query(ge=0, le=2**31 - 1, description="The same seed chooses the same faces.")] = 0,
    from_s: Annotated[float, Query(ge=0, le=1e7, description="First second of the part to label.")] = 0.0,
    to_s: Annotated[
        float | None, Query(ge=0, le=1e7, description="Last second; by default that of the recording.")
    ] = None,
) -> Response:
    """Faces whose labels help most: a random share, which alone measures the model, faces that it is unsure about, states
    that it rarely gives, and people of whom few faces were chosen."""
    services = services_of(request)
    job = services.jobs.get(job_id)

    def made() -> dict[str, Any]:
        return {"faces": _sample(services.jobs.original(job), n, seed, from_s, to_s)}

    return JSONResponse(await services.engine.run(made, client_of(request)))


def _sample(recording: Recording, n: int, seed: int, from_s: float, to_s: float | None) -> list[dict[str, Any]]:
    frames = [frame for frame in recording.frames if from_s <= (frame.time_s or 0.0) <= (1e9 if to_s is None else to_s)]
    if not any(len(frame) for frame in frames):
        return []
    probs = np.concatenate([frame.probs for frame in frames])
    tracks = np.concatenate([frame.track_ids for frame in frames])
    times = np.concatenate([np.full(len(frame), frame.time_s or 0.0) for frame in frames])
    people = [str(track) if track >= 0 else "" for track in tracks.tolist()]
    places = [(frame, i) for frame in frames for i in range(len(frame))]
    found = []
    for one in label_sample(probs, people, times, n=n, seed=seed):
        frame, i = places[one.index]
        entry = next(entry for entry in face_entries(frame) if entry["face"] == i)
        found.append({"chosen": one.chosen, "face": entry})
    return found


def _box(words: str) -> tuple[float, float, float, float]:
    try:
        left, top, right, bottom = (float(part) for part in words.split(","))
        return Target(source="-", box=(left, top, right, bottom)).box or (0.0, 0.0, 0.0, 0.0)
    except ValueError as error:
        raise Problem("invalid", "box: left, top, right and bottom of a face in pixels, with commas.") from error
