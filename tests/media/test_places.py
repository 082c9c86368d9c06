"""Places elsewhere, on real servers of S3, WebDAV and SFTP: what is there, what is read and written, what may go wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from aiducation.errors import AiducationError, ConfigError, DataFileError, OutputError
from aiducation.media import places
from aiducation.media.fingerprint import fingerprint
from aiducation.media.inputs import LeftOut, Nothing, RemoteFile, find_inputs
from aiducation.media.places import Place, Version, is_place
from aiducation.media.remote_files import copied
from aiducation.temporary import is_temporary
from needs import need_package
from picture_makers import animation
from place_makers import SEAWEED, SECRET, SSHD, Served, seaweed, sftp_in_process, sshd
from proxy_makers import free_ports
from video_makers import make_video
from waiting import until

for package in ("s3fs", "sshfs", "webdav4"):
    need_package(package, "dev")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Served]]:
    SEAWEED.check()
    SSHD.check()
    with ExitStack() as stack:
        web = stack.enter_context(seaweed(tmp_path_factory.mktemp("weed")))
        yield {**web, "sftp": stack.enter_context(sshd(tmp_path_factory.mktemp("sshd")))}


@pytest.fixture
def served(
    servers: dict[str, Served], request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    one = servers[request.param]
    for name, value in one.surroundings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(places, "WAIT_S", 0.01)
    places._connected.cache_clear()
    if request.param == "s3":
        places._system(Place.of(one.address)).mkdir("school", exist_ok=True) if not _there(one) else None
    yield one
    places._connected.cache_clear()


def _there(one: Served) -> bool:
    return "school" in places._system(Place.of(one.address)).ls("", detail=False)


everywhere = pytest.mark.parametrize("served", ["s3", "webdav", "sftp"], indirect=True)


@everywhere
def test_what_is_written_is_found_and_read(served: Served, tmp_path: Path) -> None:
    folder = Place.of(served.address) / "places"
    assert folder.find() == {} and (folder / "no").version() is None and (folder / "no").read_if_there() is None
    content = bytes(range(256)) * 4000
    (tmp_path / "a").write_bytes(content)
    names = ["a b.bin", "day 1/ä & #1.bin", "day 1/+%41.bin"]
    for name in names:
        (folder / name).put(tmp_path / "a")
    (Place.of(served.address) / "places2/other").write(b"of a folder whose name begins alike")
    assert {name: one.size for name, one in folder.find().items()} == dict.fromkeys(names, len(content))
    assert all((folder / name).read(70_000, 70_010) == content[70_000:70_010] for name in names)
    (folder / names[1]).copy_to(tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == content
    before = (folder / names[0]).version()
    assert before and before.size == len(content) and before.mark and (folder / names[0]).find() == {"": before}
    (folder / names[0]).write(b"another")
    assert (folder / names[0]).read() == b"another" and (folder / names[0]).version() != before
    for _ in range(2):  # also what is not there any more
        (folder / names[0]).delete()
    assert sorted(folder.find()) == sorted(names[1:])
    (folder / "emptied/one").write(b"the only file")
    (folder / "emptied/one").delete()
    assert (folder / "emptied").find() == {} and (folder / "emptied").version() is None
    assert sorted(folder.find()) == sorted(names[1:])


@everywhere
def test_folders_give_inputs_as_local_ones_do(served: Served, tmp_path: Path) -> None:
    lesson = make_video(tmp_path / "lesson 2.mp4", "libx264", stamps=range(10))
    folder = Place.of(served.address) / "inputs"
    for name in ("day 1/lesson 2.mp4", "lesson 10.mp4", ".hidden.mp4", "@eadir/x.mp4", "results/own.mp4"):
        (folder / name).put(lesson)
    (folder / "notes.txt").write(b"only words")
    found = find_inputs([str(folder)], streams=True, without=f"{folder}/results")
    files = [one for one in found if isinstance(one, RemoteFile)]
    assert [one.name for one in files] == ["day 1/lesson 2.mp4", "lesson 10.mp4"]
    assert {one.name for one in found if isinstance(one, LeftOut)} == {".hidden.mp4", "@eadir/x.mp4", "notes.txt"}
    assert {(one.kind, one.version.size, one.fingerprint) for one in files} == {("video", *fingerprint(lesson))}
    (named,) = find_inputs([str(folder / "day 1/lesson 2.mp4")], streams=True)
    assert isinstance(named, RemoteFile) and named.name == "lesson 2.mp4"
    fits = find_inputs([f"{folder}/*.mp4"], streams=True)
    assert "lesson 10.mp4" in [one.name for one in fits]
    (nothing,) = find_inputs([str(folder / "nobody")], streams=True)
    assert isinstance(nothing, Nothing) and "no photo and no recording" in nothing.why


@everywhere
def test_a_name_with_brackets_is_that_file_and_no_pattern(served: Served, tmp_path: Path) -> None:
    """As on a disk. fsspec (2026.9.0) takes such names as patterns, also where a file is called so: its rm() deletes others.

    Source: findings/names_with_brackets_in_fsspec.sh; https://github.com/fsspec/filesystem_spec/issues/838.
    """
    lesson = make_video(tmp_path / "lesson.mp4", "libx264", stamps=range(10))
    folder = Place.of(served.address) / "brackets"
    for name in ("Lesson [12].mp4", "Lesson 1.mp4", "Lesson 2.mp4", "Class [5b]/a.mp4", "Class b/b.mp4"):
        (folder / name).put(lesson)

    def named(address: str) -> list[str]:
        return [one.name for one in find_inputs([f"{folder}/{address}"], streams=True)]

    assert named("Lesson [12].mp4") == ["Lesson [12].mp4"] and named("Class [5b]") == ["a.mp4"]
    assert named("Lesson [1].mp4") == ["Lesson 1.mp4"] and named("Lesson ?.mp4") == ["Lesson 1.mp4", "Lesson 2.mp4"]
    (folder / "Lesson [12].mp4").copy_to(tmp_path / "copy.mp4")
    assert (tmp_path / "copy.mp4").read_bytes() == lesson.read_bytes()
    (folder / "Lesson [12].mp4").delete()
    assert sorted(folder.find())[2:] == ["Lesson 1.mp4", "Lesson 2.mp4"]


@everywhere
def test_a_file_that_cannot_be_read_is_an_error_and_nothing_stays_here(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, listed, read = Place.of(served.address) / "read", Place.find, Place.read
    for name in ("kept.gif", "gone.gif"):
        (folder / name).write(animation("GIF", [600] * 3))
    here: set[str] = set()

    def find(place: Place) -> dict[str, Version]:
        found = listed(place)
        places._system(place).rm_file((folder / "gone.gif")._inside)
        return found

    def reading(place: Place, *some: int) -> bytes:
        here.update(path.name for path in tmp_path.iterdir())
        return read(place, *some)

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(Place, "find", find)
    monkeypatch.setattr(Place, "read", reading)
    gone, kept = find_inputs([str(folder)], streams=True)
    assert isinstance(kept, RemoteFile) and isinstance(gone, Nothing) and gone.name == "gone.gif"
    assert "cannot be read" in gone.why
    assert here and all(map(is_temporary, here)), (
        "what a killed command leaves of a file is found and deleted by the next"
    )
    assert not list(tmp_path.iterdir())


def test_a_connection_that_was_lost_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a server of SFTP ends it, or the network was away for a while: a term is not analyzed without that."""
    monkeypatch.setattr(places, "WAIT_S", 0.01)
    places._connected.cache_clear()
    with sftp_in_process(tmp_path) as server:
        monkeypatch.setenv("HOME", str(server.home))
        place = Place.of(server.address) / "a"
        place.write(b"0123")
        for act, given in ((place.read, b"0123"), (place.find, {"": place.version()}), (place.read_if_there, b"0123")):
            server.end_all_connections()
            assert act() == given
        server.end_all_connections()
        place.write(b"4567")
        assert place.read() == b"4567"
    places._connected.cache_clear()


