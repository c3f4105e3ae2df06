"""Work that an interrupt must not break off halfway."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def shielded(work: Callable[[], T]) -> T:
    """What `work` returns; KeyboardInterrupt leaves this function, but not the work.

    Python raises the exceptions of signals in the main thread only, so the work is done in another
    one. numba needs this: an interrupt while it fills its tables of functions leaves them half
    empty for as long as the process lives. What was interrupted goes on, and who asks for it again
    finds it done.

    >>> shielded(lambda: 6 * 7)
    42
    """
    if threading.current_thread() is not threading.main_thread() or _numba_is_compiling():
        return work()
    from concurrent.futures import Future

    future: Future[T] = Future()

    def run() -> None:
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="diffpy compiles").start()
    return future.result()


def _numba_is_compiling() -> bool:
    """Whether this thread may hold the lock that the work would wait for."""
    module = sys.modules.get("numba.core.compiler_lock")
    return module is not None and module.global_compiler_lock.is_locked()
