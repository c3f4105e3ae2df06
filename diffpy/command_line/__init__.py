"""The command ``diffpy``.

    diffpy source model.py:loss --argnums 0 --stage final
    diffpy source model.py:loss --html loss.html
    diffpy check model:loss --kinds "float64[:], int"
    diffpy info
    diffpy cache info|clear

Exit status: 0 it is done, 1 the function is refused, 2 the command is wrong.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import sys
from collections.abc import Sequence

from diffpy.command_line.commands import cache, check, info, source
from diffpy.command_line.usage import UsageError
from diffpy.errors import DiffpyError

__all__ = ["main"]

_STAGES = """\
Print the source of a derivative, or of what it is made of. The stages of the compiler:

  final   the derivative, as people read it and the python backend runs it
  primal  the function itself, in the form that derivatives are made of
  numba   the derivative as numba compiles it, with checks that raise what Python raises
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        Those of the command line if not given.
    """
    parser = _parser()
    given = sys.argv[1:] if arguments is None else arguments
    if not given:
        parser.print_help(sys.stderr)
        return 2
    try:
        options = parser.parse_args(given)
    except SystemExit as stop:  # argparse has said why
        return int(stop.code or 0)
    try:
        status: int = options.run(options)
    except UsageError as error:
        print(f"diffpy: {error}", file=sys.stderr)
        return 2
    except DiffpyError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `diffpy source … | head`
        sys.stderr.close()
        return 0
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="diffpy", description="Derivatives of ordinary Python, written as Python."
    )
    version = importlib.metadata.version("diffpy")
    parser.add_argument("--version", action="version", version=f"diffpy {version}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    show = commands.add_parser(
        "source",
        help="print the source of a derivative",
        description=_STAGES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_target(show)
    show.add_argument(
        "--transform",
        choices=("grad", "value_and_grad"),
        help="which derivative; without it grad, or what the function is decorated with",
    )
    show.add_argument(
        "--stage", choices=("final", "primal", "numba"), default="final", help="see above"
    )
    show.add_argument(
        "--html",
        metavar="FILE",
        help="write a page with the function and its derivative side by side instead",
    )
    show.set_defaults(run=source)

    report = commands.add_parser("check", help="say line by line what is differentiated and saved")
    _add_target(report)
    report.set_defaults(run=check, transform=None)

    about = commands.add_parser("info", help="versions, backends, cache and CPU")
    about.set_defaults(run=info)

    stored = commands.add_parser("cache", help="look at the cache on disk, or empty it")
    stored.add_argument("action", choices=("info", "clear"))
    stored.set_defaults(run=cache)
    return parser


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        help="module:function, or path/to/file.py:function; of a method, module:Class.method",
    )
    parser.add_argument(
        "--argnums",
        help="arguments to differentiate, counted from 0: 1, or several as 0,2; without it the "
        "first one, or those that its decorator names",
    )
    parser.add_argument(
        "--kinds",
        help='kinds of the arguments, such as "float, float64[:, :], int, (float, None)"; '
        "without it those that annotations and code imply",
    )
    parser.add_argument(
        "--has-aux", action="store_true", help="the function returns (value, something else)"
    )
