"""Differentiate the kernels of NPBench as they are, and tell how it went.

    python -m tools.npbench CHECKOUT [--only TEXT] [--backend python] [--page docs/npbench.md]

CHECKOUT is a checkout of https://github.com/spcl/npbench. The NumPy version of each kernel that
takes floats is run with small arguments, and its gradient compared with differences.
"""

from __future__ import annotations

import argparse
import re
import time
import traceback
import warnings
from collections import Counter
from functools import partial
from pathlib import Path

from diffpy import DiffpyError
from diffpy.compilation import prepare
from tools.apart import apart
from tools.npbench.check import NothingToDifferentiateError, check
from tools.npbench.kernels import Kernel, kernels
from tools.npbench.page import page
from tools.public_scripts.compare import UnreliableDifferencesError, WrongDerivativeError

BACKENDS = ("python", "numba")


def outcome(kernel: Kernel, backend: str) -> str:
    """``right``, or in which way it is not; details follow after a colon."""
    warnings.simplefilter("ignore")
    try:
        function, args = kernel.function(), kernel.arguments()
    except Exception as error:
        return f"cannot be loaded: {type(error).__name__}: {error}"
    try:
        check(function, args, kernel.info["input_args"], backend)
    except NothingToDifferentiateError:
        return "no floats"
    except DiffpyError as error:
        return f"refused: {type(error).__name__}: {error}"
    except UnreliableDifferencesError as error:
        return f"unknown: {error}"
    except WrongDerivativeError as error:
        return f"wrong: {error}"
    except Exception as error:
        return f"raises {type(error).__name__}: {error}\n{traceback.format_exc(limit=-3)}"
    return "right"


def summary(text: str) -> str:
    """The line of a result that says what is the matter."""
    lines = text.strip().splitlines()
    said = [line for line in lines if re.match(r"\w+(\.\w+)*(Error|Warning): ", line)]
    return f"{lines[0].split(':')[0]}: {said[0]}" if said and ":" in lines[0] else lines[0]


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--only", default="", help="a part of a kernel's name")
    parser.add_argument("--backend", choices=BACKENDS, help="one backend only")
    parser.add_argument("--patience", type=float, default=300.0, help="seconds for each")
    parser.add_argument("--full", action="store_true", help="print whole messages")
    parser.add_argument("--page", type=Path, help="write the results as a page to this file")
    options = parser.parse_args(argv)
    backends = [options.backend] if options.backend else BACKENDS
    for backend in backends:
        prepare(backend)  # the processes of the kernels begin with what is imported here
    results: dict[Kernel, dict[str, str]] = {}
    for kernel in kernels(options.checkout):
        if options.only not in kernel.name:
            continue
        results[kernel] = {}
        for backend in backends:
            started = time.monotonic()
            result = apart(partial(outcome, kernel, backend), options.patience)
            results[kernel][backend] = result
            text = result if options.full else summary(result)
            seconds = time.monotonic() - started
            print(f"{kernel.name:26} {backend:7} {seconds:4.0f} s  {text}", flush=True)
    for backend in backends:
        found = Counter(each[backend].split(":")[0].strip() for each in results.values())
        print(backend, ", ".join(f"{n} {what}" for what, n in found.most_common()))
    if options.page and results:
        options.page.write_text(page(results), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
