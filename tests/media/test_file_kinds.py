"""Files are told apart by content: whatever Pillow and FFmpeg read is read, the rest is named with a reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image, TiffImagePlugin, TiffTags

from aiducation.errors import DataFileError, MissingExtraError
from aiducation.media import picture_readers
from aiducation.media.file_kinds import kind_of
from aiducation.media.inputs import LeftOut, Nothing, find_inputs
from aiducation.media.photos import read_photo
from aiducation.media.recording_files import open_recording
from needs import CASES, REAL_CASES, Need, need_package
from picture_makers import animation, encoded, small


def film(
    path: Path, format_: str, codec: str, *, size: tuple[int, int] = (160, 120), options: dict[str, str] | None = None
) -> None:
    """Five pictures of a container that FFmpeg writes."""
    with av.open(str(path), "w", format=format_, options=options or {}) as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *size, "yuvj420p" if codec == "mjpeg" else "yuv420p"
        for i in range(5):
            picture = np.full((size[1], size[0], 3), 40 * i, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))


#: Format of FFmpeg -> codec, size, options: what recorders, cameras and programs write.
FILMS: dict[str, tuple[str, tuple[int, int], dict[str, str]]] = {
    "mp4": ("libx264", (160, 120), {}),
    "mov": ("mpeg4", (160, 120), {}),
    "matroska": ("libx264", (160, 120), {}),
    "webm": ("libvpx", (160, 120), {}),
    "avi": ("mpeg4", (160, 120), {}),
    "mpegts": ("libx264", (160, 120), {}),
    "mpegts:m2ts": ("libx264", (160, 120), {"mpegts_m2ts_mode": "1"}),
    "vob": ("mpeg2video", (160, 120), {}),
    "mpeg": ("mpeg1video", (160, 120), {}),
    "dv": ("dvvideo", (720, 576), {}),
    "h264": ("libx264", (160, 120), {}),
    "hevc": ("libx265", (160, 120), {}),
    "mpeg2video": ("mpeg2video", (160, 120), {}),
    "mjpeg": ("mjpeg", (160, 120), {}),
    "asf": ("wmv2", (160, 120), {}),
    "flv": ("flv", (160, 120), {}),
    "3gp": ("mpeg4", (160, 120), {}),
    "ivf": ("libvpx", (160, 120), {}),
    "nut": ("mpeg4", (160, 120), {}),
    "mxf": ("mpeg2video", (160, 120), {}),
    "yuv4mpegpipe": ("rawvideo", (160, 120), {}),
}


@pytest.mark.parametrize("name", FILMS)
def test_recordings_are_known_without_an_ending_and_read(name: str, tmp_path: Path) -> None:
    codec, size, options = FILMS[name]
    path = tmp_path / "recording"
    film(path, name.split(":")[0], codec, size=size, options=options)
    assert kind_of(path).what == "video", name
    with open_recording(path) as reader:
        assert sum(1 for _ in reader.frames()) >= 3


@pytest.mark.parametrize(
    "kind", ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "PPM", "QOI", "DDS", "HEIF"]
)
def test_photos_are_known_without_an_ending_and_read(kind: str, tmp_path: Path) -> None:
    if kind == "HEIF":
        need_package("pillow_heif").register_heif_opener()
    path = tmp_path / "photo"
    path.write_bytes(encoded(small(), kind))
    assert kind_of(path).what == "photo"
    assert read_photo(path).shape == (small().height, small().width, 3)
    with pytest.raises(DataFileError, match="is a photo"):
        open_recording(path)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_animations_are_recordings_and_single_pictures_are_not(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(animation(kind, [200, 200, 200]))
    assert kind_of(path).what == "video" and kind_of(path).in_pictures
    path.write_bytes(animation(kind, [200]))
    assert kind_of(path).what == "photo"


def test_an_endless_row_of_jpegs_is_a_recording_and_a_photo_with_more_behind_it_is_not(tmp_path: Path) -> None:
    one, other = encoded(small(), "JPEG"), encoded(small().rotate(5), "JPEG")
    preview, pair = (
        encoded(small(64), "JPEG"),
        encoded(small(), "MPO", save_all=True, append_images=[small().rotate(5)]),
    )
    for content, what in {
        one + other: "video",
        one + b"\0" + other: "video",
        one + other[:500] + one: "photo",
        one: "photo",
        one + preview: "photo",  # as cameras put it there
        one + b"more of a phone" + other: "photo",
        one + b"\0\0\0\x18ftypmp42": "photo",  # a photo that moves
        pair: "photo",  # the other eye
    }.items():
        (tmp_path / "a").write_bytes(content)
        if what == "photo" and other[:500] in content:
            continue  # damaged: either answer is fair
        assert kind_of(tmp_path / "a").what == what


@pytest.mark.parametrize("kind", [1, 4, 5], ids=["copy", "mask", "copy of the mask"])
def test_smaller_copies_and_masks_of_a_page_make_no_recording(kind: int, tmp_path: Path) -> None:
    """Cameras, microscopes and drawing programs put them into TIFF files."""
    page, copy = small(), small(64)
    copy.encoderinfo = {"tiffinfo": {254: kind}}
    (tmp_path / "a").write_bytes(encoded(page, "TIFF", save_all=True, append_images=[copy]))
    with Image.open(tmp_path / "a") as picture:
        assert picture.n_frames == 2
    assert kind_of(tmp_path / "a").what == "photo"
    (tmp_path / "a").write_bytes(encoded(page, "TIFF", save_all=True, append_images=[page]))
    assert kind_of(tmp_path / "a").what == "video"


@pytest.mark.parametrize("tags", [{50706: (1, 4, 0, 0)}, {254: 1, 330: 8}], ids=["DNG", "NEF, ARW"])
def test_a_small_preview_is_not_taken_for_the_photo(tags: dict[int, object], tmp_path: Path) -> None:
    info = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, value in tags.items():
        info.tagtype[tag] = TiffTags.BYTE if tag == 50706 else TiffTags.LONG
        info[tag] = value
    (tmp_path / "a").write_bytes(encoded(small(64), "TIFF", tiffinfo=info))
    assert "raw data of a camera" in kind_of(tmp_path / "a").why


def sound(format_: str, codec: str) -> bytes:
    out = io.BytesIO()
    with av.open(out, "w", format=format_) as container:
        stream = container.add_stream(codec, rate=48000)
        stream.bit_rate = 64_000
        frame = av.AudioFrame(format="s16" if codec in ("pcm_s16le", "flac") else "fltp", layout="mono", samples=1152)
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = 48000, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()


SOUNDS = {
    "mp3": "libmp3lame",
    "ipod": "aac",
    "mp4": "aac",
    "wav": "pcm_s16le",
    "flac": "flac",
    "ogg": "libopus",
    "matroska": "aac",
    "webm": "libopus",
    "adts": "aac",
    "asf": "wmav2",
}


@pytest.mark.parametrize("format_", SOUNDS)
def test_sound_is_known_in_any_container(format_: str, tmp_path: Path) -> None:
    (tmp_path / "lesson.mp4").write_bytes(sound(format_, SOUNDS[format_]))
    assert kind_of(tmp_path / "lesson.mp4").name == "sound"


OTHERS: dict[str, tuple[Callable[[], bytes], str]] = {
    "playlist.mp4": (lambda: b"#EXTM3U\n#EXT-X-VERSION:3\n/etc/lesson.ts\n", "playlist"),
    "pieces.mkv": (lambda: b"ffconcat version 1.0\nfile '/home/lesson.mp4'\n", "playlist"),
    "session.mp4": (lambda: b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\n", "playlist"),
    "dash.mpd": (lambda: b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'>", "playlist"),
    "slides.pptx": (lambda: b"PK\x03\x04" + bytes(100), "archive"),
    "scan.pdf": (lambda: b"%PDF-1.7\n", "archive"),
    "raw.cr2": (lambda: b"II*\0\x10\0\0\0CR\x02\0" + bytes(100), "raw data"),
    "raw.cr3": (lambda: b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "raw data"),
    "logo.svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "drawing"),
    "page.eps": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n", "drawing"),
    "chat.txt": (lambda: b"Good morning, all!", "neither a photo nor a recording"),
    "camera.bin": (lambda: b"--boundary\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff", "network camera"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_neither_has_a_reason(name: str, tmp_path: Path) -> None:
    content, words = OTHERS[name]
    (tmp_path / "x").write_bytes(content())
    kind = kind_of(tmp_path / "x")
    assert not kind.what and words in kind.why


def test_a_playlist_opens_nothing_that_it_lists(tmp_path: Path) -> None:
    """FFmpeg would read the file that is listed, of whoever it is."""
    film(tmp_path / "private.ts", "mpegts", "libx264")
    listed = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nprivate.ts\n#EXT-X-ENDLIST\n"
    (tmp_path / "lesson.mp4").write_text(listed)
    with pytest.raises(DataFileError, match="is a playlist"):
        open_recording(tmp_path / "lesson.mp4")


def test_damaged_content_counts_by_its_ending(tmp_path: Path) -> None:
    """So that it is told, and not passed over."""
    for name, what in {"a.jpg": "photo", "a.MP4": "video", "a.heic": "photo", "a.doc": ""}.items():
        for content in (b"", bytes(100), b"rubbish"):
            (tmp_path / name).write_bytes(content)
            assert kind_of(tmp_path / name).what == what


@pytest.mark.parametrize(("kind", "command"), [("HEIF", "aiducation[heic]"), ("AVIF", "pillow>=11.3")])
def test_a_missing_reader_is_named_with_its_command(
    kind: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "HEIF":
        need_package("pillow_heif").register_heif_opener()
    (tmp_path / "a").write_bytes(encoded(small(), kind))
    Image.init()
    monkeypatch.delitem(Image.OPEN, kind)
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != kind])
    monkeypatch.setattr(picture_readers, "add_readers", lambda: None)
    with pytest.raises(MissingExtraError) as error:
        read_photo(tmp_path / "a")
    assert command in str(error.value) and "pip install" in str(error.value)
    found = find_inputs([str(tmp_path)])
    assert [type(one) for one in found] == [Nothing, LeftOut] and command in found[1].why, "in a folder it is left out"


def test_jpeg_xl_names_its_reader(tmp_path: Path) -> None:
    Need(
        lambda: picture_readers.missing_reader("JPEG XL") is not None,
        "a reader of JPEG XL is installed",
        "pip uninstall --yes pillow-jxl-plugin && {check}",
    ).check()
    (tmp_path / "a.jpg").write_bytes(b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(50))
    with pytest.raises(MissingExtraError, match="pip install pillow-jxl-plugin"):
        read_photo(tmp_path / "a.jpg")


@REAL_CASES.mark()
def test_cases_of_others() -> None:
    for name, what in {
        "camera.mjpeg": "video",
        "screen.gif": "video",
        "photo.heic": "photo",
        "photo.avif": "photo",
        "long-text.png": "photo",
        "no-end-mark.jpg": "photo",
        "podcast.m4a": "",
        "no-index.mp4": "video",
    }.items():
        assert kind_of(CASES / name).what == what, name
