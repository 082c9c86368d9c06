"""FaceJudge: finds the faces in single pictures and says what each seems to express, without any picture before or after."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from aiducation.media.photos import as_gray
from aiducation.observations.assumptions import Assumptions
from aiducation.observations.decision import decide
from aiducation.observations.detections import Detections, Quality
from aiducation.observations.faces import Faces, MadeWith
from aiducation.states import OUTCOMES
from aiducation.vision.alignment import aligned_faces
from aiducation.vision.classifier import Classifier
from aiducation.vision.detectors import DETECTORS, detect_in_recording
from aiducation.vision.lost_faces import LEAST_SCORE
from aiducation.vision.quality import QualityLimits, assess, reasons
from aiducation.vision.second_look import doubted
from aiducation.vision.sessions import in_threads

#: Where a picture comes from: source, number in the file, seconds.
About = tuple[str, "int | None", "float | None"]


class FaceJudge:
    """Detector, quality and classifier in one.

    Args:
        detector: one of ``DETECTORS``.
        classifier: gives the probabilities.
        assumptions: what answers take for granted of the place where the faces are seen.
        threshold: below this probability the answer is "not sure".
        limits: what a face must have to be asked about.
        made_with: what the results say of model and options.
        threads: processor threads, 1 or more.
        detector_threads: those of the detector for a single picture; 0 for as many as the process may keep busy.
    """

    def __init__(
        self,
        *,
        detector: str,
        classifier: Classifier,
        assumptions: Assumptions,
        threshold: float,
        limits: QualityLimits,
        made_with: MadeWith,
        threads: int,
        detector_threads: int,
    ) -> None:
        self.detector = DETECTORS[detector].make(threads=detector_threads)
        self._frame_detector = DETECTORS[detector].make(threads=1)
        self.classifier, self.threshold, self.limits = classifier, threshold, limits
        self.assumptions, self.made_with, self.threads = assumptions, made_with, threads

    def assuming(self, assumptions: Assumptions, *, threshold: float, made_with: MadeWith) -> FaceJudge:
        """The same judge with other assumptions; detectors and network are shared."""
        other = copy(self)
        other.assumptions, other.threshold, other.made_with = assumptions, threshold, made_with
        return other

    def faces(self, images: Sequence[np.ndarray], about: Sequence[About], *, again: bool = False) -> list[Faces]:
        """Detect in each picture, then classify the faces of all in one go; ``again``: look at weak finds a second time."""
        if len(images) == 1:
            found = [self.detector.detect(images[0], least=LEAST_SCORE)]
        else:
            found = detect_in_recording(self.detector, self._frame_detector, images, self.threads, least=LEAST_SCORE)
        sure = [one.scores >= self.detector.score for one in found]
        detections = [one.where(rows) for one, rows in zip(found, sure, strict=True)]
        low_confidence = [one.boxes[~rows] for one, rows in zip(found, sure, strict=True)]
        looks = in_threads(self.threads, lambda image, one: self._cut_out(image, one, again), images, detections)
        answers = self.assumptions.apply(self.classifier.probs(np.concatenate([crops for _, _, crops in looks])))
        ends = np.cumsum([len(crops) for _, _, crops in looks])
        parts = np.split(answers, ends[:-1])
        return [
            replace(
                self._faces(images[i], about[i], detections[i], quality, why, part), low_confidence=low_confidence[i]
            )
            for i, ((quality, why, _), part) in enumerate(zip(looks, parts, strict=True))
        ]

    def _cut_out(
        self, image: np.ndarray, found: Detections, again: bool
    ) -> tuple[Quality, tuple[str, ...], np.ndarray]:
        """How well each face can be seen, why it cannot be judged, and the aligned faces of those that can."""
        gray = as_gray(image)
        quality = assess(gray, found)
        why = reasons(quality, self.limits)
        if again:
            why = doubted(image, found, why, self.detector)
        return quality, why, aligned_faces(gray, found.where(np.array([not reason for reason in why], dtype=bool)))

    def _faces(
        self,
        image: np.ndarray,
        about: About,
        detections: Detections,
        quality: Quality,
        why: tuple[str, ...],
        answers: np.ndarray,
    ) -> Faces:
        probs = np.full((len(detections), len(OUTCOMES)), np.nan, np.float32)
        probs[[not reason for reason in why]] = answers
        states, causes = decide(probs, why, self.threshold)
        return Faces(
            source=about[0],
            width=image.shape[1],
            height=image.shape[0],
            detections=detections,
            quality=quality,
            probs=probs,
            states=states,
            reasons=causes,
            track_ids=np.full(len(detections), -1, np.int64),
            frame=about[1],
            time_s=about[2],
            made_with=self.made_with,
        )
