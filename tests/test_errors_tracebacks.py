"""What a derivative raises while it runs shows the user's line, in every backend and mode."""

import bdb
import functools
import linecache
import math
import pickle
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import diffpy as dp

BOTH = pytest.mark.parametrize("backend", ["python", "numba"])


def gradient(f: Callable, backend: str, *args: Any) -> Any:
    return dp.grad(f, backend=backend)(*args)


def tangent(f: Callable, backend: str, *args: Any) -> Any:
    dots = tuple(np.zeros(a.shape) if isinstance(a, np.ndarray) else 0.0 for a in args)
    return dp.jvp(f, args, dots, backend=backend)


def pulled(f: Callable, backend: str, *args: Any) -> Any:
    return dp.vjp(f, *args, backend=backend)[1](1.0)


WAYS = pytest.mark.parametrize("way", [gradient, tangent, pulled])


def failure_of(call: Callable, *args: Any) -> tuple[BaseException, list[tuple[str, int]]]:
    """What a call raises, and the entries of its traceback that are in this file."""
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call(*args)
    frames = traceback.extract_tb(caught.value.__traceback__)
    here = [(f.name, f.lineno) for f in frames if f.filename == __file__]
    return caught.value, [(name, line or 0) for name, line in here if name not in NOT_SHOWN]


NOT_SHOWN = ("failure_of", "gradient", "tangent", "pulled")


def same_failure(f: Callable, way: Callable, backend: str, *args: Any) -> None:
    """A derivative raises what the function raises, from the same lines."""
    expected, lines = failure_of(f, *args)
    raised, shown = failure_of(way, f, backend, *args)
    said = str(expected).partition("\nassert ")[0]  # pytest appends what was compared
    assert (type(raised), str(raised)) == (type(expected), said)
    assert shown == lines


# --- programs that fail ----------------------------------------------------------------------


def element(x, a, i):
    y = x * 2.0
    return y * a[i]


def element_2d(x, a, i):
    return x * a[0, i]


def share(x, m):
    return x / m


def through_helper(x, m):
    y = x + 1.0
    z = share(y, m)
    return z * x


def in_loop(x, n):
    for i in range(n):
        y = x + 1.0
        x = y / (3.0 - i)
    return x


def recursive(x, n):
    if n == 0:
        return share(x, n * 1.0)
    return x * recursive(x, n - 1)


def logarithm(x):
    y = x - 3.0
    return math.log(y)


def huge(x):
    return math.exp(x * 1e6)


def two_on_a_line(x, m):
    return share(x, m) * share(x + 1.0, m - 1.0)


def asserted(x, n):
    assert n > 3, f"n is {n}"
    return x * n


def tall(x):
    v = np.zeros(3)
    v[0] = x
    return np.sum(np.linalg.solve(np.zeros((3, 3)) * x, v))


def written(x, n):
    v = np.zeros(n)
    for i in range(n + 1):
        v[i] = x * i
    return np.sum(v)


def chosen(x, n):
    if n > 2:
        y = x / (n - 3)
    else:
        y = x
    return y * y


def with_a_variable_called_error(x, m):
    error = x + 1.0
    return error * error / m


PROGRAMS = [
    (with_a_variable_called_error, 1.0, 0.0),
    (element, 1.0, np.ones(3), 3),
    (element, 1.0, np.ones(3), -5),
    (element_2d, 1.0, np.ones((2, 3)), 7),
    (share, 1.0, 0.0),
    (through_helper, 1.0, 0.0),
    (in_loop, 1.0, 5),
    (recursive, 1.0, 3),
    (logarithm, 1.0),
    (huge, 1.0),
    (two_on_a_line, 1.0, 1.0),
    (asserted, 1.0, 2),
    (tall, 1.0),
    (written, 1.0, 2),
    (chosen, 1.0, 3),
]


@BOTH
@WAYS
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p[0].__name__)
def test_the_users_line_is_shown(program: tuple, way: Callable, backend: str) -> None:
    f, *args = program
    if sys.version_info < (3, 11) and f in (two_on_a_line, recursive):
        pytest.skip("Python tells the generated line only, which has two of the user's")
    same_failure(f, way, backend, *args)


@BOTH
def test_generated_line_stands_before_the_users(backend: str) -> None:
    raised, _ = failure_of(gradient, logarithm, backend, 1.0)
    *_, generated, users = traceback.extract_tb(raised.__traceback__)
    assert Path(generated.filename).name.startswith("grad_logarithm")
    assert "log(" in (generated.line or "")
    assert (users.name, users.line) == ("logarithm", "return math.log(y)")


@BOTH
def test_second_call_shows_the_line_too(backend: str) -> None:
    df = dp.grad(logarithm, backend=backend)
    df(4.0)
    for _ in range(2):
        raised, shown = failure_of(df, 1.0)
        assert str(raised).startswith(("math domain error", "expected a positive"))
        assert [name for name, _ in shown] == ["logarithm"]


