"""Streams from addresses: a playlist over HTTP, files on the web, RTSP from a real server, and servers that fail."""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aiducation.errors import DataFileError
from aiducation.media.inputs import Address, Nothing, find_inputs
from aiducation.media.streams import StreamReader
from aiducation.media.videos import VideoReader
from commands import COULD_NOT, RunCli
from film import film
from needs import VLC, programs
from proxy_makers import free_ports
from stream_makers import files, hls, vlc
from video_makers import make_video, number_in
from waiting import PATIENCE_S, until


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Six seconds as a file and as a playlist, in a folder that everybody may read, as VLC runs as another user."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o755)
    make_video(place / "a.mp4", "libx264", {"g": "25", "bf": "0"}, stamps=range(150))
    make_video(place / "first.mp4", "libx264", {"g": "25"}, stamps=range(150), mux={"movflags": "faststart"})
    hls(place, "lesson", place / "a.mp4")
    yield place
    shutil.rmtree(place)


def read(address: str, every_s: float = 0.5, **options: float) -> tuple[StreamReader, list[tuple[float, int]]]:
    reader = StreamReader(Address(address), every_s, **options)
    return reader, [(frame.time_s, number_in(frame.image)) for frame in reader.frames()]


@pytest.mark.parametrize("name", ["lesson.m3u8", "a.mp4", "first.mp4"])
def test_what_has_an_end_is_read_to_it(name: str, folder: Path) -> None:
    with files(folder) as server:
        reader, seen = read(server.address(name))
    assert len(seen) == 12 and all(round(25 * time_s) == number for time_s, number in seen)
    assert reader.complete and not reader.live and reader.notes == ()


@pytest.mark.parametrize(("ending", "sound_s"), [("mp4", 0.0), ("mkv", 50.0)])
def test_a_recording_gives_what_it_gives_from_a_disk(ending: str, sound_s: float, tmp_path: Path) -> None:
    """Pictures stand: for 1.3 s, for 37 s, and the last one until the sound ends."""
    stamps = [0, 1, 2, 35, 36, 960, 961, 970]
    recording = make_video(tmp_path / f"a.{ending}", "libx264", {"bf": "0"}, stamps=stamps, sound_s=sound_s)
    with VideoReader(recording) as disk:
        wanted = [(frame.time_s, number_in(frame.image)) for frame in disk.frames(0.5)]
    with files(tmp_path) as server:
        reader, seen = read(server.address(recording.name))
    assert [number for _, number in seen] == [number for _, number in wanted]
    assert [time_s for time_s, _ in seen] == pytest.approx([time_s for time_s, _ in wanted], abs=1e-5)
    assert len(seen) > 70 and reader.complete and reader.notes == ()


#: A picture stands for an hour between these.
STANDING = [*range(75), *range(25 * 3600, 25 * 3600 + 75)]


def on_disk(recording: Path, every_s: float) -> list[tuple[float, int]]:
    with VideoReader(recording) as disk:
        return [(pytest.approx(frame.time_s, abs=1e-3), number_in(frame.image)) for frame in disk.frames(every_s)]


