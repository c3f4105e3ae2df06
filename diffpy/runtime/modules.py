"""Turn generated text into an importable module.

Generated source is a product: it lives in a file whose name is its content, so tracebacks, pdb,
``inspect`` and numba's disk cache see ordinary code.  Where no file can be written the text is
registered with :mod:`linecache` instead and everything but the disk cache still works.
"""

from __future__ import annotations

import hashlib
import importlib.util
import linecache
import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import CodeType, ModuleType

_lock = threading.RLock()


def cache_directory() -> Path:
    """The folder for generated modules: ``DIFFPY_CACHE_DIR`` or the user's cache folder."""
    chosen = os.environ.get("DIFFPY_CACHE_DIR")
    if chosen:
        return Path(chosen)
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        root = Path(base) if base else Path.home() / ".cache"
    except RuntimeError:  # a user without a home directory, as in some containers
        root = Path(tempfile.gettempdir())
    return root / "diffpy"


def module_name(stem: str, text: str) -> str:
    """The content-addressed name of the module that holds `text`."""
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{re.sub(r'[^0-9A-Za-z_]', '_', stem)}_{digest}"


def compile_plainly(text: str, path: str) -> CodeType:
    """The code of a module as Python makes it."""
    return compile(text, path, "exec", dont_inherit=True)


def load_module(
    stem: str,
    text: str,
    directory: str | os.PathLike[str] | None = None,
    compile_text: Callable[[str, str], CodeType] = compile_plainly,
) -> ModuleType:
    """Write `text` to ``<stem>_<sha>.py`` and import it.

    The module is in ``sys.modules`` before its code runs, which numba's disk cache needs.  The
    same stem and text give the same module object.

    Parameters
    ----------
    stem : str
        Readable beginning of the module's name; characters no name may have become ``_``.
    text : str
        The source of the module.
    directory : path, optional
        Where to write; default :func:`cache_directory`.
    compile_text : callable, optional
        Makes the code from text and path.

    Returns
    -------
    module

    Examples
    --------
    >>> load_module("double", "def double(x):\\n    return 2 * x\\n").double(21)
    42
    """
    name = module_name(stem, text)
    with _lock:
        loaded = sys.modules.get(name)
        if loaded is not None:
            return loaded
        folder = Path(directory) if directory is not None else cache_directory()
        path = _write(folder, name, text)
        if path is None:
            path = f"<diffpy {name}>"
            # No mtime: `linecache.checkcache` must not drop what no file can bring back.
            lines = text.splitlines(keepends=True)
            linecache.cache[path] = (len(text), None, lines, path)
        # The text in hand is what runs, not what the disk or a stale .pyc holds.
        code = compile_text(text, path)
        spec = importlib.util.spec_from_file_location(name, path) if path[0] != "<" else None
        module = importlib.util.module_from_spec(spec) if spec else ModuleType(name)
        module.__file__ = path
        sys.modules[name] = module
        try:
            exec(code, module.__dict__)
        except BaseException:
            del sys.modules[name]
            raise
        return module


def _write(folder: Path, name: str, text: str) -> str | None:
    """Write the file unless it is there already; None where the disk refuses."""
    path = folder / f"{name}.py"
    data = text.encode("utf-8", "surrogatepass")
    try:
        if path.is_file() and path.read_bytes() == data:
            return str(path)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(suffix=".tmp", prefix=name, dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
            os.replace(temporary, path)  # atomic: another process sees all of it or nothing
        except OSError:
            os.unlink(temporary)
            raise
    except OSError:
        return None
    return str(path)
