"""The kind of a file, found from its content, never from its name alone.

Endings lie (a JPEG called ``.png``) or are unknown (``.264``, ``.dav``), so the first bytes decide. If they do not
help, the ending decides, so that a damaged ``class.jpg`` is reported as damaged instead of being skipped.
"""

from __future__ import annotations

import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiducation.errors import DataFileError
from aiducation.media.animations import is_animated_png, is_animation, is_camera_raw, is_jpeg_stream
from aiducation.texts import N_

PHOTO, VIDEO = "photo", "video"

#: Name of a kind that only the ending tells.
UNTOLD = "unknown"

#: Bytes of a file that are read to tell what it is.
_HEAD = 65_536


@dataclass(frozen=True)
class Kind:
    """What a file is.

    Attributes:
        what: "photo", "video", or "" for what cannot be analyzed.
        name: as a reader knows it: "JPEG", "animated GIF", "sound".
        why: for what cannot be analyzed: why, in words that follow the file's name and "is": "sound, without pictures".
        in_pictures: whether it is a recording that Pillow reads as a sequence of pictures, not a stream for FFmpeg.
    """

    what: str
    name: str
    why: str = ""
    in_pictures: bool = False


def _photo(name: str) -> Kind:
    return Kind(PHOTO, name)


def _video(name: str) -> Kind:
    return Kind(VIDEO, name)


def _not(name: str, why: str) -> Kind:
    return Kind("", name, why)


SOUND = _not("sound", N_("sound, without pictures"))
_PLAYLIST = _not(
    "playlist",
    N_("a playlist, which only lists the pieces of a recording: save the recording as one file, such as an MP4"),
)
_RAW = _not("camera raw", N_("raw data of a camera: export it as JPEG or PNG"))
_ARCHIVE = _not("archive", N_("an archive or a document: unpack it, or save its pictures as JPEG or PNG"))
_DRAWING = _not("drawing", N_("a vector drawing or a page for printing: save it as JPEG or PNG"))
_DATABASE = _not("other", N_("neither a photo nor a recording"))
EMPTY = _not("empty", N_("empty"))
UNKNOWN = _not("other", N_("neither a photo nor a recording"))

#: Where, with which bytes, which kind begins. The first that fits is taken.
_STARTS: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\xff\xd8\xff", _photo("JPEG")),
    (0, b"\x89PNG\r\n\x1a\n", _photo("PNG")),
    (0, b"GIF8", _photo("GIF")),
    (8, b"WEBP", _photo("WebP")),
    (8, b"CR\x02\0", _RAW),  # Canon's, a TIFF otherwise
    (0, b"II*\0", _photo("TIFF")),
    (0, b"MM\0*", _photo("TIFF")),
    (0, b"II+\0", _photo("TIFF")),
    (0, b"MM\0+", _photo("TIFF")),
    (0, b"\0\0\0\x0cjP  \r\n\x87\n", _photo("JPEG 2000")),
    (0, b"\xff\x4f\xff\x51", _photo("JPEG 2000")),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", _photo("JPEG XL")),
    (0, b"\xff\x0a", _photo("JPEG XL")),
    (0, b"8BPS", _photo("Photoshop")),
    (0, b"qoif", _photo("QOI")),
    (0, b"DDS ", _photo("DDS")),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    (0, b"IIRO", _RAW),
    (0, b"IIRS", _RAW),
    (0, b"IIU\0", _RAW),
    (0, b"\x1aE\xdf\xa3", _video("Matroska or WebM")),
    (8, b"AVI ", _video("AVI")),
    (8, b"AVIX", _video("AVI")),
    (0, b"FLV\x01", _video("FLV")),
    (0, b"0&\xb2u\x8ef\xcf\x11", _video("WMV")),
    (0, b"\0\0\x01\xba", _video("MPEG program stream")),
    (0, b"IMKH", _video("MPEG program stream")),  # with the head of a surveillance recorder
    (0, b"\0\0\x01\xb3", _video("MPEG video")),
    (0, b"\0\0\x01\xb0", _video("MPEG-4 video")),
    (0, b"\0\0\x01\x0f", _video("VC-1 video")),
    (0, b"\x1f\x07\0", _video("DV")),
    (0, b"\x06\x0e+4", _video("MXF")),
    (0, b"\0\0\0\0\x01\xbc", _video("GXF")),
    (0, b"DKIF", _video("IVF")),
    (0, b"\x12\0\x0a", _video("AV1 video")),
    (0, b"YUV4MPEG2 ", _video("Y4M")),
    (0, b"nut/multimedia container", _video("NUT")),
    (0, b".RMF", _video("RealMedia")),
    (0, b"FWS", _video("Flash")),
    (0, b"CWS", _video("Flash")),
    (0, b"DHAV", _video("DAV")),
    (0, b"\xb7\xd8\0 7I\xdaf", _video("WTV")),
    (0, b"ID3", SOUND),
    (0, b"fLaC", SOUND),
    (8, b"WAVE", SOUND),
    (8, b"AIFF", SOUND),
    (8, b"AIFC", SOUND),
    (0, b"#!AMR", SOUND),
    (0, b"caff", SOUND),
    (0, b".snd", SOUND),
    (0, b"wvPK", SOUND),
    (0, b"MThd", SOUND),
    (0, b"MAC ", SOUND),
    (0, b"#EXTM3U", _PLAYLIST),
    (0, b"\xef\xbb\xbf#EXTM3U", _PLAYLIST),
    (0, b"ffconcat", _PLAYLIST),
    (0, b"[playlist]", _PLAYLIST),
    (0, b"[Reference]", _PLAYLIST),
    (0, b"v=0\r\n", _PLAYLIST),
    (0, b"v=0\n", _PLAYLIST),
    (0, b"PK\x03\x04", _ARCHIVE),
    (0, b"7z\xbc\xaf'\x1c", _ARCHIVE),
    (0, b"Rar!", _ARCHIVE),
    (0, b"\x1f\x8b", _ARCHIVE),
    (0, b"%PDF", _ARCHIVE),
    (0, b"%!PS", _DRAWING),
    (0, b"\xd7\xcd\xc6\x9a", _DRAWING),
    (0, b"SQLite format 3", _DATABASE),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _DATABASE),  # Thumbs.db, old Office files
)

