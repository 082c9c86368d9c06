"""Labelling: annotations as files, which faces to label, and how far two raters agree."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import AfterValidator, WithJsonSchema

from aiducation.errors import InputError
from aiducation.evaluation.agreement import agreement_of
from aiducation.evaluation.intervals import Interval
from aiducation.exchange.format import Media, ReadOptions
from aiducation.exchange.formats import ANNOTATION_FORMATS, codes_of, read_annotations, write_annotations
from aiducation.exchange.media_entries import media_entries, media_from
from aiducation.exchange.places import media_of, with_places
from aiducation.observations.annotation_json import annotation_of, entry_of
from aiducation.observations.annotations import Annotations
from aiducation.observations.label_sample import label_sample
from aiducation.states import OUTCOMES
from aiducation.tables.table import clean
from aiducation.texts import N_, Texts
from aiducation.visible import visible
from aiducation.web.bodies import model_body, read_model
from aiducation.web.label_answers import (
    AnnotationList,
    AnnotationsToWrite,
    ChosenFace,
    ChosenFaces,
    Estimate,
    LeftOut,
    Medium,
    OfferedFaces,
    TwoAgree,
    TwoRaters,
    finite_or_none,
)
from aiducation.web.languages import Language, texts
from aiducation.web.problems import Problem, known_parameters, problem_of, responses
from aiducation.web.services import services_of
from aiducation.web.turns import client_of
from aiducation.web.uploads import FORM, receive_file

router = APIRouter(tags=["labels"], dependencies=[Depends(known_parameters), Depends(texts)])


def _written(name: str) -> str:
    if name not in ANNOTATION_FORMATS or ANNOTATION_FORMATS[name].write is None:
        raise ValueError(f"one of {', '.join(_writable())} is expected")
    return name


def _writable() -> list[str]:
    return [name for name, one in ANNOTATION_FORMATS.items() if one.write]


AnnotationFile = Annotated[str, AfterValidator(_written), WithJsonSchema({"type": "string", "enum": _writable()})]


@router.post(
    "/api/annotations",
    summary="Read annotations",
    openapi_extra=FORM,
    response_description="The annotations.",
    responses=responses("invalid", "too_large", "unreadable", "disk_full"),
)
async def post_annotations(
    request: Request,
    words: Language,
    source: Annotated[
        str,
        Query(
            max_length=4000,
            description="The photo or recording: one of several that the file names, or its name where the file names it "
            "differently or not at all.",
        ),
    ] = "",
    annotator: Annotated[
        str, Query(max_length=400, description="Whose labels these are, where the file does not say it.")
    ] = "",
    fps: Annotated[
        float | None, Query(gt=0, le=1000, description="Pictures a second, for files that count pictures.")
    ] = None,
    code: Annotated[
        str,
        Query(max_length=2000, description="What words of the file mean, with commas: `engaged=focused,laughing=`."),
    ] = "",
) -> AnnotationList:
    """The annotations in a file of any known kind (own JSON, CSV, ELAN, BORIS, Label Studio, CVAT), sent as a form with a part
    named ``file``. Nothing of it stays here."""
    services = services_of(request)
    with TemporaryDirectory(dir=services.folder) as place:
        path = Path(place) / "upload"
        upload = await receive_file(request, path, most_bytes=_MOST_FILE, stall_s=services.limits.stall_s)
        endings = "".join(Path(upload.name).suffixes[-2:])[-20:]  # a table may be packed: .csv.gz
        path = path.rename(path.with_name(f"{_NOBODY}{endings}"))
        annotator = clean(annotator)
        unnamed = annotator or visible(Path(upload.name).stem[:400]) or "?"

        def read() -> AnnotationList:
            try:
                codes = codes_of([one for one in code.split(",") if one.strip()])
                found = read_annotations(path, ReadOptions(codes=codes, source=source, annotator=annotator, fps=fps))
            except (InputError, OSError) as error:
                told = problem_of(error)
                raise _explained(told.code, _named(told.message, path, upload.name), _READ_HERE, words) from error
            notes = [words.sentence(_named(line, path, upload.name)) for line in found.notes]
            if any(map(_OPTION.search, found.notes)):
                notes.append(words.gettext(_READ_HERE))
            if not annotator and _NOBODY in found.annotations.annotators:
                notes.append(words.gettext(_CALLED_AFTER_FILE, file=upload.name, name=unnamed))
            said = [replace(one, annotator=unnamed) if one.annotator == _NOBODY else one for one in found.annotations]
            return AnnotationList(
                annotations=[entry_of(one) for one in said],
                notes=notes,
                media=media_list(found.media, found.annotations.sources),
            )

        return await services.engine.run(read, client_of(request))


def _named(words: str, path: Path, name: str) -> str:
    """What is said of a file, with the client's name for it."""
    return words.replace(str(path), name).replace(path.name, name)


#: An option of the command line, which the readers and writers of files name to say what is missing.
_OPTION = re.compile(r"--[a-z]")

_READ_HERE = N_(
    "Options with -- belong to the command 'aiducation annotations'. On this page, correct the file, or choose the one that the "
    "command writes. Requests to the API have parameters of the same names."
)
_WRITTEN_HERE = N_(
    "Options with -- belong to the command 'aiducation annotations', which reads the labels from a JSON file. On this page, "
    "choose another kind of file."
)


def _explained(code: str, said: str, way: str, words: Texts) -> Problem:
    """What is wrong with a file, and where that names an option: what somebody without a command line can do.

    Both are translated here, each for itself: together they would be another text, which no catalogue has.
    """
    return Problem(code, f"{words.sentence(said)} {words.gettext(way)}" if _OPTION.search(said) else said)


