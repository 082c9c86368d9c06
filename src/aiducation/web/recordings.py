"""``/api/recordings``: a recording in, a job out, its progress as a stream, its result in every format."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import FileResponse, JSONResponse, Response, StreamingResponse

from aiducation.defaults import EVERY_S
from aiducation.media.file_kinds import VIDEO
from aiducation.observations.result_json import face_entries
from aiducation.texts import Texts
from aiducation.web import jobs
from aiducation.web.answers import Faces, Job, Summary
from aiducation.web.assumed import Assuming
from aiducation.web.formats import (
    SAVED_AS,
    CsvDialect,
    RecordingFormat,
    download_headers,
    downloads,
    in_parts,
    media_type,
    media_types,
    without_faces,
)
from aiducation.web.jobs import DONE, QUEUED
from aiducation.web.languages import Language, in_language, texts
from aiducation.web.photos import Anonymize, MinGroup
from aiducation.web.problems import Problem, fault, known_parameters, responses
from aiducation.web.sent_files import SentFile, gone
from aiducation.web.services import Services, services_of
from aiducation.web.turns import client_of
from aiducation.web.uploads import FORM, broke_off, check_kind, receive_file

router = APIRouter(
    prefix="/api/recordings", tags=["recordings"], dependencies=[Depends(known_parameters), Depends(texts)]
)

JobId = Annotated[str, Path(min_length=1, max_length=60, description="The `id` of the answer to the upload.")]

OtherGroup = Annotated[
    int | None, Query(ge=1, le=1000, description="A smallest group that replaces the one of the upload.")
]

#: Seconds between two looks at a job that a client follows, and between signs of life.
_LOOK_S, _ALIVE_S = 0.25, 10.0

#: Times of a result are rounded: whoever asks for 120 s means the frame of 119.99997 s, too.
_ROUNDED_S = 1e-4


@router.post(
    "",
    summary="Send a recording",
    status_code=202,
    openapi_extra=FORM,
    response_description="The recording waits for its analysis; `Location` is the address to ask for its progress.",
    responses={
        202: {"headers": {"Location": {"description": "The address of the job.", "schema": {"type": "string"}}}},
        **responses("invalid", "too_large", "unreadable", "is_photo", "disk_full"),
    },
)
async def send_recording(
    request: Request,
    response: Response,
    words: Language,
    analyzer: Assuming,
    every_s: Annotated[
        float, Query(ge=0.05, le=600, description="Sampling interval: seconds between the analyzed frames.")
    ] = EVERY_S,
    anonymize: Anonymize = False,
    min_group: MinGroup = None,
    video: Annotated[bool, Query(description="Also make an annotated video (format `video`).")] = False,
    track: Annotated[
        int | None,
        Query(
            ge=0,
            le=1000,
            description="Which video track to analyze if a recording has several, counted from 0. Default: the one "
            "that shows the most faces.",
        ),
    ] = None,
) -> Job:
    """Queue a recording, sent as a form with a part named ``file``: MP4, MOV, MKV, WebM, AVI and whatever FFmpeg
    reads, animated GIF, WebP, PNG and AVIF, TIFF of several pages. ``is_photo`` says that the file is a single picture."""
    services = services_of(request)
    limits, group = services.limits, min_group or services.settings.min_group
    with services.jobs.new_folder(client_of(request)[0]) as (folder, arrival):
        upload = await receive_file(
            request,
            folder / "upload",
            most_bytes=limits.recording_bytes,
            stall_s=limits.stall_s,
            arrival=arrival,
        )
        await check_kind(upload, VIDEO)
        if await request.is_disconnected():  # nobody would hear its id, by which alone it can be deleted
            raise broke_off()
        job = services.jobs.add(
            upload,
            client=client_of(request)[0],
            analyzer=analyzer,
            every_s=every_s,
            min_group=group,
            hide_faces=anonymize,
            texts=words,
            video=video,
            track=track,
        )
    answer = job_answer(services, job, _root(request), words)
    response.headers["Location"] = answer.links["self"]
    return answer


@router.get(
    "/{job_id}",
    summary="Progress of a recording",
    response_description="The job.",
    responses=responses("not_found", "invalid"),
)
async def get_recording(request: Request, job_id: JobId, words: Language) -> Job:
    """State, progress and, once done, where the results are."""
    services = services_of(request)
    return job_answer(services, services.jobs.get(job_id), _root(request), words)


@router.get(
    "/{job_id}/events",
    summary="Follow the progress of a recording",
    response_class=StreamingResponse,
    responses={
        200: {"description": "Server-sent events.", "content": {"text/event-stream": {}}},
        **responses("not_found", "invalid"),
    },
)
async def follow_recording(request: Request, job_id: JobId, words: Language) -> Response:
    """Server-sent events named ``job``, each with the job as JSON: one at once, one a change, the last when it is over."""
    services = services_of(request)
    job = services.jobs.get(job_id)
    # The header keeps nginx and its like from holding events back until they have many.
    headers = {"X-Accel-Buffering": "no"}
    return StreamingResponse(
        _events(services, job, _root(request), words), media_type="text/event-stream", headers=headers
    )


@router.delete(
    "/{job_id}", summary="Stop and delete a recording", status_code=204, responses=responses("not_found", "invalid")
)
async def delete_recording(request: Request, job_id: JobId) -> Response:
    """Stop the analysis if it runs, and delete the upload and every result."""
    known = services_of(request).jobs
    known.delete(known.get(job_id))
    return Response(status_code=204)


@router.get(
    "/{job_id}/source",
    summary="The recording itself",
    response_class=FileResponse,
    responses={
        **in_parts(
            {
                "description": "The file as it was sent.",
                "content": {"video/mp4": {}, "video/webm": {}, "application/octet-stream": {}},
            }
        ),
        **responses("not_found", "invalid"),
    },
)
async def get_source(request: Request, job_id: JobId) -> Response:
    """The recording as it was sent, for players; parts of it on request (``Range``)."""
    job = services_of(request).jobs.get(job_id)
    try:
        with job.upload.path.open("rb") as file:
            start = file.read(12)
    except FileNotFoundError:
        raise gone() from None
    kind = "video/webm" if start.startswith(b"\x1aE\xdf\xa3") else "application/octet-stream"
    return _sent(request, job.upload.path, "video/mp4" if start[4:8] == b"ftyp" else kind)


@router.get(
    "/{job_id}/summary",
    summary="The result without its faces",
    response_class=JSONResponse,
    responses={
        200: {"model": Summary, "description": "General information, the group over time, and tracks."},
        **responses("not_found", "not_ready", "invalid"),
    },
)
async def get_summary(request: Request, job_id: JobId, words: Language, min_group: OtherGroup = None) -> Response:
    """The head of the JSON with the group over time, and ``tracks``: when each face was seen, and its state over time."""
    services = services_of(request)
    job = services.jobs.get(job_id)

    def summary() -> dict[str, Any]:
        recording = services.jobs.result(job)
        return in_language(without_faces(recording, min_group=min_group or job.min_group), words)

    return JSONResponse(await services.engine.run(summary, client_of(request)))


@router.get(
    "/{job_id}/faces",
    summary="The faces of a span of time",
    response_class=JSONResponse,
    responses={
        200: {"model": Faces, "description": "Times and faces."},
        **responses("not_found", "not_ready", "invalid"),
    },
)
async def get_faces(
    request: Request,
    job_id: JobId,
    from_s: Annotated[float, Query(ge=0, description="First second.")] = 0.0,
    to_s: Annotated[
        float | None,
        Query(ge=0, description="End in seconds, at most 600 after the start. Default: 60 after the start."),
    ] = None,
) -> Response:
    """``times_s`` and ``faces`` of the JSON between two times: a player needs them piece by piece."""
    services = services_of(request)
    job, last_s = services.jobs.get(job_id), from_s + 60 if to_s is None else to_s
    if not from_s <= last_s <= from_s + 600:
        raise Problem("invalid", "to_s: the end must be later than the start, by at most 600 seconds.")

    def part() -> dict[str, Any]:
        low, high = from_s - _ROUNDED_S, last_s + _ROUNDED_S
        frames = [f for f in services.jobs.result(job).frames if low <= (f.time_s or 0.0) <= high]
        times = [round(float(f.time_s or 0.0), 4) for f in frames]
        return {"times_s": times, "faces": [entry for frame in frames for entry in face_entries(frame)]}

    return JSONResponse(await services.engine.run(part, client_of(request)))


@router.get(
    "/{job_id}/{format}",
    summary="The result as a file",
    response_class=FileResponse,
    responses={
        **in_parts({"description": "The file.", "headers": SAVED_AS, "content": media_types(recording=True)}),
        **responses("not_found", "not_ready", "missing_extra", "disk_full", "invalid"),
    },
)
async def get_file(
    request: Request,
    job_id: JobId,
    format: RecordingFormat,
    words: Language,
    min_group: OtherGroup = None,
    csv_dialect: CsvDialect = "standard",
    names: Annotated[
        bool, Query(description="Put the names of tracks into the report (`PUT /api/recordings/{job_id}/names`).")
    ] = False,
) -> Response:
    """The result in a format of ``aiducation analyze --save``; ``json`` fits the schema ``Result``."""
    services = services_of(request)
    job = services.jobs.get(job_id)
    path = await services.engine.run(
        lambda: services.jobs.file(job, format, min_group=min_group, csv_dialect=csv_dialect, texts=words, names=names),
        client_of(request),
    )
    headers = download_headers(job.upload.name, format, recording=True)
    return _sent(request, path, media_type(format, recording=True), headers)


def _sent(request: Request, path: FilePath, media_type: str, headers: dict[str, str] | None = None) -> Response:
    return SentFile(services_of(request).jobs.files, path, media_type=media_type, headers=headers)


def _root(request: Request) -> str:
    """The path below which a proxy shows this server."""
    return str(request.scope.get("root_path", ""))


def job_answer(services: Services, job: jobs.Job, root_path: str, words: Texts) -> Job:
    """What is told of a job, with links below ``root_path``."""
    here, left_s = f"{root_path}/api/recordings/{job.id}", job.left_s()
    links = {"self": here, "events": f"{here}/events", "source": f"{here}/source"}
    if job.state == DONE:
        links |= {"summary": f"{here}/summary", "faces": f"{here}/faces"}
        links |= {
            name: f"{here}/{name}" for name, (one, _) in downloads(recording=True).items() if one.write or job.video
        }
    return Job(
        id=job.id,
        source=job.upload.name,
        state=job.state,
        before=services.jobs.position(job) if job.state == QUEUED else 0,
        done_s=round(job.done_s, 2),
        total_s=None if job.total_s is None else round(job.total_s, 2),
        left_s=None if left_s is None else round(left_s, 1),
        took_s=round(job.took_s, 2),
        complete=job.complete,
        every_s=job.every_s,
        track=job.track,
        min_group=job.min_group,
        anonymize=job.hide_faces,
        error=fault(job.problem.code, words.sentence(job.problem.message)) if job.problem else None,
        links=links,
    )


async def _events(services: Services, job: jobs.Job, root_path: str, words: Texts) -> AsyncIterator[str]:
    seen, quiet_s = -1, 0.0
    while True:
        last = job.over or services.closing.is_set()  # asked first: what changes after this is told in the next round
        if job.version != seen:
            seen, quiet_s = job.version, 0.0
            yield f"event: job\nid: {seen}\ndata: {job_answer(services, job, root_path, words).model_dump_json()}\n\n"
        if last:
            return
        await asyncio.sleep(_LOOK_S)
        quiet_s += _LOOK_S
        if quiet_s >= _ALIVE_S:
            quiet_s = 0.0
            yield ": still here\n\n"