#: Brands of files with boxes (ISO base media): what they are if it is no MP4.
_BRANDS: dict[bytes, Kind] = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"mif1", b"mif2", b"miaf"), _photo("HEIC")),
    **dict.fromkeys((b"hevc", b"hevx", b"msf1"), _video("HEIF sequence")),
    **dict.fromkeys((b"avif", b"avis"), _photo("AVIF")),
    **dict.fromkeys((b"M4A ", b"M4B ", b"M4P ", b"F4A ", b"F4B ", b"aax ", b"aaxc"), SOUND),
    b"crx ": _RAW,
    b"jxl ": _photo("JPEG XL"),
}

#: Boxes with which a QuickTime file without a brand begins.
_QUICKTIME_BOXES = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")

#: Endings of photos and of recordings: what decides where the content says nothing, and what is cut off for names of results.
_PHOTO_WORDS = (
    "jpg jpeg jpe jfif mpo png apng webp bmp dib tif tiff gif heic heif hif avif jp2 j2k jpx jxl psd tga ppm pgm pnm"
)
_VIDEO_WORDS = (
    "mp4 mov qt m4v mkv mk3d webm avi divx mpg mpeg m2v m1v ts m2ts mts m2t tod mod vob wmv asf flv f4v 3gp 3g2 ogv ogm dv mxf "
    "gxf rm rmvb h264 264 avc h265 265 hevc ivf obu y4m nut mjpeg mjpg dav wtv lrv heics avifs swf"
)
PHOTO_ENDINGS, VIDEO_ENDINGS = (
    frozenset(f".{word}" for word in words.split()) for words in (_PHOTO_WORDS, _VIDEO_WORDS)
)
MEDIA_ENDINGS = PHOTO_ENDINGS | VIDEO_ENDINGS

#: Endings of pictures that are often recordings: several pictures that follow one another.
ANIMATION_ENDINGS = frozenset((".gif", ".webp", ".apng"))


