"""One photo or recording as several annotators, and a model, rate it: who of one is who of the other, and who says what when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from aiducation.geometry import overlaps
from aiducation.observations.annotations import CANNOT_TELL, Annotation, Annotations, Target
from aiducation.observations.corrections import SAME_FACE, rows_of
from aiducation.observations.faces import Faces
from aiducation.observations.recording import Recording
from aiducation.observations.spans import timed
from aiducation.observations.track_names import TrackNames
from aiducation.states import UNCLEAR

#: Spans with their state: beginning, end, state.
Runs = Sequence[tuple[float, float, str]]


@dataclass(frozen=True, kw_only=True)
class Rating:
    """What everyone says of one unit.

    Attributes:
        source, who, time_s: the unit.
        person: what tells people apart, over all files.
        states: one for each rater, the model last; "" where one says nothing.
        probs: (5,) of the model; None if it was not asked.
    """

    source: str
    who: str
    time_s: float | None
    person: str
    states: tuple[str, ...]
    probs: np.ndarray | None = None


@dataclass(kw_only=True)
class RatedPhoto:
    """A photo: one unit for each face."""

    source: str
    labels: Sequence[Annotations]
    result: Faces | None
    count: Counter[str] = field(default_factory=Counter)

    def ratings(self) -> list[Rating]:
        """A rating for each face of which an annotator says something."""
        faces: dict[str, list[str]] = {}
        persons: dict[str, str] = {}
        hidden: set[str] = set()
        places: list[tuple[float, float, float, float]] = []
        for k, some in enumerate(self.labels):
            for one in some.of("state", "hide"):
                who = self._who(one.target, places)
                if not who:
                    self.count["not found"] += 1
                elif one.kind == "hide":
                    hidden.add(who)
                else:
                    said = faces.setdefault(who, [""] * len(self.labels))
                    self.count["contradictions"] += said[k] not in ("", one.state)
                    said[k] = one.state
                    if one.target.person:
                        persons[who] = one.target.person
        return [self._rating(who, said, persons.get(who, "")) for who, said in faces.items() if who not in hidden]

    def runs(self) -> list[dict[tuple[str, str], Runs]]:
        """None: a photo has no time."""
        return []

    def excluded(self) -> dict[tuple[str, str], list[tuple[float, float]]]:
        """None, for the same reason."""
        return {}

    def _who(self, target: Target, places: list[tuple[float, float, float, float]]) -> str:
        """The face's name; places that are new are remembered."""
        if self.result is not None:
            rows = np.flatnonzero(rows_of(self.result, target))
            return f"face {rows[0]}" if len(rows) else ""
        if target.box is None or target.face is not None:
            return target.who
        if places and (shared := overlaps(np.array([target.box]), np.array(places))[0]).max() >= SAME_FACE:
            return f"place {int(shared.argmax()) + 1}"
        places.append(target.box)
        return f"place {len(places)}"

    def _rating(self, who: str, said: list[str], person: str) -> Rating:
        self.count["cannot tell"] += said.count(CANNOT_TELL)
        about = {"source": self.source, "who": who, "time_s": None, "person": person or f"{self.source}/{who}"}
        if self.result is None:
            return Rating(**about, states=tuple(said))  # type: ignore[arg-type]
        i = int(who.removeprefix("face "))
        state = self.result.states[i]
        answers = (*said, "" if state == UNCLEAR else state)
        return Rating(**about, states=answers, probs=self.result.probs[i])  # type: ignore[arg-type]


