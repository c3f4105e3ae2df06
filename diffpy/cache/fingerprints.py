"""What an object is to the compiler, in words that mean the same in another process.

A function is its code and its source; what it reads is compared for itself (`diffpy.cache.reads`).
A function of a library is its name, if that name leads to it. Of everything else that has an
identity (objects of classes, methods, partials) nothing is said: `NotPortable`.
"""

from __future__ import annotations

import linecache
import sys
import types
from collections import namedtuple
from typing import Any

import numpy as np

from diffpy.cache.stamp import digest
from diffpy.kinds import Array, Kind, List, Opaque, Scalar, Tape
from diffpy.rules.registry import definition_of
from diffpy.structure import Known, Leaf, Numbers, Sequence, Structure, is_namedtuple
from diffpy.transform.check_request import Transform

_LIBRARIES = ("builtins", "math", "cmath", "operator", "_operator", "numpy", "scipy", "diffpy")
_PLAIN = (bool, int, float, complex, str, bytes, type(None), type(...))
_NAMEDTUPLE = namedtuple("_NAMEDTUPLE", "field")


class NotPortable(Exception):
    """There are no such words."""


class Fingerprints:
    """Describes objects, and collects the functions among them in the order they are met."""

    def __init__(self) -> None:
        self.functions: list[types.FunctionType] = []

    def of_value(self, value: Any) -> str:
        """The words for an object that is known while compiling.

        >>> import math
        >>> Fingerprints().of_value(("max", 2, math.sin))
        "tuple(str 'max', int 2, library math:sin)"
        """
        kind = type(value)
        if kind in _PLAIN:
            return f"{kind.__name__} {value!r}"
        if kind is tuple:
            return f"tuple({', '.join(map(self.of_value, value))})"
        if isinstance(value, np.generic | np.dtype):
            text = (
                value.str if isinstance(value, np.dtype) else f"{value.dtype} {value.tobytes()!r}"
            )
            return f"numpy {text}"
        if isinstance(value, types.ModuleType):
            return f"module {_module_name(value)}"
        transform = getattr(value, "transform", None)
        if isinstance(transform, Transform):
            return f"derivative {options_text(transform)} {self.of_value(transform.fun)}"
        library = _library_name(value)
        if library is not None:
            _check_rule(value)
            return f"library {library}"
        if isinstance(value, type):
            return self.of_class(value)
        return self.of_function(value)

    def of_structure(self, structure: Structure) -> str:
        """The words for the structure of an argument."""
        match structure:
            case Numbers(item=item):
                return f"numbers {kind_text(item)}"
            case Leaf(kind):
                return kind_text(kind)
            case Sequence(cls, items, keys):
                known = cls in (tuple, list, dict)
                name = cls.__name__ if known else self.of_class(cls)
                return f"{name}{keys!r}({', '.join(map(self.of_structure, items))})"
            case Known(value):
                return f"known {self.of_value(value)}"

    def of_class(self, cls: type) -> str:
        """The words for the class of a namedtuple."""
        if not is_namedtuple(cls):
            raise NotPortable(cls)
        for base in cls.__mro__[: cls.__mro__.index(tuple)]:
            for name, member in vars(base).items():
                functions = types.FunctionType | property | classmethod | staticmethod
                if isinstance(member, functions) and name not in vars(_NAMEDTUPLE):
                    raise NotPortable(cls)  # methods are code, and are not looked into here
        defaults = getattr(cls, "_field_defaults", {})
        shown = ", ".join(f"{k}={self.of_value(v)}" for k, v in defaults.items())
        fields = ", ".join(getattr(cls, "_fields", ()))
        return f"namedtuple {path_of(cls)} ({fields}; {shown})"

    def of_function(self, value: Any) -> str:
        """The words for a function that is written in Python, or compiled from it by numba."""
        function, wrapped = value, ""
        if not isinstance(value, types.FunctionType):
            function = getattr(value, "py_func", None)
            cls = type(value)
            if not isinstance(function, types.FunctionType) or not cls.__module__.startswith(
                "numba."
            ):
                raise NotPortable(value)
            wrapped = "compiled "
        _check_rule(value)
        _check_rule(function)
        if any(name in vars(function) for name in ("__wrapped__", "__signature__", "transform")):
            raise NotPortable(value)
        if not any(known is function for known in self.functions):
            self.functions.append(function)
        return f"{wrapped}function {function.__name__} {code_digest(function)}"


