"""Programs of science as their authors write them: loops, stores, classes, recursion.

They know nothing of diffpy. A program is added with `@program(*arguments)`: all its floats and
arrays of floats are differentiated. `like` is what a library computes for the same arguments.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable)


@dataclass(frozen=True)
class Program:
    """A function, its arguments, and what a library says of them."""

    name: str
    function: Callable
    args: tuple
    like: Callable | None
    #: whether the fast suite compiles it with numba
    compiled: bool
    #: what diffpy does not know yet, in both modes or for the gradient; it has to fail
    missing: str
    no_gradient: str


programs: list[Program] = []


def program(
    *args: Any,
    like: Callable | None = None,
    compiled: bool = False,
    missing: str = "",
    no_gradient: str = "",
) -> Callable[[Function], Function]:
    """Adds the function below and returns it unchanged."""

    def add(function: Function) -> Function:
        field = function.__module__.rpartition(".")[2]
        name = f"{field}.{function.__name__}"
        programs.append(Program(name, function, args, like, compiled, missing, no_gradient))
        return function

    return add


def load() -> list[Program]:
    """The programs of all files."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return programs
