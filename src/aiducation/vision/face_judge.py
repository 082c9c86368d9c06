"""FaceJudge: finds the faces in single pictures and says what each seems to express, without any picture before or after."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import numpy as np

from aiducation.observations.assumptions import Assumptions
from aiducation.observations.decision import decide
from aiducation.observations.detections import Detections, Quality
from aiducation.observations.faces import Faces, MadeWith
from aiducation.observations.reasons import COVERED
from aiducation.states import EMOTIONS, OUTCOMES
from aiducation.vision.alignment import aligned_faces, areas_around
from aiducation.vision.answers import Answers
from aiducation.vision.classifier import Classifier
from aiducation.vision.detectors import DETECTORS, Detector, Search, Together
from aiducation.vision.devices import Device
from aiducation.vision.gray_areas import gray_areas
from aiducation.vision.lost_faces import LEAST_SCORE
from aiducation.vision.quality import QualityLimits, areas_in, assess, reasons
from aiducation.vision.second_look import doubted
from aiducation.vision.sessions import threads_here

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
        threads: those of the detector for a single picture; 0 for as many as the process may keep busy.
        device: where the detector runs, if it can.
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
        device: Device,
    ) -> None:
        self.detector = DETECTORS[detector].open(threads=threads, device=device)
        self._frame_detector = DETECTORS[detector].open(threads=1, device=device)
        self.classifier, self.threshold, self.limits = classifier, threshold, limits
        self.assumptions, self.made_with = assumptions, made_with

    def assuming(self, assumptions: Assumptions, *, threshold: float, made_with: MadeWith) -> FaceJudge:
        """The same judge with other assumptions; detectors and network are shared."""
        other = copy(self)
        other.assumptions, other.threshold, other.made_with = assumptions, threshold, made_with
        return other

    def faces(
        self,
        image: np.ndarray,
        about: About,
        *,
        again: bool = False,
        search: Search | None = None,
    ) -> Faces:
        """Detect and classify the faces of one picture.

        Args:
            image: (H, W, 3) uint8 RGB.
            about: where it comes from.
            again: look at weak finds a second time.
            search: finds what scores at least ``LEAST_SCORE``; the detector over the whole picture if None.
        """
        detector = self.detector if threads_here(2) > 1 else self._frame_detector
        found = search(image) if search else detector.detect(image, least=LEAST_SCORE)
        sure = found.scores >= self.detector.score
        detections = found.where(sure)
        quality, why, crops = self._cut_out(image, detections, detector if again else None)
        answers = self.classifier.answers(crops)
        answers = replace(answers, probs=self.assumptions.apply(answers.probs))
        seen = self._faces(image, about, detections, quality, why, answers)
        return replace(seen, low_confidence=found.boxes[~sure])

    def together(self) -> Together:
        """A search of frames that follow each other, each in a thread of its own."""
        return Together(self._frame_detector, least=LEAST_SCORE)

    def _cut_out(
        self, image: np.ndarray, found: Detections, again: Detector | None
    ) -> tuple[Quality, tuple[str, ...], np.ndarray]:
        """How well each face can be seen, why it cannot be judged, and the aligned faces of those that can.

        Args:
            image: the picture.
            found: its faces.
            again: looks at weak finds a second time.
        """
        # Gray levels are made once for both that need them, and only where faces are.
        one, other = areas_in(found), areas_around(found)
        gray = gray_areas(image, np.hstack([np.minimum(one, other)[:, :2], np.maximum(one, other)[:, 2:]]))
        quality = assess(gray, found)
        why = reasons(quality, self.limits)
        if again:
            why = doubted(image, found, why, again)
        return quality, why, aligned_faces(gray, found.where(np.array([not reason for reason in why], dtype=bool)))

    def _faces(
        self,
        image: np.ndarray,
        about: About,
        detections: Detections,
        quality: Quality,
        why: tuple[str, ...],
        answers: Answers,
    ) -> Faces:
        asked = np.flatnonzero([not reason for reason in why])
        clear = asked[~answers.covered]
        why = tuple(COVERED if i in asked[answers.covered] else reason for i, reason in enumerate(why))
        probs = np.full((len(detections), len(OUTCOMES)), np.nan, np.float32)
        votes = np.full((len(detections), len(EMOTIONS)), np.nan, np.float32)
        probs[clear], votes[clear] = answers.probs[~answers.covered], answers.votes[~answers.covered]
        states, causes = decide(probs, why, self.threshold)
        return Faces(
            source=about[0],
            width=image.shape[1],
            height=image.shape[0],
            detections=detections,
            quality=quality,
            probs=probs,
            votes=votes,
            states=states,
            reasons=causes,
            track_ids=np.full(len(detections), -1, np.int64),
            frame=about[1],
            time_s=about[2],
            made_with=self.made_with,
        )
