"""Faces as the model sees them: given out, explained, and adapted to. Nothing of them stays here."""

from __future__ import annotations

import base64
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from aiducation.errors import DataFileError
from aiducation.exports.picture import plain_jpeg
from aiducation.media.photos import read_photo
from aiducation.observations.faces import Faces
from aiducation.preprocess import SIDE
from aiducation.states import OUTCOMES
from aiducation.texts import Texts
from aiducation.vision.adapting import Adaptation, adapt_model
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.explanation import EXPLANATIONS, explain, overlay_png
from aiducation.web.bodies import model_body, read_model
from aiducation.web.label_answers import (
    Adapted,
    AlignedFace,
    AlignedFaces,
    ToAdapt,
    ToExplain,
    box_of,
    decoded,
    encoded,
)
from aiducation.web.languages import Language, texts
from aiducation.web.photos import PHOTO_PROBLEMS, receive_photo
from aiducation.web.problems import Problem, known_parameters, problem_of, responses
from aiducation.web.services import services_of
from aiducation.web.turns import client_of
from aiducation.web.uploads import FORM

router = APIRouter(tags=["labels"], dependencies=[Depends(known_parameters), Depends(texts)])


@router.post(
    "/api/photo/aligned",
    summary="Faces of a photo as the model sees them",
    openapi_extra=FORM,
    response_description="The faces.",
    responses=PHOTO_PROBLEMS,
)
async def photo_aligned(request: Request) -> AlignedFaces:
    """The pixels of all faces of a photo: to explain their answers, or to adapt the model to their labels."""
    services = services_of(request)
    async with receive_photo(request) as upload:

        def made() -> AlignedFaces:
            image, faces = services.engine.photo(upload.path, upload.name, services.engine.analyzer)
            return aligned(faces, image, np.ones(len(faces), dtype=bool))

        return await services.engine.run(made, client_of(request))


def aligned(faces: Faces, image: np.ndarray, some: np.ndarray) -> AlignedFaces:
    """Faces of a picture as the model sees them: those of which ``some``, (N,) bool, is true."""
    cut = aligned_faces(image, faces.detections.where(some))
    return AlignedFaces(
        faces=[
            AlignedFace(face=row, box=box_of(faces.boxes[row]), pixels=encoded(face))
            for row, face in zip(np.flatnonzero(some).tolist(), cut, strict=True)
        ]
    )


@router.post(
    "/api/photo/plain",
    summary="A photo as a JPEG",
    openapi_extra=FORM,
    response_class=Response,
    responses={
        200: {"description": "The photo, upright, with nothing drawn in it.", "content": {"image/jpeg": {}}},
        **responses("invalid", "too_large", "unreadable", "is_recording", "missing_extra", "disk_full"),
    },
)
async def photo_plain(request: Request) -> Response:
    """For pages whose browser cannot read the format of a photo, such as HEIC."""
    services = services_of(request)
    async with receive_photo(request) as upload:

        def made() -> bytes:
            return plain_jpeg(read_photo(upload.path, max_pixels=services.limits.photo_pixels))

        return Response(await services.engine.run(made, client_of(request)), media_type="image/jpeg")


@router.post(
    "/api/explain",
    summary="Why a face got its answer",
    openapi_extra=model_body(ToExplain),
    response_class=Response,
    responses={
        200: {
            "description": "The face; what spoke for the state is orange, what spoke against it blue.",
            "content": {"image/png": {}},
        },
        **responses("invalid", "too_large", "model_failed"),
    },
)
async def explain_face(request: Request) -> Response:
    """Which parts of a face spoke for a state. The map has few places and allows no fine claims: the region of the mouth at best.
    It says what moved the model, not whether the model is right."""
    services = services_of(request)
    asked = await read_model(request, ToExplain, stall_s=services.limits.stall_s)
    if asked.method not in EXPLANATIONS:
        raise Problem("invalid", f"method: one of {', '.join(EXPLANATIONS)} is expected.")

    def made() -> bytes:
        face = decoded([asked.pixels])
        [values] = explain(services.engine.analyzer.classifier, face, outcome=asked.state, method=asked.method)
        return overlay_png(face[0], values)

    return Response(await services.engine.run(made, client_of(request)), media_type="image/png")


@router.post(
    "/api/adapt",
    summary="Adapt the model",
    openapi_extra=model_body(ToAdapt),
    response_description="Both models on people who were held out, and the new model file if it is better.",
    responses=responses("invalid", "too_large", "unreadable", "model_failed", "disk_full"),
)
async def adapt(request: Request, words: Language) -> Adapted:
    """Adapt the model to 20 or more labelled faces, in seconds, as `aiducation adapt` does it. Nothing of it stays here: the
    answer holds the new model file, to be used with `--model`."""
    services = services_of(request)
    asked = await read_model(request, ToAdapt, stall_s=services.limits.stall_s)
    unknown = Counter(one.state for one in asked.faces if one.state not in OUTCOMES)
    if unknown:
        raise Problem("invalid", f"faces: '{next(iter(unknown))}' is not one of {', '.join(OUTCOMES)}.")

    def made() -> Adapted:
        analyzer = services.engine.analyzer
        faces = decoded([one.pixels for one in asked.faces]) if asked.faces else np.zeros((0, SIDE, SIDE), np.uint8)
        try:
            found = adapt_model(
                analyzer.classifier,
                faces,
                [one.state for one in asked.faces],
                [one.person for one in asked.faces],
                name=asked.name,
                shown=analyzer.assuming(view="states").assumptions.apply,  # as 'aiducation evaluate' judges
            )
        except DataFileError as error:
            raise problem_of(error) from error
        return _adapted(found, services.folder, words)

    return await services.engine.run(made, client_of(request))


def _adapted(found: Adaptation, folder: Path, words: Texts) -> Adapted:
    content = None
    if found.held_out.better:
        with TemporaryDirectory(dir=folder) as place:
            path = Path(place) / "adapted.onnx"
            found.save(path)
            content = base64.b64encode(path.read_bytes()).decode()
    return Adapted(
        better=found.held_out.better,
        held_out=found.held_out.to_json(),
        notes=[words.sentence(note) for note in found.notes],
        model=content,
    )
