"""Whatever is left out while decoding, every sampled picture is that of a full decode."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import pytest

from aiducation.media.frame_policy import EVERY_PICTURE, NEEDED_PICTURES
from aiducation.media.videos import VideoReader
from needs import Need
from video_makers import make_video, number_in

N = 150


@dataclass(frozen=True)
class Case:
    """How a video is coded: encoder, its options, the file's ending, and whether something may be left out."""

    codec: str
    options: dict[str, str] = field(default_factory=dict)
    ending: str = "mp4"
    policy: str = NEEDED_PICTURES


def x264(preset: str, params: str = "", ending: str = "mp4", **options: str) -> Case:
    return Case("libx264", {"preset": preset, "x264-params": f"keyint=50:scenecut=0:{params}", **options}, ending)


def x265(params: str = "", ending: str = "mp4") -> Case:
    return Case("libx265", {"preset": "fast", "x265-params": f"log-level=none:keyint=50:pools=1:{params}"}, ending)


CASES: dict[str, Case] = {
    **{f"x264 {preset}": x264(preset) for preset in ("veryfast", "fast", "medium", "slow", "slower")},
    **{
        f"x264 b-pyramid {kind}": x264("medium", f"bframes=5:b-pyramid={kind}") for kind in ("none", "strict", "normal")
    },
    "x264 open GOP": x264("medium", "open-gop=1:bframes=3"),
    "x264 intra refresh": x264("medium", "intra-refresh=1:bframes=2"),
    "x264 zerolatency": x264("veryfast", tune="zerolatency"),
    "x264 one group": x264("medium", "keyint=infinite"),
    "x264 short groups": x264("medium", "keyint=10:min-keyint=10"),
    "x264 interlaced": Case("libx264", {"preset": "medium", "x264-params": "tff=1:keyint=50"}, policy=EVERY_PICTURE),
    "x264 many references": x264("medium", "ref=8:bframes=8:b-adapt=2:weightp=2:direct=auto"),
    "x264 baseline": x264("medium", profile="baseline"),
    "x264 in Matroska": x264("medium", "bframes=3", "mkv"),
    "x264 in a transport stream": x264("medium", "bframes=3", "ts"),
    "x264 in FLV": x264("medium", "bframes=3", "flv"),
    "x265": x265(),
    "x265 without B": x265("bframes=0"),
    "x265 low delay": x265("bframes=0:rc-lookahead=0:ref=1"),
    "x265 closed GOP": x265("open-gop=0:bframes=4:b-pyramid=1"),
    "x265 temporal layers": x265("temporal-layers=3:bframes=4:b-adapt=0"),
    "x265 in Matroska": x265("bframes=3", "mkv"),
    "MPEG-2": Case("mpeg2video", {"bf": "2", "g": "15"}, "mpg", EVERY_PICTURE),
    "MPEG-2 in a transport stream": Case("mpeg2video", {"bf": "2", "g": "15"}, "ts", EVERY_PICTURE),
    "MPEG-4": Case("mpeg4", {"bf": "2", "g": "50"}, "mp4", EVERY_PICTURE),
    "MPEG-4 in AVI": Case("mpeg4", {"bf": "2", "g": "50"}, "avi", EVERY_PICTURE),
    "VP8": Case("libvpx", {"deadline": "realtime", "auto-alt-ref": "1", "lag-in-frames": "10"}, "webm", EVERY_PICTURE),
    "VP9": Case("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}, "webm", EVERY_PICTURE),
    "VP9 with hidden pictures": Case("libvpx-vp9", {"deadline": "good", "cpu-used": "5"}, "webm", EVERY_PICTURE),
    "AV1": Case("libsvtav1", {"preset": "8", "crf": "20", "svtav1-params": "lp=1"}, "mp4", EVERY_PICTURE),
    "MJPEG": Case("mjpeg", {"q": "3"}, "avi"),
}


@pytest.fixture(scope="module", params=CASES)
def coded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Case]:
    case = CASES[request.param]
    try:
        av.Codec(case.codec, "w")
    except av.codec.codec.UnknownCodecError:
        Need(lambda: False, f"this build of PyAV has no encoder {case.codec}", "pip install -U av && {check}").check()
    path = tmp_path_factory.mktemp("coded") / f"a.{case.ending}"
    return make_video(path, case.codec, case.options, stamps=range(N)), case


def test_every_sample_is_the_picture_of_a_full_decode(coded: tuple[Path, Case]) -> None:
    path, case = coded
    with VideoReader(path) as reader:
        full = list(reader.frames())
        assert reader.decoding["policy"] == EVERY_PICTURE
    with av.open(str(path)) as plain:
        assert len(full) == sum(1 for _ in plain.decode(video=0)) == N
    assert [number_in(frame.image) for frame in full] == [frame.index for frame in full] == list(range(N))
    np.testing.assert_allclose([frame.time_s for frame in full], np.arange(N) / 25, atol=0.0011)
    for every_s in (0.1, 0.5, 2.0):
        with VideoReader(path) as reader:
            samples = list(reader.frames(every_s))
            assert reader.decoding["policy"] == case.policy
            assert not reader.damaged and not reader.broke_off
        wanted = np.ceil(np.arange(0, 6, every_s) * 25 - 1e-6)
        assert [frame.index for frame in samples] == wanted.tolist()
        for frame in samples:
            assert frame.time_s == full[frame.index].time_s
            np.testing.assert_array_equal(frame.image, full[frame.index].image)
