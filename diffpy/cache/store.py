"""Files of the cache: written as a whole, checked when read, bounded in number of bytes.

<folder of the cache>/entries/<digest>.<kind>      magic, SHA-256 of the contents, contents
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from diffpy.runtime.modules import cache_directory

MAX_BYTES = 1 << 29
"""More than this is never kept; what was not used for longest goes first."""

_MAGIC = b"diffpy cache 1\n"
_SOURCE = re.compile(r"\w+_[0-9a-f]{16}\.py")
_PRUNE_EVERY = 64

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
    if _written % _PRUNE_EVERY == 0:
        prune(MAX_BYTES)
    _written += 1
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
        kind = "source" if path.suffix == ".py" else path.suffix[1:]
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


def prune(limit: int) -> None:
    """Remove what was not used for longest until at most this many bytes are left."""
    files = sorted(_files(), key=lambda found: found[1].st_mtime)
    total = sum(stat.st_size for _, stat in files)
    for path, stat in files:
        if total <= limit:
            return
        _remove(path)
        total -= stat.st_size


def _files() -> Iterator[tuple[Path, os.stat_result]]:
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
                    yield Path(item.path), item.stat()
            except OSError:
                continue  # another process has removed it


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
