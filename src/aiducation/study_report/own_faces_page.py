"""The page about a model on a user's own labelled faces: the same as that of agreement, labels being one of two raters."""

from __future__ import annotations

import numpy as np

from aiducation.observations.ratings import LABELS, MODEL, Ratings
from aiducation.study_report.agreement import AgreementReport, report_agreement
from aiducation.vision.own_faces import OwnFaces


def report_own_faces(seen: OwnFaces, *, threshold: float = 0.0, subject: str = "") -> AgreementReport:
    """How a model does on labelled faces.

    Args:
        seen: what the model said of them.
        threshold: the analyzer's, under the conditions in which it judged the faces.
        subject: the name of the folder or table.
    """
    made = seen.predictions
    n = len(made)
    notes = (
        []
        if len(made.states) > 4
        else ["No face is labelled “other”, so the answer is always the most probable of the four states."]
    )
    if seen.several:
        notes.append(f"Pictures with several faces, of which the largest was used: {seen.several:,}.")
    if seen.skipped:
        notes.append(f"Pictures that could not be judged and are left out: {len(seen.skipped):,}.")
    notes += seen.about_people
    ratings = Ratings(
        raters=(LABELS, MODEL),
        states=made.states,
        sources=np.array([face.path.name for face in seen.judged]),
        who=np.array(["face"] * n),
        times=np.full(n, np.nan),
        table=np.stack([made.y_true, made.y_pred]).astype(np.int64),
        people=made.groups,
        probs=made.probs.astype(np.float64),
        confidence=seen.probs.max(axis=1).astype(np.float64),
        beyond=seen.probs.argmax(axis=1) >= len(made.states),
        thresholds=np.full(n, threshold),
        runs=({}, {}),
        notes=tuple(notes),
    )
    return report_agreement(ratings, subject=subject)
