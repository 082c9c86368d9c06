"""CVAT's XML 1.1: boxes in images; and tracks of boxes in a video, in which a state holds until another one is given.

Boxes and ellipses are in pixels and turn about their middle; a polygon or a mask counts as the box around it. Numbers of frames
count the pictures of the video from 0; a track ends at a box that is ``outside``.
Source: https://docs.cvat.ai/docs/manual/advanced/xml_format
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PureWindowsPath
from typing import Any

from aiducation.errors import DataFileError, InputError
from aiducation.exchange.format import AnnotationFormat, Labels, Media, ReadOptions, wrong
from aiducation.exchange.shapes import Box, around_ellipse, around_points
from aiducation.exchange.targets import frames_to, off_by, one_recording, person_of, unsaid, with_lengths
from aiducation.exchange.xml_nodes import Node, element, escaped, read_xml
from aiducation.files import write_text
from aiducation.observations.annotations import LABELS, Annotation, Annotations, Target
from aiducation.observations.spans import Span, Timed, timed
from aiducation.signature import GENERATOR
from aiducation.tables.table import clean

#: The label of a face that we write; its state and person are attributes.
_FACE = "face"

#: Attributes that say who is in a track.
_PEOPLE = ("person", "name", "track_id", "subject")

#: Shapes that are drawn around a face, and those from which no box follows.
_SHAPES, _OTHER_SHAPES = ("box", "ellipse", "polygon", "mask"), ("points", "polyline", "cuboid", "skeleton")


def _recognizes(kind: str, start: bytes) -> bool:
    if b"<annotations" not in start:
        return False
    return (
        (b"<image " in start and b"<track " not in start)
        if kind == "image"
        else b"<track " in start or b"interpolation" in start
    )


@dataclass(frozen=True, kw_only=True)
class _File:
    """A file that is read."""

    path: Path
    root: Node
    options: ReadOptions

    def labels(self, items: Sequence[Annotation], left_out: int) -> Labels:
        if not items:
            raise DataFileError(
                f"{self.path} has no box with a state: {', '.join(LABELS)}. If other words are used, "
                f"translate them with --code."
            )
        notes = [f"{self.path.name}: boxes without a state that were left out: {left_out:,}."] if left_out else []
        if self.others:
            notes.append(f"{self.path.name}: points, lines, cuboids and skeletons that were left out: {self.others:,}.")
        return Labels(annotations=Annotations(tuple(items)), notes=tuple(notes))

    @property
    def others(self) -> int:
        """Marks of images and tracks that are not read."""
        inside = [[one.name for one in image.children] for image in self.root.all("image")]
        inside += [list({one.name for one in track.children}) for track in self.root.all("track")]
        return sum(name in _OTHER_SHAPES for names in inside for name in names)

    @property
    def annotator(self) -> str:
        meta = self.root.first("meta")
        about = next((meta.first(kind) for kind in ("task", "job", "project") if meta and meta.first(kind)), None)
        names = [about.words(*way) for way in (("assignee", "username"), ("owner", "username"))] if about else []
        return self.options.annotator or next(filter(None, names), "") or self.path.stem

    def state(self, box: Node, label: str) -> str:
        """The state of a box: an attribute of the name, any attribute whose text is one, or its label; "" if there is none."""
        attributes = list(box.all("attribute"))
        named = [one for one in attributes if one.get("name").lower() == "state"]
        for one in named:
            found = self.options.codes.label(one.text)
            if found is None and one.text.strip() not in ("", "__undefined__"):
                raise wrong(self.path, f"line {one.line:,}", self.options.codes.unknown(one.text.strip()))
            return found or ""
        words = [one.text.strip() for one in attributes] + [label]
        return next((found for word in words if word and (found := self.options.codes.label(word))), "")

    def box(self, node: Node) -> Box:
        try:
            return _around(node)
        except ValueError:
            raise wrong(self.path, f"line {node.line:,}", "the coordinates of the shape are not numbers.") from None

    def made(self, node: Node, state: str, target: Target) -> Annotation:
        by = self.options.annotator or _said(node, "annotator") or self.annotator
        return Annotation(target=target, state=state, note=_said(node, "note"), annotator=by)


def _around(node: Node) -> Box:
    """The upright box around a shape. A mask is given within its own box."""
    if node.name == "polygon":
        return around_points(_numbers(*point.split(",")) for point in node.get("points").split(";"))
    (turn,) = _numbers(node.get("rotation") or "0")
    if node.name == "ellipse":
        x, y, across, down = _numbers(*(node.get(key) for key in ("cx", "cy", "rx", "ry")))
        return around_ellipse((x, y), (across, down), turn)
    if node.name == "mask":
        left, top, wide, high = _numbers(*(node.get(key) for key in ("left", "top", "width", "height")))
        return left, top, left + wide, top + high
    left, top, right, bottom = _numbers(*(node.get(side) for side in ("xtl", "ytl", "xbr", "ybr")))
    cos, sin = abs(math.cos(math.radians(turn))), abs(math.sin(math.radians(turn)))
    wide, high = abs(right - left), abs(bottom - top)
    across, down = (wide * cos + high * sin) / 2, (wide * sin + high * cos) / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    return x - across, y - down, x + across, y + down


def _numbers(*texts: str) -> tuple[float, ...]:
    return tuple(float(text) for text in texts)


def _drawn(node: Node) -> Iterator[Node]:
    """The shapes of an image or a track from which a box follows, in the order of the file."""
    return (one for one in node.children if one.name in _SHAPES)


def _said(node: Node, name: str) -> str:
    """The text of an attribute that we write, too; "" where there is none."""
    return next((clean(one.text) for one in node.all("attribute") if one.get("name") == name), "")


def _read_images(path: Path, options: ReadOptions) -> Labels:
    file = _File(path=path, root=read_xml(path, "annotations"), options=options)
    items, left_out = [], 0
    for image in file.root.all("image"):
        source = image.get("name") or options.source
        for node in (*_drawn(image), *image.all("tag")):
            state = file.state(node, node.get("label"))
            left_out += not state
            if not state:
                continue
            about: dict[str, Any] = {"face": 0} if node.name == "tag" else {"box": file.box(node)}
            try:
                items.append(file.made(node, state, Target(source=source, person=_said(node, "person"), **about)))
            except InputError as error:
                raise wrong(path, f"line {node.line:,}", error) from error
    return file.labels(items, left_out)


def _read_video(path: Path, options: ReadOptions) -> Labels:
    file = _File(path=path, root=read_xml(path, "annotations"), options=options)
    if options.fps is None:
        raise DataFileError(f"{path} gives frame numbers: give the frames per second of the recording with --fps.")
    meta = file.root.first("meta")
    task = (meta.first("task") or meta.first("job")) if meta else None
    named = (task.words("source") if task else "") or (meta.words("source") if meta else "")
    source = PureWindowsPath(named).name or options.source
    if not source:
        raise DataFileError(f"{path} names no recording: name the recording that was labelled with --source.")
    last = (task.words("stop_frame") if task else "") or ""
    end = int(last) + 1 if _is_number(last) else None
    items: list[Annotation] = []
    left_out = 0
    for track in file.root.all("track"):
        found = list(_track(file, track, source, options.fps, end))
        left_out += not found and not any(one.name in _OTHER_SHAPES for one in track.children)
        items += found
    return file.labels(items, left_out)


def _track(file: _File, track: Node, source: str, fps: float, end: int | None) -> Iterator[Annotation]:
    """The spans of a track over which the state is the same."""
    boxes = sorted(((_frame(file, box), box) for box in _drawn(track)), key=lambda pair: pair[0])
    who = _who(track, boxes)
    at_frame = dict(reversed(boxes))  # of several in one frame, the first
    start: tuple[int, Node, str] | None = None
    for (at, box), (after, _) in pairwise(
        [*boxes, (end if end is not None else boxes[-1][0] + 1, track)] if boxes else []
    ):
        state = "" if box.get("outside") == "1" else file.state(box, track.get("label"))
        if start is None and state:
            start = (at, box, state)
        following = at_frame.get(after)
        goes_on = following is not None and following.get("outside") != "1"
        if start and not (goes_on and following is not None and _same(file, track, start[1], following)):
            span = frames_to(start[0], after, fps)
            target = Target(source=source, box=file.box(start[1]), **span, **who)
            yield file.made(start[1], start[2], target)
            start = None


def _same(file: _File, track: Node, box: Node, other: Node) -> bool:
    """Whether two boxes of a track say the same."""
    label = track.get("label")
    return file.state(box, label) == file.state(other, label) and _said(box, "note") == _said(other, "note")


def _who(track: Node, boxes: Sequence[tuple[int, Node]]) -> dict[str, Any]:
    """Arguments of ``Target`` for whoever is in a track. A number is a track of the result under ``track_id`` alone: people are
    called by codes, too, such as 007."""
    attributes = list(_attributes(track, boxes))
    said = ((kind, clean(one.text)) for kind in _PEOPLE for one in attributes if one.get("name").lower() == kind)
    kind, name = next((pair for pair in said if pair[1]), ("", ""))
    if kind == "track_id" and _is_number(name):
        return {"track": int(name)}
    return person_of(name or f"CVAT track {track.get('id')}")


def _attributes(track: Node, boxes: Sequence[tuple[int, Node]]) -> Iterator[Node]:
    yield from track.all("attribute")
    for _, box in boxes[:1]:
        yield from box.all("attribute")


def _is_number(text: str) -> bool:
    """Whether a text is the number of a frame or a track, and no longer than such a number can be."""
    return text.isascii() and text.isdigit() and len(text) < 10


def _frame(file: _File, box: Node) -> int:
    number = box.get("frame")
    if not _is_number(number):
        raise wrong(file.path, f"line {box.line:,}", f"'{number[:20]}' is not a frame number.")
    return int(number)


def _write_images(annotations: Annotations, path: Path, media: Media) -> list[str]:
    notes = unsaid(annotations, "CVAT for images", photos=True, recordings=False, notes=True)
    photos = annotations.of("state").where(lambda one: one.target.from_s is None and one.target.track is None)
    labels = photos.where(lambda one: one.target.box is not None)
    if without := len(photos) - len(labels):
        notes.append(f"Labels of photos without a box, which CVAT needs, are left out: {without:,}.")
    images = []
    for k, (source, about) in enumerate(labels.by_source().items()):
        width, height = media.sizes.get(source, (0, 0))
        boxes = [_box_element(one, depth=2) for one in about]
        images.append(element("image", {"id": k, "name": source, "width": width, "height": height}, *boxes, depth=1))
    meta = _meta("annotation", {"size": len(images)})
    body = element("annotations", None, element("version", None, "1.1", depth=1), meta, *images)
    write_text(path, f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n')
    return notes


def _box_element(
    one: Annotation, *, depth: int, box: Box | None = None, frame: dict[str, object] | None = None, person: str = ""
) -> str:
    sides = dict(zip(("xtl", "ytl", "xbr", "ybr"), (f"{v:.2f}" for v in box or one.target.box or ()), strict=True))
    about: dict[str, object] = dict(frame) if frame else {"label": _FACE}
    about |= {"source": "manual", "occluded": 0, **sides, "z_order": 0}
    said = {"state": one.state, "person": person or one.target.person, "annotator": one.annotator, "note": one.note}
    if not one.note and not frame:  # in a track it would be that of the box before
        del said["note"]
    inside = [element("attribute", {"name": k}, escaped(v), depth=depth + 1) for k, v in said.items()]
    return element("box", about, *inside, depth=depth)


def _meta(mode: str, about: dict[str, object], size: tuple[int, int] | None = None) -> str:
    """What CVAT needs to know of the label and its attributes. One that is not mutable has a single text in a whole track: where
    boxes differ, CVAT takes that of the last one."""
    changes = "False" if mode == "annotation" else "True"
    attributes = [
        ("state", changes, "select", "\n".join(LABELS)),
        *((name, "False", "text", "") for name in ("person", "annotator")),
        ("note", changes, "text", ""),
    ]
    declared = [
        element(
            "attribute",
            None,
            *(element(key, None, escaped(text), depth=7) for key, text in zip(_DECLARED, one, strict=True)),
            depth=6,
        )
        for one in attributes
    ]
    label = element(
        "label",
        None,
        element("name", None, _FACE, depth=5),
        element("type", None, "rectangle", depth=5),
        element("attributes", None, *declared, depth=5),
        depth=4,
    )
    rest = [element(key, None, escaped(str(value)), depth=3) for key, value in about.items()]
    sides = (
        [element(key, None, str(side), depth=4) for key, side in zip(("width", "height"), size, strict=True)]
        if size
        else []
    )
    sized = [element("original_size", None, *sides, depth=3)] if sides else []
    task = element(
        "task",
        None,
        element("name", None, f"written by {GENERATOR}", depth=3),
        element("mode", None, mode, depth=3),
        *rest,
        element("labels", None, label, depth=3),
        *sized,
        depth=2,
    )
    return element("meta", None, task, depth=1)


_DECLARED = ("name", "mutable", "input_type", "values")


def _write_video(annotations: Annotations, path: Path, media: Media) -> list[str]:
    source = one_recording(annotations, "CVAT")
    notes = unsaid(annotations, "CVAT", notes=True)
    if source not in media.fps:
        raise InputError(f"CVAT needs frame numbers: give the frames per second of {source} with --fps.")
    fps = media.fps[source]
    known = round(media.length_s.get(source, 0.0) * fps)  # pictures of the recording; 0 where that is not known
    notes += off_by(source, "CVAT", media)
    boxes = {
        (one.annotator, one.target.who, round(one.target.from_s or 0.0, 4)): one.target.box
        for one in annotations.of("state").about(source)
        if one.target.box is not None
    }
    tracks: list[str] = []
    last = short = beyond = 0
    for person in timed(with_lengths(annotations.about(source), 1 / fps), join=False):
        box: Box | None = next(
            (b for (a, who, _), b in boxes.items() if (a, who) == (person.annotator, person.who) and b), None
        )
        if box is None:
            notes.append(
                f"The boxes of {person.who} are not known. CVAT needs them, so the spans are left out; to give the "
                f"boxes, use --result."
            )
            continue
        inside: list[str] = []
        for span, following in zip(person.spans, [*person.spans[1:], None], strict=True):
            box = boxes.get((person.annotator, person.who, round(span.from_s, 4)), box) or box
            if 0 < known <= round(span.from_s * fps):
                beyond += 1
                continue
            if following is not None and round(following.from_s * fps) == round(span.from_s * fps):
                short += 1  # a track has one box in a frame: that of the state which goes on
                continue
            inside += _span_boxes(span, following, person, box, fps, known)
            last = max(last, round(span.to_s * fps))
        tracks.append(element("track", {"id": len(tracks), "label": _FACE, "source": "manual"}, *inside, depth=1))
    if short:
        notes.append(f"CVAT counts frames; labels shorter than a frame that are left out: {short:,}.")
    if beyond:
        notes.append(
            f"Labels that begin after the last picture of {source}, which CVAT would refuse; left out: {beyond:,}."
        )
    size = known or last + 1
    meta = _meta(
        "interpolation",
        {"size": size, "start_frame": 0, "stop_frame": size - 1, "source": source},
        media.sizes.get(source),
    )
    body = element("annotations", None, element("version", None, "1.1", depth=1), meta, *tracks)
    write_text(path, f'<?xml version="1.0" encoding="utf-8"?>\n{body}\n')
    return notes


def _span_boxes(
    span: Span, following: Span | None, person: Timed, box: Box, fps: float, pictures: int
) -> Iterator[str]:
    """The box that begins a span, and one outside that ends it, unless the next span or the end of the recording is there: CVAT
    refuses a whole file for one picture that a recording does not have."""
    target = Target(source="-", box=box, from_s=span.from_s)
    one = Annotation(target=target, state=span.state, annotator=person.annotator, note=span.note)
    first = round(span.from_s * fps)
    end = max(round(span.to_s * fps), first + 1)
    for frame, outside in ((first, 0), (end, 1)):
        if outside and following is not None and round(following.from_s * fps) <= end:
            return
        if outside and 0 < pictures <= end:
            return
        about: dict[str, object] = {"frame": frame, "outside": outside, "keyframe": 1}
        yield _box_element(one, depth=2, box=box, frame=about, person=person.who)


CVAT_IMAGES = AnnotationFormat(
    name="cvat-images",
    about="CVAT for images 1.1: boxes with a state",
    ending=".xml",
    recognizes=lambda start, name: _recognizes("image", start),
    read=_read_images,
    write=_write_images,
    recordings=False,
)
CVAT_VIDEO = AnnotationFormat(
    name="cvat-video",
    about="CVAT for video 1.1: tracks of boxes with a state",
    ending=".xml",
    recognizes=lambda start, name: _recognizes("track", start),
    read=_read_video,
    write=_write_video,
    photos=False,
)
