"""Memory for the arrays that a derivative fills and drops within one call.

A new large array costs a page fault for every 4096 bytes, which on the tapes of a long scalar loop
takes longer than the arithmetic (a third of the time on Lorenz). Compiled code therefore takes
them from a few blocks that are kept between calls; see `lowering/memory.py`.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import numpy as np

KEPT_BLOCKS = 12
"""So many blocks are kept at most,"""

KEPT_BYTES = 1 << 24
"""each of at most this size."""

ADVISED_BYTES = 1 << 22
"""Linux is asked for huge pages for blocks from this size on: 512 times fewer page faults."""

HUGE_PAGES = 14
"""What `madvise` takes for that; a wish, which a system without them does not grant."""

#: `madvise` of the C library; None where there is no such thing
c_advise = getattr(ctypes.CDLL(None), "madvise", None) if sys.platform == "linux" else None


def scratch(shape: Any, dtype: Any) -> Any:
    """``np.empty(shape, dtype)``, of memory that another array may have had before."""
    return np.empty(shape, dtype)
