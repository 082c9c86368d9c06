"""How fast recordings are analyzed, beside other builds in the same run, and whether the answers stay the same.

    python benchmarks/recording_speed.py [--before OTHER/src] [--base EARLIER/src] [--media PHOTOS] [--seconds 40] [--repeats 3]
                                         [--hours 2] [--json results/recording_speed.json]

All builds analyze the same made recordings (``recording_material.py``) two times a second, by turns, each in a process of its
own with two threads; reported are medians of processor and wall seconds, of which only the first means anything on a machine
that is shared. ``--base`` is an earlier state of this project whose answers must be the same to the last bit. States are
compared with those of a search of each frame in full size; so are those of frames with one gray level of noise, which shows how
much agreement can be expected at all.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

#: What is measured beside the other build, and how cost grows in this one.
SIDE_BY_SIDE = ("meeting-10", "meeting-10-events", "gallery-25", "gallery-49", "crowd-60")
GROWTH = ("meeting-1", "meeting-4", "meeting-10", "meeting-20", "meeting-10-360p", "meeting-10-1080p")

EVERY_S, THREADS = 0.5, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--before", type=Path, help="the folder src of another build, with its weights")
    parser.add_argument("--base", type=Path, help="the folder src of an earlier state of this build, with its weights")
    parser.add_argument("--media", type=Path, help="a folder of photos whose people are taken, and of clips")
    parser.add_argument("--seconds", type=float, default=40.0, help="length of each recording")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--hours", type=float, default=2.0, help="length of the long recording; 0 leaves it out")
    parser.add_argument("--brief", action="store_true", help="leave out clips and how cost grows")
    parser.add_argument("--only", nargs="*", default=SIDE_BY_SIDE)
    parser.add_argument("--keep", type=Path, help="a folder where the recordings stay")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        print(json.dumps(worker(**json.loads(options.worker))))
        return
    from aiducation.environment import environment

    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        result: dict[str, Any] = {"every_s": EVERY_S, "threads": THREADS, "seconds": options.seconds}
        result |= {"repeats": options.repeats, "environment": environment()}
        for part, measured in parts(options, folder):
            result[part] = measured
            text = json.dumps(result, indent=1, default=float)
            print(json.dumps({part: measured}, default=float), flush=True)
            if options.json:  # after each part, so that a run that is stopped leaves what it has
                options.json.write_text(text + "\n", encoding="utf-8")


def parts(options: argparse.Namespace, folder: Path) -> Iterator[tuple[str, Any]]:
    """What is measured, one part after the other, each with its name."""
    builds = {"this": None} | {name: path for name in ("before", "base") if (path := getattr(options, name))}

    def made(name: str) -> Path:
        return recording(folder, name, options.seconds, options.media)

    rows: list[dict[str, Any]] = []
    for name in options.only:
        rows.append({"name": name, **side_by_side(made(name), builds, options.repeats)})
        yield "recordings", rows
    photos: dict[str, list[float]] = {name: [] for name in builds}
    for _ in range(2 * options.repeats):
        for name, source in builds.items():
            photos[name].append(run(source, kind="photo")["photo_ms"])
    yield "photo_20_faces_processor_ms", {name: statistics.median(times) for name, times in photos.items()}
    yield "stages_ms_a_sample", {name: run(None, kind="stages", path=str(made(name))) for name in options.only[:2]}
    hour, long = folder / "hour.mp4", folder / "long.mp4"
    loop(made("meeting-10"), hour, 3600.0)
    yield (
        "first_result_of_an_hour",
        {name: run(source, kind="first", path=str(hour), answers=False) for name, source in builds.items()},
    )
    if not options.brief:
        yield (
            "growth_ms_a_sample",
            {name: run(None, kind="recording", path=str(made(name)), answers=False) for name in GROWTH},
        )
        clips = sorted(options.media.glob("*.mp4")) if options.media else []
        yield "clips", [{"name": clip.name, **side_by_side(clip, builds, options.repeats)} for clip in clips]
    if options.hours:
        loop(made("meeting-10"), long, options.hours * 3600)
        measured: dict[str, Any] = {"hours": options.hours}
        for name, source in builds.items():
            measured[name] = run(source, kind="recording", path=str(long), answers=False)
            yield "long", measured


def recording(folder: Path, name: str, seconds: float, media: Path | None) -> Path:
    """A made recording, written once."""
    from recording_material import MATERIALS, write_recording

    path = folder / f"{name}-{seconds:g}.mp4"
    if not path.exists():
        write_recording(path.with_suffix(".part.mp4"), MATERIALS[name], seconds, folder=media)
        path.with_suffix(".part.mp4").rename(path)
    return path


def side_by_side(path: Path, builds: dict[str, Path | None], repeats: int) -> dict[str, Any]:
    """The same recording by turns in each build, and how far their answers agree with those of a search of whole frames."""
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in builds}
    for _ in range(repeats):
        for name, source in builds.items():
            runs[name].append(run(source, kind="recording", path=str(path)))
    whole = run(None, kind="recording", path=str(path), whole=True)
    noisy = run(None, kind="recording", path=str(path), whole=True, noise=1)
    row: dict[str, Any] = {
        name: {key: statistics.median(one[key] for one in some) for key in ("processor_ms", "wall_ms", "memory_mb")}
        | {"against_whole_frames": agreement(whole["answers"], some[0]["answers"])}
        for name, some in runs.items()
    }
    row["whole_frames"] = {"processor_ms": whole["processor_ms"], "wall_ms": whole["wall_ms"]}
    row["whole_frames_with_noise"] = {"against_whole_frames": agreement(whole["answers"], noisy["answers"])}
    row["times_faster_than"] = {
        name: {key: row[name][key] / row["this"][key] for key in ("processor_ms", "wall_ms")}
        for name in list(builds)[1:]
    }
    if "base" in runs:
        row["same_answers_as_base"] = runs["base"][0]["answers"] == runs["this"][0]["answers"]
    return row


def agreement(ones: list[Any], others: list[Any]) -> dict[str, float]:
    """Of the faces in one answer the share that the other found as well, with the same state; and how many more it has."""
    faces = found = equal = more = 0
    for (boxes, states), (other_boxes, other_states) in zip(ones, others, strict=False):
        a, b = np.array(boxes).reshape(-1, 4), np.array(other_boxes).reshape(-1, 4)
        faces, more = faces + len(a), more + len(b)
        for box, state in zip(a, states, strict=True):
            low, high = np.maximum(box[:2], b[:, :2]), np.minimum(box[2:], b[:, 2:])
            shared = np.prod(np.clip(high - low, 0, None), axis=1)
            whole = np.prod(b[:, 2:] - b[:, :2], axis=1) + np.prod(box[2:] - box[:2]) - shared
            if len(b) and (shared / whole).max() > 0.3:
                found, more = found + 1, more - 1
                equal += other_states[int((shared / whole).argmax())] == state
    return {
        "faces": faces,
        "found": found / max(faces, 1),
        "states_equal": equal / max(found, 1),
        "found_more": more / max(faces, 1),
    }


def run(source: Path | None, **what: Any) -> dict[str, Any]:
    """What a process of its own measures, in this build or another."""
    paths = [str(source or Path(__file__).parents[1] / "src"), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--worker", json.dumps(what)]
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE)
    return dict(json.loads(done.stdout))


# --- in a process of its own, in either build ---------------------------------------------------------------------------


def worker(kind: str, path: str = "", whole: bool = False, noise: int = 0, answers: bool = True) -> dict[str, Any]:
    from aiducation.vision.analyzer import Analyzer

    analyzer = Analyzer(threads=1 if kind == "stages" else THREADS, seed=0)
    if kind == "photo":
        return {"photo_ms": photo_ms(analyzer)}
    if kind != "first":
        analyzer.video(path, every_s=1000)  # imports and opens what it needs
    if kind == "stages":
        return stages(analyzer, Path(path))
    begun, first, first_processor = time.perf_counter(), [], []

    def progress(done_s: float, total_s: float | None) -> None:
        first.append(time.perf_counter() - begun)
        first_processor.append(time.process_time())
        if kind == "first":
            raise KeyboardInterrupt

    started = time.process_time()
    if whole:
        search_whole_frames()
    if noise:
        add_noise(noise)
    processor = time.process_time()
    seen = analyzer.video(path, every_s=EVERY_S, progress=progress)
    wall, processor = time.perf_counter() - begun, time.process_time() - processor
    n = max(len(seen.frames), 1)
    return {
        "samples": len(seen.frames),
        "processor_ms": processor / n * 1e3,
        "wall_ms": wall / n * 1e3,
        "first_s": first[0],
        "first_processor_s": first_processor[0] - started,
        "memory_mb": memory_mb(),
        "answers": [(f.boxes.tolist(), list(f.states)) for f in calm(seen.frames)] if answers else [],
    }


def calm(frames: Any) -> Iterator[Any]:
    """The frames with states in the view that both builds know: the four published ones."""
    try:
        from aiducation.observations.views import in_view
    except ImportError:
        yield from frames
        return
    for faces in frames:
        yield in_view(faces, "states", float(faces.made_with.model["threshold"]))


def search_whole_frames() -> None:
    """Let each frame be searched in full size."""
    from aiducation.vision.detectors import Together

    Together.next = lambda self: lambda image: self._detector.detect(image, least=self._least)  # type: ignore[method-assign]


def add_noise(levels: int) -> None:
    """Let each picture that is searched have so many gray levels of noise."""
    from aiducation.vision.face_judge import FaceJudge

    look, rng = FaceJudge.faces, np.random.default_rng(0)

    def noisy(self: FaceJudge, image: np.ndarray, *rest: Any, **named: Any) -> Any:
        grain = rng.integers(-levels, levels + 1, (*image.shape[:2], 1))
        return look(self, np.clip(image.astype(np.int16) + grain, 0, 255).astype(np.uint8), *rest, **named)

    FaceJudge.faces = noisy  # type: ignore[method-assign]


def photo_ms(analyzer: Any) -> float:
    try:
        from aiducation.media.samples import gallery
    except ImportError:  # an older build
        from aiducation.vision.samples import gallery

    image, times = gallery(5, 4), []
    for _ in range(3):
        analyzer.photo(image)
    for _ in range(15):
        begun = time.process_time()
        analyzer.photo(image)
        times.append(time.process_time() - begun)
    return statistics.median(times) * 1e3


def stages(analyzer: Any, path: Path) -> dict[str, float]:
    """Processor milliseconds a sample of each stage, and what its library needs at best for the same."""
    import aiducation.media.videos as videos
    import aiducation.vision.detectors as detectors
    import aiducation.vision.face_judge as judge
    from aiducation.media.frame_policy import needed_packets
    from aiducation.media.packets import read_packets
    from aiducation.vision.classifier import Classifier
    from aiducation.vision.follower import Follower
    from aiducation.vision.frame_looks import FrameLooks
    from aiducation.vision.yunet import YuNet

    spent: dict[str, float] = {}

    def timed(owner: Any, name: str, stage: str) -> None:
        work = getattr(owner, name)

        def measuring(*given: Any, **named: Any) -> Any:
            begun = time.thread_time()
            try:
                return work(*given, **named)
            finally:
                spent[stage] = spent.get(stage, 0.0) + time.thread_time() - begun

        setattr(owner, name, measuring)

    timed(videos, "picture_of", "conversion to RGB")
    timed(FrameLooks, "_look", "all that is done with a frame")
    timed(detectors, "_in_half_size", "search, half size")
    timed(YuNet, "detect", "search, with all sizes")
    timed(YuNet, "_righted", "search, heads that may be upside down")
    session = analyzer.judge._frame_detector._session
    timed(session, "run", "search, network alone")
    network, searched = session.run, [0]

    def counting(names: Any, given: Any) -> Any:
        searched[0] += given["input"][0, 0].size
        return network(names, given)

    session.run = counting
    timed(judge, "assess", "quality")
    timed(judge, "aligned_faces", "alignment")
    timed(Classifier, "_run", "classifier")
    timed(Follower, "track", "tracking and cuts")
    timed(Follower, "smooth", "smoothing")
    begun = time.process_time()
    seen = analyzer.video(path, every_s=EVERY_S)
    whole = time.process_time() - begun
    n = len(seen.frames)
    begun = time.process_time()
    table = read_packets(path, 0)
    spent["packets"] = time.process_time() - begun
    converted = spent["conversion to RGB"]
    begun = time.process_time()
    with videos.VideoReader(path, table=table) as reader:
        n_read = sum(1 for _ in reader.frames(EVERY_S))
    spent["decoding"] = time.process_time() - begun - (spent["conversion to RGB"] - converted)
    spent["conversion to RGB"] = converted
    spent["everything"] = whole
    assert n_read == n
    del session.run
    stages = {stage: round(seconds / n * 1e3, 3) for stage, seconds in spent.items()}
    needed = needed_packets(table, EVERY_S)
    pictures = (len(table) if needed is None else int(needed.sum())) / n
    kpx, faces = searched[0] / n / 1e3, float(np.mean([len(faces) for faces in seen.frames]))
    counts = {"pictures decoded": pictures, "thousand pixels searched": kpx, "faces": faces}
    units = library_units(path)
    at_best = {unit: round(units[unit] * count, 3) for unit, count in zip(units, counts.values(), strict=True)}
    return {
        "stages": stages,
        "libraries_at_best": {**at_best, "together": round(sum(at_best.values()), 3)},
        "a_sample_has": {name: round(count, 2) for name, count in counts.items()},
    }


def library_units(path: Path) -> dict[str, float]:
    """The least milliseconds that the libraries themselves took in some tries: FFmpeg for decoding a picture, the detector's
    network for a thousand pixels, the classifier's for a face in a full batch."""
    import av

    from aiducation.vision.classifier import Classifier
    from aiducation.vision.detectors import DETECTORS

    def decode() -> int:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type, stream.codec_context.thread_count = "SLICE", 1
            return sum(1 for _, _ in zip(container.decode(stream), range(200), strict=False))

    detector, page = DETECTORS["yunet"].make(threads=1), np.zeros((1, 3, 384, 640), np.float32)
    classifier, faces = Classifier(threads=1), np.zeros((64, 48, 48), np.uint8)
    works: dict[str, tuple[Any, float]] = {
        "decoding": (decode, decode()),
        "detector's network": (lambda: detector._session.run(None, {"input": page}), page[0, 0].size / 1e3),
        "classifier's network": (lambda: classifier.probs(faces), len(faces)),
    }
    least = {}
    for name, (work, size) in works.items():
        times = []
        for _ in range(5):
            begun = time.process_time()
            work()
            times.append(time.process_time() - begun)
        least[name] = min(times) / size * 1e3
    return least


def loop(short: Path, long: Path, seconds: float) -> None:
    """A recording's packets again and again."""
    import av

    if long.exists():
        return
    with av.open(str(short)) as source, av.open(str(long), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        length = round(float(stream.duration * stream.time_base) / stream.time_base)
        for i in range(int(-(-seconds // float(length * stream.time_base)))):
            source.seek(0)
            for packet in source.demux(stream):
                if packet.dts is not None:
                    packet.dts, packet.pts, packet.stream = packet.dts + i * length, packet.pts + i * length, copy
                    target.mux(packet)


def memory_mb() -> float:
    """The most memory that this process has had (Linux)."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


if __name__ == "__main__":
    main()