#: What a file is called while it is read: readers take a file's name for that of an annotator who is not named.
_NOBODY = "b2e1c5f0-nobody-is-named"

_CALLED_AFTER_FILE = N_(
    "{file} does not say who labelled, so its labels count as those of “{name}”. If they are another person's than earlier "
    "labels of this name, give the file another name and read it again."
)

#: Bytes of a file of annotations.
_MOST_FILE = 20_000_000


#: What can go wrong where a file is written.
_WRITING = responses("invalid", "too_large", "unreadable", "disk_full", "not_found", "not_ready")


@router.post(
    "/api/annotations/{format}",
    summary="Write annotations",
    openapi_extra=model_body(AnnotationsToWrite),
    response_class=Response,
    responses={
        200: {
            "description": "The file.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        **_WRITING,
    },
)
async def write_file(request: Request, format: AnnotationFile, words: Language) -> Response:
    """Annotations as a file of another tool; what that tool cannot hold is left out: `/api/annotations/{format}/left-out` says
    what."""
    content, _ = await _file_of(request, format, words)
    return Response(content, media_type="application/octet-stream")


@router.post(
    "/api/annotations/{format}/left-out",
    summary="What a file of annotations leaves out",
    openapi_extra=model_body(AnnotationsToWrite),
    response_description="A sentence for each thing that is left out.",
    responses=_WRITING,
)
async def left_out(request: Request, format: AnnotationFile, words: Language) -> LeftOut:
    """What a file of another tool would not have of these annotations. Nothing is left out of `json`."""
    _, notes = await _file_of(request, format, words)
    told = [words.sentence(note) for note in notes]
    return LeftOut(notes=[*told, words.gettext(_WRITTEN_HERE)] if any(map(_OPTION.search, notes)) else told)


async def _file_of(request: Request, format_: str, words: Texts) -> tuple[bytes, list[str]]:
    """A file of annotations, and a sentence for everything that it cannot hold."""
    services = services_of(request)
    asked = await read_model(request, AnnotationsToWrite, stall_s=services.limits.stall_s)
    annotations = _annotations(asked.annotations)
    jobs = [services.jobs.get(one) for one in asked.recordings]

    def made() -> tuple[bytes, list[str]]:
        results = [services.jobs.original(job) for job in jobs]
        known = media_from(one.model_dump() for one in asked.media)
        media = media_of(results, annotations, known=known)
        with TemporaryDirectory(dir=services.folder) as place:
            path = Path(place) / f"annotations{ANNOTATION_FORMATS[format_].ending}"
            try:
                notes = write_annotations(with_places(annotations, results), path, format_, media)
            except InputError as error:
                told = problem_of(error, path=path, name="the file")
                raise _explained(told.code, told.message, _WRITTEN_HERE, words) from error
            return path.read_bytes(), notes

    return await services.engine.run(made, client_of(request))


def media_list(media: Media, sources: Iterable[str]) -> list[Medium]:
    """What is known of photos and recordings, as the API tells it."""
    return [Medium.model_validate(one) for one in media_entries(media, sources)]


def _annotations(entries: list[dict[str, Any]]) -> Annotations:
    found = []
    for number, entry in enumerate(entries, start=1):
        try:
            found.append(annotation_of(entry))
        except InputError as error:
            raise Problem("invalid", f"Annotation {number}: {error}") from error
    return Annotations(tuple(found))


@router.post(
    "/api/sample",
    summary="Which faces to label",
    openapi_extra=model_body(OfferedFaces),
    response_description="The faces, in the order in which to label them.",
    responses=responses("invalid", "too_large"),
)
async def sample(request: Request) -> ChosenFaces:
    """Of some faces those whose labels help most, as `/api/recordings/{job_id}/sample` does it: for faces of photos."""
    asked = await read_model(request, OfferedFaces, stall_s=services_of(request).limits.stall_s)
    empty = [float("nan")] * len(OUTCOMES)
    probs = np.array([one.probs or empty for one in asked.faces], np.float64).reshape(len(asked.faces), len(OUTCOMES))
    found = label_sample(probs, [one.person for one in asked.faces], n=asked.n, seed=asked.seed)
    return ChosenFaces(faces=[ChosenFace(index=one.index, chosen=one.chosen) for one in found])


@router.post(
    "/api/agreement",
    summary="How far two raters agree",
    openapi_extra=model_body(TwoRaters),
    response_description="The agreement.",
    responses=responses("invalid", "too_large"),
)
async def agreement(request: Request) -> TwoAgree:
    """The share of faces that two raters gave the same state, and Cohen's kappa, with intervals that resample people, as
    `aiducation agree` gives them. Compare the model only on faces that were chosen at random and labelled without its answer."""
    services = services_of(request)
    asked = await read_model(request, TwoRaters, stall_s=services.limits.stall_s)
    if not len(asked.first) == len(asked.second) == len(asked.people):
        raise Problem("invalid", "first, second and people: there is one of each for every face.")

    def made() -> TwoAgree:
        table = np.array([asked.first, asked.second], np.int64)
        if not (table >= 0).all(axis=0).any():
            raise Problem("invalid", "No face was given a state by both.")
        [pair] = agreement_of(table, np.array(asked.people), len(OUTCOMES)).pairs
        return TwoAgree(
            faces=pair.units,
            people=pair.clusters,
            same=int(np.trace(pair.confusion)),
            observed=_estimate(pair.observed),
            kappa=_estimate(pair.kappa),
        )

    return await services.engine.run(made, client_of(request))


def _estimate(value: Interval) -> Estimate:
    low, high = (value.low, value.high) if value.has_limits else (math.nan, math.nan)
    return Estimate(estimate=finite_or_none(value.estimate), low=finite_or_none(low), high=finite_or_none(high))
