"""Write a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_whole(path: str | os.PathLike[str], text: str) -> Path:
    """Write a text to a file; what was there stays if this fails.

    Raises
    ------
    OSError
        If there is no such folder, if the path is a folder, or if it cannot be written.

    Examples
    --------
    >>> write_whole("no/such/folder/page.html", "")
    Traceback (most recent call last):
    FileNotFoundError: cannot write no/such/folder/page.html: there is no folder no/such/folder
    """
    asked = Path(path)
    if asked.is_dir():
        raise IsADirectoryError(f"cannot write {asked}: it is a folder; name a file in it")
    if not asked.parent.is_dir():
        raise FileNotFoundError(f"cannot write {asked}: there is no folder {asked.parent}")
    file = asked.resolve()  # a link stays a link
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        if file.exists():
            unfinished.chmod(file.stat().st_mode & 0o777)
        os.replace(unfinished, file)
    except BaseException as error:
        with contextlib.suppress(FileNotFoundError):
            unfinished.unlink()
        if isinstance(error, OSError):
            raise type(error)(f"cannot write {asked}: {error.strerror or error}") from error
        raise
    return asked
