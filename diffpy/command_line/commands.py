"""What each command does; every function returns the exit status."""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import sys
from dataclasses import replace
from typing import Any

from diffpy.cache import store
from diffpy.command_line.report import report_lines
from diffpy.command_line.tables import print_table
from diffpy.command_line.targets import UsageError, find_function, parse_argnums, parse_kinds
from diffpy.config import config
from diffpy.errors import DiffpyError
from diffpy.parameters import Parameters
from diffpy.structure import Structure
from diffpy.transform import pipeline
from diffpy.transform.check_request import Transform
from diffpy.versions import signature_text


def source(options: argparse.Namespace) -> int:
    """Print the derivative at a stage of the compiler."""
    transform, structures = _request(options)
    if options.stage == "primal":
        program = pipeline.finish(pipeline.build(transform.fun, structures).function)
    else:
        program = pipeline.finish_derivative(pipeline.derive(transform, structures))
    print(program.compiled_text if options.stage == "numba" else program.text, end="")
    return 0


def check(options: argparse.Namespace) -> int:
    """Say line by line what is active and what is saved, or what is refused."""
    try:
        transform, structures = _request(options)
        lines = report_lines(transform, structures)
    except DiffpyError as error:
        print(f"{options.target} is refused.\n")
        print(f"{type(error).__name__}: {error}")
        return 1
    parameters = Parameters(transform.fun)
    labels = ", ".join(position.label for position in transform.positions(parameters))
    print(f"{options.target} can be differentiated with respect to {labels},")
    print(f"for arguments {signature_text(structures)}.\n")
    rows = [(str(x.number), x.text, ", ".join(x.active) or "-", "; ".join(x.kept)) for x in lines]
    print_table(("line", "source", "active", "kept for the reverse sweep"), rows)
    return 0


def info(options: argparse.Namespace) -> int:
    """Print versions, backends, cache and CPU."""
    import llvmlite.binding as llvm

    found = store.summary()
    cupy = "yes" if importlib.util.find_spec("cupy") else "no, cupy is not installed"
    rows = [
        *((name, _version(name)) for name in ("diffpy", "numpy", "numba", "llvmlite", "scipy")),
        ("Python", f"{platform.python_version()} ({sys.executable})"),
        ("backend python", "yes"),
        ("backend numba", "yes"),
        ("backend cupy", cupy),
        ("backend for auto", config.backend),
        ("CPU", f"{llvm.get_host_cpu_name()}, {os.cpu_count()} cores, {platform.machine()}"),
        ("system", platform.platform()),
        ("cache", str(found.folder) if config.cache else f"{found.folder} (switched off)"),
        ("in the cache", _amount(found)),
    ]
    print_table(("", ""), rows)
    return 0


def cache(options: argparse.Namespace) -> int:
    """Print what the cache holds, or empty it."""
    if options.action == "clear":
        print(f"removed {_amount(store.clear())} from {config.cache_dir}")
        return 0
    found = store.summary()
    print_table(("", ""), [("folder", str(found.folder)), ("holds", _amount(found))])
    return 0


def _request(options: argparse.Namespace) -> tuple[Transform, tuple[Structure, ...]]:
    """The derivative that a command is about, and the kinds of its arguments."""
    fun: Any = find_function(options.target)
    argnums = parse_argnums(options.argnums)
    asked: Any = getattr(fun, "transform", None)
    if isinstance(asked, Transform):  # `@grad` stands over it
        transform = replace(asked, argnums=argnums) if options.argnums != "0" else asked
        fun = transform.fun
    else:
        transform = Transform(options.transform, fun, argnums=argnums, has_aux=options.has_aux)
    pipeline.check_source(fun)
    transform.positions(Parameters(fun))
    if options.kinds is not None:
        structures = parse_kinds(options.kinds)
        expected = Parameters(fun).names
        if expected and len(structures) != len(expected):
            raise UsageError(
                f"--kinds gives {len(structures)} kinds, but the parameters are "
                f"{', '.join(expected)}"
            )
        return transform, structures
    guessed = pipeline.guess_structures(fun)
    if guessed is None:
        raise UsageError(f"the kinds of the arguments of {options.target} need --kinds")
    return transform, guessed


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _amount(found: store.Summary) -> str:
    counts = found.counts
    return (
        f"{counts['entry']} derivatives, {counts['code']} compiled functions, "
        f"{counts['source']} source files, {found.nbytes / 1e6:.1f} MB"
    )