def test_a_server_that_falls_silent_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the network goes without a word: nothing ends the connection then."""
    monkeypatch.setattr(places, "WAIT_S", 0.01)
    monkeypatch.setattr(places, "ALIVE_S", 0.1)
    places._connected.cache_clear()
    with sftp_in_process(tmp_path) as server:
        monkeypatch.setenv("HOME", str(server.home))
        place = Place.of(server.address) / "a"
        place.write(b"0123")
        found, goes_on = list[bytes](), server.stand_still()
        reading = threading.Thread(target=lambda: found.append(place.read()))
        reading.start()
        try:
            until(lambda: not places._connected.cache_info().currsize)  # another one is being made
        finally:
            goes_on.set()
        reading.join()
        assert found == [b"0123"]
    places._connected.cache_clear()


@pytest.mark.parametrize("scheme", ["s3", "sftp", "webdav"])
def test_a_server_that_is_away_is_not_a_matter_of_rights(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = free_ports(1)
    about = {"ENDPOINT_URL": f"http://127.0.0.1:{port}", "ACCESS_KEY_ID": "SCHOOL", "SECRET_ACCESS_KEY": SECRET}
    for name, value in {**about, "DEFAULT_REGION": "us-east-1", "MAX_ATTEMPTS": "1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setattr(places, "WAIT_S", 0.01)
    places._connected.cache_clear()
    with pytest.raises(DataFileError, match=r"Is the network there, and is the address right\?$"):
        Place.of(f"{scheme}://{'bucket' if scheme == 's3' else f'127.0.0.1:{port}'}/a").read()
    places._connected.cache_clear()


@pytest.mark.parametrize("served", ["s3"], indirect=True)
def test_results_may_go_where_the_recordings_are(served: Served) -> None:
    folder = Place.of(served.address) / "one folder"
    (folder / "day 1/class.gif").write(animation("GIF", [600] * 3))
    for out in (str(folder), f"{folder}/", f"{Place.of(served.address)}/"):
        (one,) = find_inputs([str(folder)], streams=True, without=out)
        assert one.name == "day 1/class.gif", out
    (nothing,) = find_inputs([str(folder)], streams=True, without=f"{folder}/day 1/")
    assert isinstance(nothing, Nothing)


@everywhere
def test_a_copy_is_of_the_version_that_was_listed_and_goes(
    served: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    place = Place.of(served.address) / "copied/lesson.mp4"
    place.write(b"0123")
    version = place.version()
    assert version
    with copied(place, version) as (_, path):
        assert path.read_bytes() == b"0123" and path.parent.parent == tmp_path and path.suffix == ".mp4"
    assert not list(tmp_path.iterdir())
    place.write(b"others")
    with pytest.raises(DataFileError, match="was changed or deleted after it was listed"), copied(place, version):
        pass
    huge = places.Version(10**18, version.mark)
    with pytest.raises(DataFileError, match=r"needs 1,000,000,000,000\.0 MB.*TMPDIR"), copied(place, huge):
        pass


@pytest.mark.parametrize("served", ["s3", "sftp"], indirect=True)
def test_who_may_not_is_told_without_secrets(served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong" + SECRET)
    monkeypatch.setenv("HOME", str(tmp_path))  # no key, and a server that is not known
    places._connected.cache_clear()
    for action, kind in (
        (lambda: Place.of(served.address).find(), DataFileError),
        (lambda: (Place.of(served.address) / "x").write(b"x"), OutputError),
    ):
        with pytest.raises(kind) as error:
            action()
        assert "cannot be" in str(error.value) and SECRET not in str(error.value)


@pytest.mark.parametrize("served", ["sftp"], indirect=True)
def test_a_server_with_another_key_is_not_believed(
    served: Served, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".ssh").mkdir()
    for name in ("id_ed25519", "id_ed25519.pub"):
        (tmp_path / ".ssh" / name).write_bytes((Path(served.surroundings["HOME"]) / ".ssh" / name).read_bytes())
    (tmp_path / ".ssh" / "id_ed25519").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    places._connected.cache_clear()
    with pytest.raises(DataFileError, match="knows the key of the server"):
        Place.of(served.address).find()


def test_addresses() -> None:
    assert is_place("s3://a/b") and is_place("SFTP://a") and not is_place("https://a/b") and not is_place("/s3:/a")
    assert str(Place.of("s3://bucket/a b/#1?.mp4/")) == "s3://bucket/a b/#1?.mp4"
    assert Place.of("webdavs://cloud.example/dav/a%20b").path == "dav/a b"
    assert Place.of("sftp://me@host:2222/srv").host == "me@host:2222"
    for secret in (f"s3://SCHOOL:{SECRET}@bucket/a", f"sftp://me:{SECRET}@host/a", f"webdav://me:{SECRET}@host/a"):
        with pytest.raises(ConfigError, match="without") as error:
            Place.of(secret)
        assert SECRET not in str(error.value)
    for wrong in (f"sftp://me:{SECRET}@[::1/a", f"webdavs://me:{SECRET}@host:port/a", "sftp://host:99999/a", "s3://[a"):
        with pytest.raises(ConfigError, match="is not an address; write it like") as error:
            Place.of(wrong)
        assert SECRET not in str(error.value)
    with pytest.raises(AiducationError, match="s3://BUCKET/FOLDER"):
        Place.of("s3:///folder")
