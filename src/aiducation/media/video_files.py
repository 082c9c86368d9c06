"""Video files: open them, find their tracks, and say in a sentence why a file cannot be analyzed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiducation.errors import DataFileError
from aiducation.media.input_files import check_file

if TYPE_CHECKING:
    from aiducation.media.held_file import HeldFile

#: Parts of an MP4 file at its top level that tell where the pictures are.
_INDEXES = (b"moov", b"moof")


def open_container(path: Path, held: HeldFile | None = None) -> Any:
    """The container of a file. Titles that are not UTF-8 are ignored: before its version 19, PyAV must be told to do
    so.

    Args:
        path: the file.
        held: the same, where it is open already.

    Raises:
        DataFileError: the file is missing, empty, not a video, or too damaged to be read.
    """
    import av

    if not held:
        check_file(path)
    told = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}
    try:
        return av.open(held.view() if held else str(path), **told)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DataFileError(
            _without_index(path, held) or f"{path} is not a video, or cannot be read: {reason}."
        ) from error


def software() -> str:
    """What reads videos here, for results."""
    import av

    return f"PyAV {av.__version__}, FFmpeg {av.ffmpeg_version_info}"


def video_tracks(container: Any) -> list[Any]:
    """The video tracks of a container. The cover picture of a sound file or a film does not count."""
    from av.stream import Disposition

    return [one for one in container.streams.video if not one.disposition & Disposition.attached_pic]


def is_default(stream: Any) -> bool:
    """Whether players show this track by default."""
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.default)


def chosen_track(container: Any, path: Path, track: int, held: HeldFile | None = None) -> Any:
    """One video track of a file.

    Raises:
        DataFileError: there is no such track, or its coding is not known.
    """
    tracks = video_tracks(container)
    if not tracks:
        if broken := _without_index(path, held):
            raise DataFileError(broken)
        cover = " Its cover picture is not a video." if container.streams.video else ""
        raise DataFileError(f"{path} has no pictures, only sound or text.{cover}")
    if not 0 <= track < len(tracks):
        have = (
            "one video track, number 0" if len(tracks) == 1 else f"{len(tracks)} video tracks, 0 to {len(tracks) - 1}"
        )
        raise DataFileError(f"{path} has {have}; there is no track {track}.")
    if tracks[track].codec_context is None:
        raise DataFileError(f"{path} is encoded in a format that is not known here; convert it to MP4 (H.264).")
    return tracks[track]


def _without_index(path: Path, held: HeldFile | None) -> str:
    """What happened to an MP4 file whose index was never written; "" if that is not what is wrong.

    Source: ISO/IEC 14496-12, 4.2 (boxes): four bytes of size, four of name; size 1 is followed by eight bytes of size, size 0
    reaches to the end of the file.
    """
    at = 0
    names: list[bytes] = []
    with held.view() if held else path.open("rb") as file:
        length = file.seek(0, 2)
        while at + 8 <= length and len(names) < 1000:
            file.seek(at)
            head = file.read(16)
            size = int.from_bytes(head[:4], "big")
            size = int.from_bytes(head[8:16], "big") if size == 1 else size or length - at
            if size < 8:
                break
            at += size
            if at <= length or head[4:8] not in _INDEXES:  # half an index is none
                names.append(head[4:8])
    if b"mdat" not in names or any(name in names for name in _INDEXES):
        return ""
    if at > length:
        return (
            f"{path} breaks off before its index (moov), which is needed to find its pictures: either it was copied "
            f"or downloaded only in part ({length:,} of at least {at:,} bytes), or its recording was interrupted. "
            f"Copy it again. If its recording was interrupted, a program such as untrunc can rebuild the index with "
            f"the help of another recording of the same device."
        )
    return (
        f"{path} has pictures but no index (moov): its recording was interrupted before the index was written, for example by "
        "an empty battery, a full disk or a crash. Repair it, then analyze the repaired file: open it once more with the "
        "program or device that recorded it, or let a program such as untrunc rebuild the index with the help of another "
        "recording of the same device."
    )