@pytest.mark.parametrize("ending", ["mkv", "mp4"])
def test_a_server_that_closes_the_connection_is_asked_for_the_rest(ending: str, tmp_path: Path) -> None:
    recording = make_video(tmp_path / f"a.{ending}", "libx264", {"bf": "0", "g": "25"}, stamps=STANDING)
    size = recording.stat().st_size
    with files(tmp_path, closes=[size // 3, size // 3, size // 3]) as server:
        reader, seen = read(server.address(recording.name), 60)
    assert len(seen) == 61 and seen == on_disk(recording, 60)
    assert reader.complete and reader.notes == ()


def test_a_server_that_is_gone_for_good_is_told(tmp_path: Path) -> None:
    recording = make_video(tmp_path / "a.mkv", "libx264", {"bf": "0", "g": "25"}, stamps=STANDING)
    with files(tmp_path, closes=itertools.chain([recording.stat().st_size // 3], itertools.repeat(0))) as server:
        reader, seen = read(server.address(recording.name), patience_s=5)
    assert 0 < len(seen) < 20 and not reader.complete
    assert re.fullmatch(r"The stream broke off after [\d.]+ s: no more data came in time\.", reader.notes[0])


@pytest.mark.parametrize("sizes", [True, False])
@pytest.mark.parametrize("length", [True, False])
def test_a_recording_that_does_not_say_how_long_or_how_large_it_is(sizes: bool, length: bool, tmp_path: Path) -> None:
    """A browser records films without a length, and some servers state no size: one of both is enough."""
    stamps = [25 * second for second in range(0, 3000, 20)]
    recording = make_video(tmp_path / "a.mkv", "libx264", {}, stamps=stamps, mux={} if length else {"live": "1"})
    with files(tmp_path, sizes=sizes, ranges=False) as server:
        reader, seen = read(server.address(recording.name), 10)
    assert reader.complete and reader.live == (not sizes and not length)
    if not reader.live:
        assert seen == on_disk(recording, 10) and len(seen) == 299 and reader.notes == ()
        return
    assert seen and {number for _, number in seen} <= {number for _, number in on_disk(recording, 10)}
    assert reader.notes[-1].startswith("This is a recording, but its server states neither its size nor its length")


def test_nothing_is_read_from_a_connection_that_is_closed(folder: Path) -> None:
    """All pictures wait when the reader comes to the end and closes its connection. PyAV 18.1 lets one ask a stream for the shape
    of its pixels then, and reads it from freed memory, which ended the process now and then; here such memory holds nonsense.
    """
    read_late = (
        "import sys, time\nfrom aiducation.media.streams import StreamReader, Address\n"
        "frames = StreamReader(Address(sys.argv[1]), 1.0).frames()\nshapes = [next(frames).image.shape]\n"
        "time.sleep(2)\nprint(shapes + [frame.image.shape for frame in frames])"
    )
    with files(folder) as server:
        command = [sys.executable, "-c", read_late, server.address("a.mp4")]
        done = subprocess.run(command, env=os.environ | {"MALLOC_PERTURB_": "165"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"{[(64, 96, 3)] * 6}\n"), done.stderr


def test_a_server_without_parts_of_files(folder: Path) -> None:
    """A recording whose index comes first can be read; of another one it is said what to do."""
    with files(folder, ranges=False) as server:
        assert len(read(server.address("first.mp4"))[1]) == 12
        with pytest.raises(DataFileError, match="no parts of files"):
            read(server.address("a.mp4"))


def test_the_largest_of_several_sizes_is_taken_and_the_others_are_not_loaded(folder: Path) -> None:
    import numpy as np

    large = folder / "large.mp4"
    film(large, [np.full((128, 192, 3), 4 * (i % 50), np.uint8) for i in range(60)], rate=10)
    hls(folder, "large", large)
    (folder / "master.m3u8").write_text(
        "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=100000,RESOLUTION=96x64\nlesson.m3u8\n"
        "#EXT-X-STREAM-INF:BANDWIDTH=900000,RESOLUTION=192x128\nlarge.m3u8\n"
    )
    with files(folder) as server:
        frames = list(StreamReader(Address(server.address("master.m3u8")), 0.5).frames())
    assert {frame.image.shape for frame in frames} == {(128, 192, 3)}
    assert "lesson5.ts" not in server.asked


def test_a_live_playlist_is_followed_until_it_says_that_it_ends(folder: Path, tmp_path: Path) -> None:
    whole = (folder / "lesson.m3u8").read_text(encoding="utf-8")
    for path in folder.glob("lesson*.ts"):
        shutil.copy(path, tmp_path)
    cut = whole.index("lesson2.ts") + len("lesson2.ts\n")
    (tmp_path / "live.m3u8").write_text(whole[:cut], encoding="utf-8")
    with files(tmp_path) as server:

        def go_on() -> None:
            until(lambda: server.asked.count("live.m3u8") > 1)
            (tmp_path / "next.m3u8").write_text(whole, encoding="utf-8")
            (tmp_path / "next.m3u8").replace(tmp_path / "live.m3u8")

        thread = threading.Thread(target=go_on)
        thread.start()
        reader, seen = read(server.address("live.m3u8"))
        thread.join()
    assert reader.live and reader.complete and seen[-1][1] >= 125, "also what came later"


@pytest.mark.parametrize("starts_s", [(0, 0), (100, 0), (100, 500)])
def test_an_encoder_that_began_anew_goes_on_where_the_other_one_ended(
    starts_s: tuple[int, int], tmp_path: Path
) -> None:
    """FFmpeg (PyAV 18.1.0, OpenCV 5.0.0) passes over EXT-X-DISCONTINUITY: the second part begins at 0, 26.5 hours or 500 s.

    Source: findings/clocks_that_begin_anew_in_hls.sh; RFC 8216, 4.3.2.3.
    """
    for name, start_s in zip("ab", starts_s, strict=True):
        stamps = range(25 * start_s, 25 * start_s + 50)
        make_video(tmp_path / f"{name}.ts", "libx264", {"g": "25", "bf": "0"}, stamps=stamps, format="mpegts")
    (tmp_path / "lesson.m3u8").write_text(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\na.ts\n#EXT-X-DISCONTINUITY\n#EXTINF:2,\nb.ts\n"
        "#EXT-X-ENDLIST\n"
    )
    with files(tmp_path) as server:
        reader, seen = read(server.address("lesson.m3u8"))
    assert len(seen) == 8 and reader.complete and reader.notes == ()
    assert all(
        abs(number / 25 - time_s % 2) < 0.1 and k / 2 <= time_s < k / 2 + 0.1 for k, (time_s, number) in enumerate(seen)
    )


def test_a_playlist_cannot_reach_files_of_this_machine(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "evil.m3u8").write_text(
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{folder}/lesson0.ts\n#EXT-X-ENDLIST\n", encoding="utf-8"
    )
    with files(tmp_path) as server, pytest.raises(DataFileError, match="Nothing that can be read"):
        read(server.address("evil.m3u8"))


@pytest.mark.parametrize("scheme", ["rtsp", "rtsps", "http", "https"])
def test_a_server_that_is_silent_is_not_waited_for_and_no_password_is_told(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"{scheme}://user:hunter2@127.0.0.1:{silent.getsockname()[1]}/x?token=hunter2"
        with pytest.raises(DataFileError, match=r"did not answer within 0\.3 s") as caught:
            read(address, patience_s=0.3)
    assert (
        "hunter2" not in str(caught.value)
        and caught.value.__cause__ is None
        and "hunter2" not in repr(Address(address))
    )


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://localhost:{port}/none.mp4", "404"),
        ("http://localhost:{port}/page.html", "not of a page"),
        ("rtsp://localhost:1/x", "refused"),
    ],
)
def test_what_is_not_there(address: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<!doctype html><p>Sign in", encoding="utf-8")
    with files(tmp_path) as server, pytest.raises(DataFileError, match=words):
        read(address.format(port=server.server_address[1]))


@programs("openssl").mark()
def test_a_certificate_is_trusted_only_if_it_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command += f" -addext subjectAltName=DNS:localhost -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    with files(folder, certificate=(certificate, key)) as server:
        with pytest.raises(DataFileError, match=r"Nothing that can be read|cannot be read"):
            read(server.address("lesson.m3u8"))
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert len(read(server.address("lesson.m3u8"))[1]) == 12


@VLC.mark()
def test_rtsp_is_read_as_it_comes_until_it_ends(folder: Path) -> None:
    (port,), seen = free_ports(1), list[tuple[float, int]]()
    long = make_video(folder / "long.mp4", "libx264", {"g": "25", "bf": "0"}, stamps=range(750))  # it plays from now on
    reader = StreamReader(Address(f"rtsp://127.0.0.1:{port}/lesson"), 0.5, again_s=0.5)
    with vlc(long, port, folder / "home") as server:
        for frame in reader.frames():
            seen.append((frame.time_s, number_in(frame.image)))
            if len(seen) == 6:
                server.terminate()
    assert reader.live and reader.complete and seen[0][0] < 0.1 and len(seen) >= 2
    for (before_s, before), (time_s, number) in itertools.pairwise(seen):
        passed = (number - before) % 256  # of a number, eight bits are shown
        assert before_s < time_s and abs((time_s - before_s) - passed / 25) < 0.1, "in order, by the stream's own clock"
    assert "asked for again for 0.5 s without success" in reader.notes[0]


@VLC.mark()
def test_a_broken_connection_is_made_again(folder: Path) -> None:
    """The server is killed in the middle, and another one takes its place."""
    (port,), seen = free_ports(1), list[float]()
    reader = StreamReader(Address(f"rtsp://127.0.0.1:{port}/lesson"), 0.5, patience_s=5, again_s=PATIENCE_S)
    with vlc(folder / "a.mp4", port, folder / "home", again=True) as server:
        frames = reader.frames()
        seen += [next(frames).time_s, next(frames).time_s]
        server.kill()
        server.wait()
    with vlc(folder / "a.mp4", port, folder / "home", again=True):
        seen += [next(frames).time_s for _ in range(len(seen), 5)]
        until(lambda: reader._breaks or next(frames))
    frames.close()
    assert seen == sorted(seen) and re.search("connection broke after .* and was made again", reader.notes[0])


def test_addresses_are_read_only_where_the_command_line_names_them() -> None:
    for address in ("rtsp://camera/x", "https://host/lesson.m3u8"):
        assert isinstance(find_inputs([address])[0], Nothing)
        (one,) = find_inputs([address], streams=True)
        assert isinstance(one, Address) and one.name == address
    assert isinstance(find_inputs(["srt://host:1"], streams=True)[0], Nothing)
    web = Path(__file__).parents[2] / "src" / "aiducation" / "web"
    assert not [
        path.name
        for path in web.rglob("*.py")
        if re.search(r"stream_addresses|media\.streams|find_inputs", path.read_text())
    ]


def test_a_stream_on_the_command_line(folder: Path, tmp_path: Path, run_cli: RunCli) -> None:
    with files(folder) as server:
        address = server.address("lesson.m3u8") + "?token=hunter2"
        answer = run_cli("analyze", address, "--out", tmp_path / "out", "--save", "json", "report", "--json")
    assert answer.code == 0 and "hunter2" not in answer.out + answer.err
    (path,) = (tmp_path / "out").glob("*.json")
    result = json.loads(path.read_text(encoding="utf-8"))
    assert len(result["times_s"]) == 12 and result["decoding"]["container"] == "hls"
    assert result["source"] == server.address("lesson.m3u8")
    assert not [file for file in (tmp_path / "out").iterdir() if b"hunter2" in file.read_bytes()]
    gone = run_cli("analyze", address, "--out", tmp_path / "out2")
    assert gone.code == COULD_NOT and "refused" in gone.err and "hunter2" not in gone.err
