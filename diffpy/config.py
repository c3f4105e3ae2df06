"""Settings that hold for the whole process; each can be preset by an environment variable.

>>> import diffpy
>>> diffpy.config.backend
'auto'
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from pathlib import Path

from diffpy.runtime.modules import cache_directory

__all__ = ["BACKENDS", "Config", "config"]

BACKENDS = ("auto", "numba", "python")


class Config:
    """The settings. Use the instance ``diffpy.config``.

    Attributes
    ----------
    backend : {"auto", "numba", "python"}
        What ``backend="auto"`` of a transform means; environment ``DIFFPY_BACKEND``.
    cache : bool
        Keep derivatives and their machine code on disk for the next process; environment
        ``DIFFPY_CACHE``.
    cache_dir : pathlib.Path
        The folder that they and generated source are written to; environment
        ``DIFFPY_CACHE_DIR``.
    debug_nans : bool
        Raise FloatingPointError when a derivative contains a NaN; environment
        ``DIFFPY_DEBUG_NANS``.
    """

    __slots__ = ("_backend", "_cache", "_debug_nans", "_watchers")

    def __init__(self) -> None:
        self._watchers: list[weakref.WeakMethod[Callable[[], None]]] = []
        self._backend = check_backend(os.environ.get("DIFFPY_BACKEND", "auto"))
        self._cache = _switch(os.environ.get("DIFFPY_CACHE", "1"))
        self._debug_nans = _switch(os.environ.get("DIFFPY_DEBUG_NANS", ""))

    @property
    def backend(self) -> str:
        return self._backend

    @backend.setter
    def backend(self, name: str) -> None:
        self._backend = check_backend(name)
        self._changed()

    @property
    def debug_nans(self) -> bool:
        return self._debug_nans

    @debug_nans.setter
    def debug_nans(self, on: bool) -> None:
        self._debug_nans = bool(on)
        self._changed()

    @property
    def cache(self) -> bool:
        return self._cache

    @cache.setter
    def cache(self, on: bool) -> None:
        self._cache = bool(on)

    def _changed(self) -> None:
        for watcher in list(self._watchers):
            forget = watcher()
            if forget is not None:
                forget()

    def watch(self, forget: Callable[[], None]) -> None:
        """Call this bound method when a setting changes that versions are made for."""
        self._watchers = [watcher for watcher in self._watchers if watcher() is not None]
        self._watchers.append(weakref.WeakMethod(forget))

    @property
    def cache_dir(self) -> Path:
        return cache_directory()

    @cache_dir.setter
    def cache_dir(self, folder: str | os.PathLike[str]) -> None:
        # The runtime, which knows nothing of this module, reads the environment.
        os.environ["DIFFPY_CACHE_DIR"] = os.fspath(folder)

    def __repr__(self) -> str:
        return (
            f"Config(backend={self.backend!r}, cache={self.cache}, "
            f"cache_dir={str(self.cache_dir)!r}, debug_nans={self.debug_nans})"
        )


def check_backend(name: str) -> str:
    """The name itself if there is such a backend."""
    if name not in BACKENDS:
        raise ValueError(f"there is no backend {name!r}; choose one of {', '.join(BACKENDS)}")
    return name


def _switch(text: str) -> bool:
    return text.lower() not in ("", "0", "false", "no", "off")


config = Config()