def kind_of(path: Path) -> Kind:
    """The kind of a file. If the file is missing or cannot be read, its ending decides, and reading it says what is
    wrong."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return by_ending(path, UNKNOWN)  # a pipe would be waited for
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return by_ending(path, UNKNOWN)
    if not head:
        return by_ending(path, EMPTY)
    kind = _by_content(head)
    if kind is None:
        return by_ending(path, UNKNOWN)
    if kind.what == PHOTO:
        return _or_recording(path, kind, head)
    return _or_sound(path, kind) if kind.name in _MAY_BE_SOUND else kind


def by_ending(path: Path, otherwise: Kind) -> Kind:
    """A photo or a recording, as the ending says, or else another kind."""
    ending = path.suffix.lower()
    if ending in PHOTO_ENDINGS:
        return _photo(UNTOLD)
    return _video(UNTOLD) if ending in VIDEO_ENDINGS else otherwise


def _by_content(head: bytes) -> Kind | None:
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    for at, start, kind in _STARTS:
        if head.startswith(start, at):
            return kind
    if head[4:8] in _QUICKTIME_BOXES and int.from_bytes(head[:4], "big") >= 1:
        return _video("QuickTime")
    if head.startswith(b"OggS"):
        pictures = (b"\x80theora", b"\x01video\0", b"BBCD\0", b"OVP80")
        return _video("Ogg") if any(mark in head for mark in pictures) else SOUND
    if head.startswith(b"BM") and head[6:10] == b"\0\0\0\0":
        return _photo("BMP")
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in (b" ", b"\n", b"\r", b"\t", b"#"):
        return _photo("PNM")
    if head[0] == 0xFF and head[1:2] >= b"\xe0":
        return SOUND  # MP3 and AAC: eleven bits set
    if head.startswith((b"\0\0\x01", b"\0\0\0\x01")):
        return _raw_stream(head)
    if _is_transport_stream(head):
        return _video("MPEG transport stream")
    return _text(head[:1000].lstrip(b"\xef\xbb\xbf \t\r\n"), head)


def _by_brand(head: bytes) -> Kind:
    """By the brand of a file with boxes; where the first is only a general one, by those that it goes with."""
    size = min(int.from_bytes(head[:4], "big"), 256)
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    if brands[0] in (b"mif1", b"mif2", b"miaf", b"msf1"):
        if b"avis" in brands or b"avif" in brands:
            return _BRANDS[b"avif"]
        if brands[0] == b"msf1" and b"heic" in brands:
            return _BRANDS[b"msf1"]
    return _BRANDS.get(brands[0], _video("MP4 or QuickTime"))


def _raw_stream(head: bytes) -> Kind | None:
    """H.264 or HEVC without a container begins with a parameter set or a delimiter."""
    first = head.index(b"\x01") + 1
    unit, following = head[first : first + 2].ljust(2, b"\0")
    if following == 1 and unit >> 1 in (32, 33, 34, 35, 39):
        return _video("HEVC stream")
    return _video("H.264 stream") if not unit & 0x80 and unit & 0x1F in (6, 7, 8, 9) else None


def _is_transport_stream(head: bytes) -> bool:
    """Whether packets of 188 bytes follow one another, with four bytes of time in front (Blu-ray), or parity behind."""
    for length in (188, 192, 204):
        for start in range(length):
            marks = head[start : start + 8 * length : length]
            if marks[:1] == b"G" and len(marks) >= 3 and marks == b"G" * len(marks):
                return True
    return False


def _text(start: bytes, head: bytes) -> Kind | None:
    lower = start[:600].lower()
    if lower.startswith(b"--") and b"content-type: image/jpeg" in lower:
        return _not(
            "camera stream",
            N_("an unchanged stream of a network camera: convert it with ffmpeg -f mpjpeg -i FILE lesson.mp4"),
        )
    if b"<mpd" in lower or b"<asx" in lower or b"<smil" in lower:
        return _PLAYLIST
    if lower.startswith((b"<svg", b"<?xml")) and b"<svg" in head[:4000].lower():
        return _DRAWING
    return None


def _or_recording(path: Path, kind: Kind, head: bytes) -> Kind:
    """A kind of photo, or the recording that the file is, if it holds several pictures that follow one another."""
    if kind.name == "JPEG":
        return _video("Motion JPEG") if is_jpeg_stream(path) else kind
    if kind.name == "PNG":
        return Kind(VIDEO, "animated PNG", in_pictures=True) if is_animated_png(path) else kind
    animated = {
        "GIF": "animated GIF",
        "WebP": "animated WebP",
        "TIFF": "TIFF of several pages",
        "AVIF": "animated AVIF",
    }
    if kind.name == "TIFF" and is_camera_raw(path):
        return _RAW
    maybe = kind.name in animated and (kind.name != "WebP" or (head[12:16] == b"VP8X" and head[20:21] > b"\0"))
    if maybe and is_animation(path):
        return Kind(VIDEO, animated[kind.name], in_pictures=True)
    return kind


#: Containers that hold a recording, or sound alone.
_MAY_BE_SOUND = ("MP4 or QuickTime", "QuickTime", "Matroska or WebM", "WMV")


def _or_sound(path: Path, kind: Kind) -> Kind:
    """The recording that a container seems to be, unless all that it has is sound, perhaps with a cover."""
    from aiducation.media.video_files import open_container, video_tracks

    with suppress(DataFileError), open_container(path) as container:
        if container.streams.audio and not video_tracks(container):
            return SOUND
    return kind