@dataclass(kw_only=True)
class RatedRecording:
    """A recording: a unit for each person and moment."""

    source: str
    labels: Sequence[Annotations]
    result: Recording | None
    names: TrackNames | None
    every_s: float
    count: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._tracks = set(self.result.track_ids.tolist()) if self.result is not None else set()
        self._times_s = self.result.times if self.result is not None else np.zeros(0)
        self._said = [self._resolved(some) for some in self.labels]
        self._views = self._views_of_tracks() if self.result is not None else {}
        self._hidden = {self._name(one.target.track) for some in self.labels for one in some.of("hide")}

    def ratings(self) -> list[Rating]:
        """A rating for each person and moment of which an annotator says something."""
        excluded = [(self._excluded(one.target), one.target) for some in self.labels for one in some.of("exclude")]
        people = dict.fromkeys(who for some in self._said for who in some)
        found = []
        for who in people:
            if who in self._hidden:
                continue
            times = self._times(who)
            said = [self._states(some.get(who, []), times) for some in self._said]
            for n, time_s in enumerate(times):
                states = tuple(str(one[n]) for one in said)
                if not any(states):
                    continue
                if time_s is not None and any(whom in (None, who) and span.holds(time_s) for whom, span in excluded):
                    self.count["excluded"] += 1
                    continue
                self.count["cannot tell"] += states.count(CANNOT_TELL)
                found.append(self._rating(who, time_s, states))
        return found

    def runs(self) -> list[dict[tuple[str, str], Runs]]:
        """The spans of each rater, of each person who is not hidden."""
        every: list[dict[tuple[str, str], Runs]] = []
        for some in self._said:
            items = [
                replace(one, annotator="", target=replace(one.target, track=None, person=who))
                for who in some
                for one in some[who]
            ]
            spans = timed(Annotations(tuple(items)))
            self.count["contradictions"] += sum(one.contradictions for one in spans) + _contradictions(items)
            every.append({(self.source, one.who): [(s.from_s, s.to_s, s.state) for s in one.spans] for one in spans})
        if self.result is not None:
            every.append(
                {
                    (self.source, who): _runs(list(views), views, self.result.every_s)
                    for who, views in self._views.items()
                }
            )
        return [{key: run for key, run in some.items() if key[1] not in self._hidden} for some in every]

    def excluded(self) -> dict[tuple[str, str], list[tuple[float, float]]]:
        """The spans that do not count, of each person."""
        spans = [(self._excluded(one.target), one.target) for some in self.labels for one in some.of("exclude")]
        return {
            (self.source, who): [(span.from_s or 0.0, span.to_s or 0.0) for whom, span in spans if whom in (None, who)]
            for who in dict.fromkeys(who for some in self._said for who in some)
        }

    def _resolved(self, some: Annotations) -> dict[str, list[Annotation]]:
        """The labels of each person, in their order."""
        people: dict[str, list[Annotation]] = {}
        for one in some.of("state"):
            if who := self._who(one.target):
                people.setdefault(who, []).append(one)
            else:
                self.count["not found"] += 1
        return people

    def _who(self, target: Target) -> str:
        if target.track is not None:
            known = self.result is None or target.track in self._tracks
            return self._name(target.track) if known else ""
        if target.person and (self.result is None or (self.names and target.person in self.names.names.values())):
            return target.person
        if target.box is None or self.result is None or not len(self.result):
            return ""
        at = int(np.abs(self._times_s - (target.from_s or 0.0)).argmin())
        tracks = self.result.frames[at].track_ids[rows_of(self.result.frames[at], target)]
        return self._name(int(tracks[0])) if len(tracks) and tracks[0] >= 0 else ""

    def _excluded(self, target: Target) -> str | None:
        """Whose time a span excludes; None for everybody's, "" for that of nobody who is known here."""
        return None if not target.who and target.box is None else self._who(target)

    def _name(self, track: int | None) -> str:
        names = self.names.names if self.names else {}
        return names.get(track, f"track {track}") if track is not None else ""

    def _views_of_tracks(self) -> dict[str, dict[float, tuple[str, np.ndarray]]]:
        """What the model says of each person at each time."""
        views: dict[str, dict[float, tuple[str, np.ndarray]]] = {}
        for frame in self.result.frames if self.result is not None else ():
            for i, track in enumerate(frame.track_ids):
                if track >= 0:
                    views.setdefault(self._name(int(track)), {})[frame.time_s or 0.0] = (
                        frame.states[i],
                        frame.probs[i],
                    )
        return views

    def _times(self, who: str) -> list[float | None]:
        """The moments at which a person is compared."""
        if self.result is not None:
            return [*sorted({*_thinned(list(self._views.get(who, {})), self.every_s), *self._pictures(who)})]
        ends = [
            one.target.to_s or one.target.from_s or 0.0
            for some in self._said
            for one in some.get(who, [])
            if one.target.from_s is not None
        ]
        if not ends:
            return [None]  # everyone labels the whole recording
        # A single picture belongs to the moment after it, where it lies between two.
        return [float(t) for t in np.arange(self.every_s / 2, max(ends) + 0.6 * self.every_s, self.every_s)]

    def _pictures(self, who: str) -> list[float]:
        """The model's samples of the single pictures that somebody labelled: they count, wherever the other moments are."""
        views = np.array(list(self._views.get(who, {})), np.float64)
        targets = [one.target for some in self._said for one in some.get(who, []) if _is_picture(one.target)]
        return [float(t) for target in targets for t in views[target.holds(views, self._slack)]]

    @property
    def _slack(self) -> float:
        """By how much the time of a single picture may differ from that of its moment."""
        return (self.result.every_s if self.result is not None else self.every_s) / 2

    def _states(self, labels: Sequence[Annotation], times: Sequence[float | None]) -> list[str]:
        """What one annotator says at each moment; the later label counts."""
        states = np.full(len(times), "", dtype=object)
        at = np.array([np.nan if time_s is None else time_s for time_s in times])
        for one in labels:
            states[one.target.holds(at, self._slack) | np.isnan(at)] = one.state
        return [str(state) for state in states]

    def _rating(self, who: str, time_s: float | None, states: tuple[str, ...]) -> Rating:
        plain = who.startswith("track ")
        person = f"{self.source}/{who}" if plain else who
        about = {"source": self.source, "who": who, "time_s": time_s, "person": person}
        if self.result is None:
            return Rating(**about, states=states)  # type: ignore[arg-type]
        state, probs = self._views[who][time_s or 0.0]
        return Rating(**about, states=(*states, "" if state == UNCLEAR else state), probs=probs)  # type: ignore[arg-type]


def _is_picture(target: Target) -> bool:
    return target.from_s is not None and target.to_s in (None, target.from_s)


def _contradictions(labels: Iterable[Annotation]) -> int:
    """Labels of a whole recording, or of one picture of it, that a later one with another state replaces."""
    known: dict[tuple[str, float | None], str] = {}
    count = 0
    for one in labels:
        if one.target.from_s is None or _is_picture(one.target):
            key = one.target.who, one.target.from_s
            count += known.get(key, one.state) != one.state
            known[key] = one.state
    return count


def _thinned(times: Sequence[float], every_s: float) -> list[float]:
    """Times of which neighbours lie as far apart as asked for, or a little less than a step of their own further."""
    kept: list[float] = []
    for time_s in times:
        if not kept or time_s - kept[-1] >= every_s - 1e-3:
            kept.append(time_s)
    return kept


def _runs(times: Sequence[float], views: dict[float, tuple[str, np.ndarray]], every_s: float) -> Runs:
    """Spans over which the model's state is the same; each sample holds until the next one; what is unclear is left out."""
    runs: list[tuple[float, float, str]] = []
    for time_s in times:
        state = views[time_s][0]
        if state == UNCLEAR:
            continue
        end = round(time_s + every_s, 4)
        if runs and runs[-1][2] == state and time_s - runs[-1][1] <= every_s:
            runs[-1] = (runs[-1][0], end, state)
        else:
            runs.append((time_s, end, state))
    return runs
