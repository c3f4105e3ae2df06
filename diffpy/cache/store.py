"""Files of the cache: written as a whole, checked when read, bounded in number of bytes.

<folder of the cache>/entries/<digest>.<kind>      magic, SHA-256 of the contents, contents
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diffpy.runtime.modules import cache_directory

MAX_BYTES = 1 << 29
MAX_FILES = 20_000
"""More than these are never kept for long; what was not used for longest goes first."""

_MAGIC = b"diffpy cache 1\n"
_SOURCE = re.compile(r"\w+_[0-9a-f]{16}\.py")
_PRUNE_EVERY = 256
_PRUNE_SECONDS = 3600.0
_PRUNED = "pruned.time"
_PRUNE_TO = 0.75  # so that the next time is not soon

_written = 0
_warned = False


@dataclass(frozen=True)
class Summary:
    """What the folder of the cache holds."""

    folder: Path
    counts: dict[str, int]
    nbytes: int


def folder() -> Path:
    """Where the entries are; the generated source is one level above."""
    return cache_directory() / "entries"


def read(name: str) -> bytes | None:
    """The contents of an entry, or None if it is not there or damaged."""
    path = folder() / name
    try:
        data = path.read_bytes()
    except OSError:
        return None
    start = len(_MAGIC) + 32
    contents = data[start:]
    expected = _MAGIC + hashlib.sha256(contents).digest()
    if data[:start] != expected:
        _remove(path)
        warn_damaged(name)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # its place in the order of use
    return contents


def write(name: str, contents: bytes) -> bool:
    """Write an entry; False where the disk refuses."""
    global _written
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(suffix=".tmp", prefix=name[:16], dir=place)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + hashlib.sha256(contents).digest() + contents)
            os.replace(temporary, place / name)  # atomic: others see all of it or nothing
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError:
        return False
    _written += 1
    if _written % _PRUNE_EVERY == 0 or (_written == 1 and _was_long_ago(place.parent / _PRUNED)):
        prune(MAX_BYTES, MAX_FILES)
    return True


def _was_long_ago(marker: Path) -> bool:
    """Whether no process has pruned for an hour; if so, this one is about to."""
    try:
        if abs(time.time() - marker.stat().st_mtime) < _PRUNE_SECONDS:  # a clock may be wrong
            return False
    except OSError:
        pass
    with contextlib.suppress(OSError):
        marker.touch()
    return True


def discard(name: str) -> None:
    """Remove an entry that is of no use."""
    _remove(folder() / name)


def warn_damaged(name: str) -> None:
    """Say, once, that an entry could not be used."""
    global _warned
    if not _warned:
        _warned = True
        from diffpy.versions import warn

        warn(
            f"an entry of the cache in {folder()} is damaged and made anew",
            f"{name} is not what was written",
            "`diffpy cache clear` removes all entries",
        )


def summary() -> Summary:
    """What is there, counted by kind."""
    counts = {"entry": 0, "code": 0, "source": 0}
    total = 0
    for path, stat in _files():
        suffix = os.path.splitext(path)[1]
        kind = "source" if suffix == ".py" else suffix[1:]
        if kind in counts:
            counts[kind] += 1
        total += stat.st_size
    return Summary(cache_directory(), counts, total)


def clear() -> Summary:
    """Remove everything that diffpy wrote; what was there before."""
    before = summary()
    for path, _ in _files():
        _remove(path)
    return before


def prune(most_bytes: int, most_files: int) -> None:
    """Remove what was not used for longest until at most this much is left."""
    files = sorted(_files(), key=lambda found: found[1].st_mtime)
    nbytes, count = sum(stat.st_size for _, stat in files), len(files)
    if nbytes <= most_bytes and count <= most_files:
        return
    for path, stat in files:
        if nbytes <= most_bytes * _PRUNE_TO and count <= most_files * _PRUNE_TO:
            return
        _remove(path)
        nbytes, count = nbytes - stat.st_size, count - 1


def _files() -> Iterator[tuple[str, os.stat_result]]:
    """All files of the cache; others that lie in the folder are left alone."""
    root = cache_directory()
    for place in (root, root / "entries"):
        try:
            listed = list(os.scandir(place))
        except OSError:
            continue
        for item in listed:
            ours = place != root or _SOURCE.fullmatch(item.name) or item.name.endswith(".tmp")
            try:
                if ours and item.is_file(follow_symlinks=False):
                    yield item.path, item.stat()
            except OSError:
                continue  # another process has removed it


def _remove(path: Path | str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(path)