def options_text(transform: Transform) -> str:
    """The options of a derivative that its text depends on."""
    t = transform
    return repr((t.name, t.argnums, t.argnames, t.has_aux, t.checkpoint, t.preserve, t.outputs))


def kind_text(kind: Kind) -> str:
    """A kind; unlike its str this tells Python's numbers from NumPy's of the same name."""
    match kind:
        case Scalar(dtype, python):
            return f"{'python' if python else 'numpy'} {dtype}"
        case Array(dtype, ndim):
            return f"array {dtype} {ndim}"
        case List(item):
            return f"list of {kind_text(item)}"
        case Tape():
            return "tape"
        case Opaque():
            raise NotPortable(kind)


def code_digest(function: types.FunctionType) -> str:
    """Digest of a function's code and of its source as it stands in the file."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    last = max((line for _, _, line in _all_lines(code) if line), default=code.co_firstlineno)
    text = "".join(lines[code.co_firstlineno - 1 : last + 1])
    return digest(text, str(code.co_firstlineno), *_code_parts(code))


def _all_lines(code: types.CodeType) -> list[tuple[int, int, int | None]]:
    found = list(code.co_lines())
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found += _all_lines(constant)
    return found


def _code_parts(code: types.CodeType) -> list[str | bytes]:
    parts: list[str | bytes] = [code.co_code, code.co_name, str(code.co_flags)]
    for names in (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars):
        parts.append("\0".join(names))
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            parts += _code_parts(constant)
        elif isinstance(constant, frozenset):  # its order is not that of another process
            parts.append(f"frozenset {sorted(map(repr, constant))}")
        else:
            parts.append(f"{type(constant).__name__} {constant!r}")
    return parts


def path_of(value: Any) -> str:
    """``module:name``, if that leads to the object."""
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    if isinstance(value, np.ufunc):
        module, name = "numpy", value.__name__
    if not isinstance(module, str) or not isinstance(name, str):
        raise NotPortable(value)
    if object_at(f"{module}:{name}") is not value:
        raise NotPortable(value)
    return f"{module}:{name}"


def object_at(path: str) -> Any:
    """The object that ``module:name`` leads to, or None."""
    module, _, names = path.partition(":")
    found: Any = sys.modules.get(module)
    for name in names.split("."):
        found = getattr(found, name, None)
    return found


def _library_name(value: Any) -> str | None:
    module = "numpy" if isinstance(value, np.ufunc) else getattr(value, "__module__", None)
    if not isinstance(module, str) or not (callable(value) or isinstance(value, type)):
        return None
    top = module.partition(".")[0]
    return f"{path_of(value)}{_version(top)}" if top in _LIBRARIES else None


def _module_name(module: types.ModuleType) -> str:
    name = module.__name__
    if sys.modules.get(name) is not module:
        raise NotPortable(module)
    return f"{name}{_version(name.partition('.')[0])}"


def _version(top: str) -> str:
    if top == "scipy":  # the others' versions are in the stamp of every entry
        return f" {getattr(sys.modules.get(top), '__version__', '')}"
    return ""


def _check_rule(value: Any) -> None:
    """A rule that the user declared is code that nobody compares."""
    meaning = definition_of(value)
    home = getattr(meaning, "__module__", None)
    if meaning is not None and not (isinstance(home, str) and home.startswith("diffpy.")):
        raise NotPortable(value)
