"""Small named programs by feature; each is tested in every mode and backend.

The programs are plain functions that know nothing of diffpy. A case is one tuple of arguments;
all cases of a program lie away from kinks. To add a program, put `@program(case, case, ...)`
above it in the file of its feature.
"""

import copy
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

Function = TypeVar("Function", bound=Callable)


@dataclass(frozen=True)
class Program:
    """A function, the arguments to try, and the positions that are differentiated."""

    name: str
    function: Callable
    cases: tuple[tuple, ...]
    argnums: int | tuple[int, ...]
    always: bool

    def fresh_cases(self) -> tuple[tuple, ...]:
        """The cases in arrays of their own, views and layouts kept."""
        return tuple(tuple(fresh(arg) for arg in case) for case in self.cases)


def fresh(arg: object) -> object:
    """A copy of an argument; a function stays itself, a strided array stays strided."""
    if callable(arg):
        return arg
    if isinstance(arg, np.ndarray) and not (arg.flags.c_contiguous or arg.flags.f_contiguous):
        return np.repeat(arg, 2, axis=-1)[..., ::2]
    return copy.deepcopy(arg)


programs: dict[str, Program] = {}


def register(
    name: str,
    function: Callable,
    *cases: tuple,
    argnums: int | tuple[int, ...] = 0,
    always: bool = False,
) -> None:
    """Adds a program that is no plain `def`, such as a bound method or a lambda."""
    assert cases and name not in programs, name
    programs[name] = Program(name, function, cases, argnums, always)


def program(
    *cases: tuple, argnums: int | tuple[int, ...] = 0, always: bool = False
) -> Callable[[Function], Function]:
    """Adds the function below to the zoo and returns it unchanged.

    `always` runs its second order in compiled code in the fast suite too.
    """

    def add(function: Function) -> Function:
        feature = function.__module__.rpartition(".")[2]
        register(f"{feature}.{function.__name__}", function, *cases, argnums=argnums, always=always)
        return function

    return add


def load() -> dict[str, Program]:
    """All programs of all files."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    return programs
