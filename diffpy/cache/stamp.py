"""What every entry depends on: versions, diffpy's own source, the CPU, numba's options."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import time
from functools import cache
from pathlib import Path

import numpy as np

_IMPORTED = time.time()
_IMPORT_TAKES = 2.0


def digest(*parts: str | bytes) -> str:
    """A name for these parts; no two sequences of parts have the same."""
    found = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        found.update(b"%d:" % len(data))
        found.update(data)
    return found.hexdigest()[:40]


@cache
def stamp() -> str | None:
    """Digest of diffpy's source and the versions of Python and NumPy, or None; see below."""
    own = source_digest()
    if own is None:
        return None
    return digest(own, sys.version, platform.machine(), sys.platform, np.__version__)


def source_digest() -> str | None:
    """Digest of the package.

    None if it was changed while or after this process imported it: what runs is then not what the
    files say.
    """
    root = Path(__file__).parent.parent
    parts: list[str | bytes] = []
    try:
        for path in sorted(root.rglob("*.py")):
            stat = path.stat()  # the second time cannot be set, only the first is kept by copying
            if max(stat.st_mtime, stat.st_ctime) > _IMPORTED - _IMPORT_TAKES:
                return None
            parts += [str(path.relative_to(root)), path.read_bytes()]
    except OSError:  # frozen, or in a zip file
        return None
    return digest(*parts)


@cache
def machine_stamp() -> str | None:
    """`stamp`, and what machine code depends on besides: numba, LLVM, options and the CPU."""
    import llvmlite
    import numba
    from numba.core.registry import cpu_target

    common = stamp()
    if common is None:
        return None
    options = sorted((k, v) for k, v in os.environ.items() if k.startswith("NUMBA_"))
    target = cpu_target.target_context.codegen().magic_tuple()
    return digest(common, numba.__version__, llvmlite.__version__, repr(options), repr(target))