def test_no_frame_of_diffpy_is_between() -> None:
    raised, _ = failure_of(gradient, through_helper, "python", 1.0, 0.0)
    names = [f.name for f in traceback.extract_tb(raised.__traceback__)]
    assert names[-3:] == ["grad_through_helper", "through_helper", "share"]
    assert "call_with" not in names


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python shows no columns")
@BOTH
def test_carets_are_under_the_operation(backend: str) -> None:
    raised, _ = failure_of(gradient, two_on_a_line, backend, 1.0, 1.0)
    frame = traceback.extract_tb(raised.__traceback__)[-2]
    assert frame.line is not None and frame.colno is not None
    assert frame.line[frame.colno - 4 : frame.end_colno - 4] == "share(x + 1.0, m - 1.0)"


def test_recursion_without_end_is_told_from_the_function() -> None:
    raised, shown = failure_of(gradient, recursive, "python", 1.0, 3000)
    assert isinstance(raised, RecursionError)
    assert {name for name, _ in shown} == {"recursive"}


def test_second_derivative_shows_the_line() -> None:
    _, shown = failure_of(gradient, dp.grad(logarithm), "python", 3.0)
    assert [name for name, _ in shown] == ["logarithm"]


def test_lambda_and_nested_function() -> None:
    def outer(x, m):
        def inner(z):
            return z / m

        return inner(x) * 2.0

    same_failure(outer, gradient, "python", 1.0, 0.0)
    same_failure(lambda x, m: x / m, gradient, "python", 1.0, 0.0)


def test_partial() -> None:
    same_failure(functools.partial(share, m=0.0), gradient, "python", 1.0)


@BOTH
def test_lines_of_two_files(backend: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "first_file.py").write_text("\n\ndef divide(x, m):\n    return x / m\n")
    (tmp_path / "second_file.py").write_text(
        "from first_file import divide\n\n\n"
        "def twice(x, m):\n    y = divide(x, m)\n    return y * x\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    import second_file  # type: ignore[import-not-found]

    with pytest.raises(ZeroDivisionError) as caught:
        gradient(second_file.twice, backend, 1.0, 0.0)
    last = [(Path(f.filename).name, f.lineno) for f in traceback.extract_tb(caught.tb)[-2:]]
    assert last == [("second_file.py", 5), ("first_file.py", 4)]


# --- from the disk ---------------------------------------------------------------------------

SCRIPT = """
import traceback
from stored import share
from diffpy import grad

try:
    grad(share, backend="numba")(1.0, 0.0)
except ZeroDivisionError as error:
    print(traceback.extract_tb(error.__traceback__)[-1].line)
"""


def test_the_line_is_known_when_the_derivative_comes_from_the_disk(tmp_path: Path) -> None:
    (tmp_path / "stored.py").write_text("def share(x, m):\n    y = x * 2.0\n    return y / m\n")
    environment = {"DIFFPY_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)}
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True
        )
        assert done.stdout.strip() == "return y / m", done.stderr


# --- debuggers -------------------------------------------------------------------------------


def cube(x, n):
    for _ in range(n):
        x = x * x * x
    return x


def test_pdb_steps_through_the_derivative(tmp_path: Path) -> None:
    script = tmp_path / "debugged.py"
    script.write_text(
        textwrap.dedent("""
        from diffpy import grad

        def cube(x, n):
            for _ in range(n):
                x = x * x * x
            return x

        df = grad(cube, backend="python")
        df(1.0, 1)
        print(df(2.0, 2))
        """)
    )
    commands = [
        "break 11",
        "continue",
        "import sys",
        "generated = [m for m in sys.modules if m.startswith('grad_cube')][0]",
        "b sys.modules[generated].grad_cube",
        "continue",
        *["n"] * 4,
        "p 'x is', x",
        "w",
        "l",
        *["n"] * 8,
        "p 'x_bar is', x_bar",
        "continue",
        "q",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pdb", str(script)],
        input="\n".join(commands) + "\n",
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"DIFFPY_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": ":".join(sys.path)},
    )
    assert "x_tape[i] = x" in done.stdout, done.stdout + done.stderr
    assert "('x is', " in done.stdout
    assert "('x_bar is', " in done.stdout
    assert "grad_cube" in done.stdout


def test_linecache_knows_the_generated_file() -> None:
    raised, _ = failure_of(gradient, logarithm, "python", 1.0)
    frames = traceback.extract_tb(raised.__traceback__)
    generated = next(f for f in frames if f.name == "grad_logarithm")
    assert linecache.getline(generated.filename, generated.lineno).strip() == generated.line


@BOTH
def test_post_mortem_finds_the_users_frame(backend: str) -> None:
    raised, _ = failure_of(gradient, share, backend, 1.0, 0.0)
    stack, _ = bdb.Bdb().get_stack(None, raised.__traceback__)
    frame, line = stack[-1]
    assert (frame.f_code.co_filename, frame.f_code.co_name) == (__file__, "share")
    assert line == share.__code__.co_firstlineno + 1
    if backend == "python":
        assert frame.f_locals["m"] == 0.0


def test_notes_of_another_exception_are_not_taken() -> None:
    from diffpy.runtime.failures import note_failure

    for number in (1, 2, 90_000):
        note_failure(number)
    same_failure(recursive, gradient, "numba", 1.0, 3)
    note_failure(1)
    same_failure(share, gradient, "numba", 1.0, 0.0)


def test_exceptions_stay_picklable() -> None:
    raised, _ = failure_of(gradient, element, "numba", 1.0, np.ones(3), 3)
    assert str(pickle.loads(pickle.dumps(raised))) == str(raised)
