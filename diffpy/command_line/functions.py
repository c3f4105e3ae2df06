"""Find the function that a command is about: ``module:function`` or ``path/to/file.py:function``.

The module is imported as Python would, but what it prints goes to the error output, and it does not
see the arguments of the command.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from types import ModuleType
from typing import Any

from diffpy.command_line.usage import UsageError
from diffpy.errors import DiffpyError
from diffpy.transformed import Transformed

_MOST_NAMES = 12


def find_function(target: str) -> Any:
    """The function that a target names.

    Raises
    ------
    UsageError
        If there is none; names what there is instead.
    """
    where, name = _split(target)
    if not where or not (name or _is_file(where) or _is_module(where)):
        raise UsageError(f"{target!r} is not of the form module:function or file.py:function")
    module = _module(where)
    if not name:
        raise UsageError(f"name a function of {where}: {_choice(where, module)}")
    found: Any = module
    path = where
    for part in name.split("."):
        if not hasattr(found, part):
            raise UsageError(_missing(part, path, found, where, name))
        if inspect.isclass(found) and _needs_instance(inspect.getattr_static(found, part)):
            raise UsageError(
                f"{target} is a method, which needs an instance\n"
                f"make one in the module, x = {found.__name__}(…), and name {where}:x.{part}"
            )
        path = f"{path}:{part}" if found is module else f"{path}.{part}"
        found = getattr(found, part)
    if inspect.isclass(found):
        raise UsageError(f"{target} is a class, not a function{_instead(path, found, where, name)}")
    if not callable(found):
        raise UsageError(f"{target} is a {type(found).__name__}, not a function")
    return found


def _split(target: str) -> tuple[str, str]:
    """Module or file, and the name of a function in it if there is one.

    >>> _split("model:Box.volume"), _split("model.py"), _split("model:")
    (('model', 'Box.volume'), ('model.py', ''), ('model', ''))
    """
    if target.endswith(".py") or ":" not in target:
        return target, ""
    where, _, name = target.rpartition(":")
    return where, name


def _is_file(where: str) -> bool:
    return where.endswith(".py") or os.sep in where


def _is_module(where: str) -> bool:
    _search_here()
    try:
        return importlib.util.find_spec(where) is not None
    except (ImportError, ValueError):
        return False


def _needs_instance(attribute: Any) -> bool:
    """Whether a class's attribute is a method, or the derivative of one."""
    return inspect.isfunction(attribute) or isinstance(attribute, Transformed)


def _choice(where: str, module: ModuleType) -> str:
    names = _functions(module)
    return ", ".join(f"{where}:{n}" for n in names[:_MOST_NAMES]) or "it has none"


def _missing(part: str, path: str, holder: Any, where: str, name: str) -> str:
    message = f"there is no {part!r} in {path}"
    close = get_close_matches(part, [n for n in dir(holder) if not n.startswith("__")], n=3)
    before = name[: name.rindex(part)]
    if close:
        return f"{message}; do you mean {' or '.join(f'{where}:{before}{n}' for n in close)}?"
    return message + _instead(path, holder, where, before.rstrip("."))


def _instead(path: str, holder: Any, where: str, before: str) -> str:
    names = _functions(holder)
    prefix = f"{where}:{before}." if before else f"{where}:"
    more = ", …" if len(names) > _MOST_NAMES else ""
    shown = ", ".join(prefix + n for n in names[:_MOST_NAMES])
    return f"; there is {shown}{more}" if names else ""


def _functions(holder: Any) -> list[str]:
    """The functions that a module or a class defines itself, in the order of its text."""
    home = getattr(holder, "__name__", None) if inspect.ismodule(holder) else holder.__module__
    names = []
    for name, value in vars(holder).items():
        function = value.__func__ if isinstance(value, staticmethod | classmethod) else value
        function = inspect.unwrap(function) if callable(function) else function
        if inspect.isfunction(function) and function.__module__ == home:
            if not name.startswith("__"):
                names.append(name)
    return names


# --- importing -----------------------------------------------------------------------------------


def _module(where: str) -> ModuleType:
    with _on_its_own(where):
        try:
            return _module_of_file(Path(where)) if _is_file(where) else _module_of_name(where)
        except (DiffpyError, UsageError):  # a decorator in it refuses
            raise
        except SystemExit as stop:
            raise UsageError(
                f"cannot import {where}: it ends the program (exit status {stop.code or 0})\n"
                'put what a script does when it is run under `if __name__ == "__main__":`'
            ) from stop
        except Exception as error:
            raise UsageError(_failure(where, error)) from error


@contextlib.contextmanager
def _on_its_own(where: str) -> Iterator[None]:
    """Without our arguments; what is printed does not mix with what we print."""
    arguments = sys.argv
    sys.argv = [where]
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        sys.argv = arguments


def _failure(where: str, error: Exception) -> str:
    """Why an import failed, and on which line of the user's."""
    message = f"cannot import {where}: {type(error).__name__}: {error}"
    if isinstance(error, SyntaxError):
        lines = traceback.format_exception_only(error)
        return f"cannot import {where}\n{''.join(lines).rstrip()}"
    if isinstance(error, ModuleNotFoundError) and f"{where}.".startswith(f"{error.name}."):
        like = _like(Path(*where.split(".")).with_suffix(".py"))
        return f"there is no module {error.name}, here or installed{like}"
    frames = traceback.extract_tb(error.__traceback__)
    inner = [f for f in frames if not f.filename.startswith("<") and "importlib" not in f.filename]
    if inner and Path(inner[-1].filename) != Path(__file__):
        message += f'\n  File "{inner[-1].filename}", line {inner[-1].lineno}\n    {inner[-1].line}'
    return message


def _search_here() -> None:
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())


def _module_of_name(name: str) -> ModuleType:
    _search_here()
    return importlib.import_module(name)


def _module_of_file(path: Path) -> ModuleType:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file in it, as {path / 'file.py'}:function")
    if not path.is_file():
        raise UsageError(f"there is no file {path}{_like(path)}")
    path = path.resolve()
    package, name = path.parent, path.stem
    while (package / "__init__.py").is_file():  # its imports may be relative to the package
        name = f"{package.name}.{name}"
        package = package.parent
    if str(package) not in sys.path:  # what stands beside it can be imported, as if it were run
        sys.path.insert(0, str(package))
    if "." in name:
        return importlib.import_module(name.removesuffix(".__init__"))
    return _loaded(path, name)


def _loaded(path: Path, name: str) -> ModuleType:
    """The module of a file of its own, which takes the place of no other module."""
    known = sys.modules.get(name)
    if known is not None:
        if getattr(known, "__file__", None) == str(path):
            return known
        name = f"_file_{name}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise UsageError(f"{path} is no Python file; its name must end in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _like(path: Path) -> str:
    if not path.parent.is_dir():
        return ""
    names = [each.name for each in path.parent.iterdir() if each.suffix == ".py"]
    close = get_close_matches(path.name, names, n=1)
    return f"; do you mean {path.with_name(close[0])}?" if close else ""
