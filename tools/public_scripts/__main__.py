"""Differentiate functions of public repositories as they are, and tell how it went.

    python -m tools.public_scripts CHECKOUTS [--only TEXT] [--page docs/public-scripts.md]

CHECKOUTS is a folder with a checkout ``owner+name`` of each repository of `scripts.COMMITS`. What
the files import must be installed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import multiprocessing
import re
import sys
import traceback
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from diffpy import DiffpyError
from tools.public_scripts.compare import (
    UnreliableDifferencesError,
    WrongDerivativeError,
    check,
)
from tools.public_scripts.scripts import COMMITS, SCRIPTS, Script

BACKENDS = ("python", "numba")
#: seconds for one function in one backend
PATIENCE = 600.0


def folder_of(script: Script) -> Path:
    """The folder from which a script's package is imported."""
    return Path(script.repository.replace("/", "+"), script.package or "")


def load(checkouts: Path, script: Script) -> ModuleType:
    """The module of a script, imported with its package or, without one, alone."""
    file = checkouts / script.repository.replace("/", "+") / script.path
    folder = checkouts / folder_of(script)
    # A file may import packages of other repositories of the list; its own come first.
    others = (checkouts / folder_of(s) for s in SCRIPTS if s.package is not None)
    sys.path[:0] = [str(path.resolve()) for path in dict.fromkeys([folder, *others])]
    if script.package is not None:
        name = ".".join(file.relative_to(folder).with_suffix("").parts)
        return importlib.import_module(name)
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module


def outcome(checkouts: Path, script: Script, backend: str) -> str:
    """``works``, or what stood in the way."""
    warnings.simplefilter("ignore")
    try:
        module = load(checkouts, script)
        function: Any = module
        for name in script.function.split("."):
            function = getattr(function, name)
        args = script.arguments(np.random.default_rng(1), module)
    except Exception as error:
        return f"cannot be loaded: {type(error).__name__}: {error}"
    try:
        check(function, args, backend, script.reach)
    except DiffpyError as error:
        return f"refused: {type(error).__name__}: {error}"
    except (WrongDerivativeError, UnreliableDifferencesError) as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        return f"raises {type(error).__name__}: {error}\n{traceback.format_exc(limit=-3)}"
    return "works"


def apart(checkouts: Path, script: Script, backend: str) -> str:
    """The outcome, in a process of its own that may crash or hang."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(
        target=lambda: sender.send(outcome(checkouts, script, backend)), daemon=True
    )
    process.start()
    sender.close()
    try:
        if not receiver.poll(PATIENCE):
            return f"takes longer than {PATIENCE:.0f} seconds"
        return receiver.recv()
    except EOFError:
        process.join()
        return f"ends the process with {process.exitcode}"
    finally:
        process.kill()
        process.join()


HEAD = """\
# Public scripts

Functions that other people wrote, differentiated as they stand: not a line of them was changed.
They come from public repositories of numerical code with permissive licences. They were picked for
what they compute and for the variety of their Python; left out are files that need what is not
installed, and functions that return nothing, or rounded numbers. Each is run in both modes and both
backends, and compared with differences of the function along a random direction in which all its
floats move.

The list, with the arguments and the commits, is in `tools/public_scripts/scripts.py`. With a folder
of checkouts (`owner+name`), this page is written by

```sh
python -m tools.public_scripts CHECKOUTS --page docs/public-scripts.md
```

**{worked} of {count} work.** For the others stands what diffpy says.

| repository | function | uses | result |
|---|---|---|---|
"""


def row(script: Script, results: dict[str, str]) -> str:
    """A line of the table, from the results by backend."""
    said = {backend: first_line(result) for backend, result in results.items()}
    found = dict.fromkeys(said.values())
    if len(found) > 1:
        found = dict.fromkeys(f"{backend}: {text}" for backend, text in said.items())
    address = f"https://github.com/{script.repository}/blob/{COMMITS[script.repository]}"
    cells = [
        script.repository,
        f"[`{script.function}`]({address}/{script.path})",
        script.uses,
        "; ".join(found),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def first_line(text: str) -> str:
    """The first line of a message, without the addresses of objects."""
    return re.sub(r" at 0x[0-9a-f]+", "", text.strip().splitlines()[0])


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkouts", type=Path)
    parser.add_argument("--only", default="", help="a part of a repository, path or function")
    parser.add_argument("--backend", choices=BACKENDS, help="one backend only")
    parser.add_argument("--page", type=Path, help="write the results as a page to this file")
    options = parser.parse_args(argv)
    backends = [options.backend] if options.backend else BACKENDS
    rows = []
    worked = 0
    for script in SCRIPTS:
        name = f"{script.repository} {script.path} {script.function}"
        if options.only not in name:
            continue
        results = {b: apart(options.checkouts, script, b) for b in backends}
        for backend, result in results.items():
            print(f"{name} [{backend}]: {result}", flush=True)
        rows.append(row(script, results))
        worked += set(results.values()) == {"works"}
    print(f"{worked} of {len(rows)} work")
    if options.page:
        head = HEAD.format(worked=worked, count=len(rows))
        options.page.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
