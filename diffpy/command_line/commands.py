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
from diffpy.command_line.functions import find_function
from diffpy.command_line.tables import print_table
from diffpy.command_line.targets import parse_argnums, parse_kinds
from diffpy.command_line.usage import UsageError
from diffpy.config import config
from diffpy.display.colours import print_coloured
from diffpy.display.line_report import in_words, report
from diffpy.display.write_file import write_whole
from diffpy.errors import DiffpyError, is_ours
from diffpy.parameters import Parameters
from diffpy.structure import Structure
from diffpy.transform import pipeline
from diffpy.transform.check_request import Transform


def source(options: argparse.Namespace) -> int:
    """Print the derivative at a stage of the compiler."""
    transform, structures = _request(options, find_function(options.target))
    if options.html is not None:
        return _write_page(options.html, transform, structures)
    if options.stage == "primal":
        program = pipeline.finish(pipeline.build(transform.fun, structures).function)
    else:
        program = pipeline.finish_derivative(pipeline.derive(transform, structures))
    print_coloured(program.compiled_text if options.stage == "numba" else program.text)
    return 0


def _write_page(path: str, transform: Transform, structures: tuple[Structure, ...]) -> int:
    from diffpy.display.page import page

    try:
        written = write_whole(path, page(transform, structures))
    except (ImportError, OSError) as error:  # no pygments, or no such folder
        raise UsageError(str(error)) from error
    print(f"wrote {written}")
    return 0


def check(options: argparse.Namespace) -> int:
    """Say line by line what is active and what is saved, or what is refused."""
    fun = find_function(options.target)
    try:
        transform, structures = _request(options, fun)
        found = report(transform, structures)
    except DiffpyError as error:
        print(f"{options.target} is refused.\n")
        print(f"{type(error).__name__}: {error}")
        return 1
    print(f"{options.target} can be differentiated {in_words(transform, structures)}.")
    header = ("line", "source", "active", "kept for the reverse sweep")
    for file in dict.fromkeys(name for name, _ in found.lines if not is_ours(name)):
        lines = [line for (name, _), line in found.lines.items() if name == file]
        print(f"\n{os.path.relpath(file) if os.path.isfile(file) else file}")
        print_table(
            header,
            [(str(x.number), x.text, ", ".join(x.active) or "-", "; ".join(x.kept)) for x in lines],
        )
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


def _request(options: argparse.Namespace, fun: Any) -> tuple[Transform, tuple[Structure, ...]]:
    """The derivative that a command is about, and the kinds of its arguments."""
    asked: Any = getattr(fun, "transform", None)
    if isinstance(asked, Transform):  # `@grad` stands over it
        transform = asked
        fun = transform.fun
    else:
        transform = Transform("grad", fun)
    if options.argnums is not None:
        transform = replace(transform, argnums=parse_argnums(options.argnums), argnames=None)
    if options.transform is not None:
        transform = replace(transform, name=options.transform)
    if options.has_aux:
        transform = replace(transform, has_aux=True)
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
        names = ", ".join(Parameters(fun).names)
        raise UsageError(
            f"the kinds of the arguments of {options.target} do not follow from its code\n"
            f'give one for each of {names}, for example --kinds "float64[:], int"'
        )
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
