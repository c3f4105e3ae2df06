"""How calls find their version: structures, globals, tapes, backends, threads."""

import inspect
import threading
import timeit
import warnings
from collections import namedtuple

import numpy as np
import pytest

import diffpy
from diffpy import grad, value_and_grad
from diffpy.kinds import NP_FLOAT, PY_BOOL, PY_FLOAT, PY_INT, Array
from diffpy.runtime.calling import Plan, run
from diffpy.runtime.entry import write_entry, write_slow_entry
from diffpy.runtime.tape import borrow_tape
from diffpy.structure import Known, Leaf, describe
from diffpy.versions import MAX_VERSIONS, describe_arguments, signature_text

BACKENDS = ("python", "numba")
both = pytest.mark.parametrize("backend", BACKENDS)

Point = namedtuple("Point", "x y")


def square(x):
    return x * x


def halvings(x):
    n = 0.0
    while x > 1.0:
        x = x / 2.0
        n = n + x * x
    return n


# --- the entry ---------------------------------------------------------------------------------


def entry_of(structures, function, signature, **options):
    plan = Plan(structures, (), (), Leaf(PY_FLOAT), compiled=True, **options)
    slow = lambda *values: ("slow", values)  # noqa: E731
    return write_entry(plan, function, signature, slow, "f", lambda error: error)


def test_entry_binds_like_the_function():
    def f(x, /, y=2.0, *, k=3): ...

    kinds = (Leaf(PY_FLOAT), Leaf(PY_FLOAT), Leaf(PY_INT))
    entry = entry_of(kinds, lambda *leaves: leaves, inspect.signature(f))
    assert entry(1.0) == (1.0, 2.0, 3)
    assert entry(1.0, k=4, y=0.5) == (1.0, 0.5, 4)
    assert entry(1.0, 1) == ("slow", (1.0, 1, 3))
    with pytest.raises(TypeError, match=r"f\(\) missing 1 required positional argument: 'x'"):
        entry()


def test_names_of_the_user_do_not_hide_those_of_the_entry():
    def f(type, len, slow, compiled, r, entry): ...

    kinds = (Leaf(PY_FLOAT),) * 6
    entry = entry_of(kinds, lambda *leaves: sum(leaves), inspect.signature(f))
    assert entry(1.0, 2.0, 3.0, 4.0, 5.0, 6.0) == 21.0


@pytest.mark.parametrize(
    ("structure", "value", "others"),
    [
        (Leaf(PY_FLOAT), 1.0, (1, True, np.float64(1.0), "x")),
        (Leaf(PY_INT), 3, (3.0, True, 2**63, -(2**63) - 1, np.int64(3))),
        (Leaf(PY_BOOL), True, (1, np.bool_(True))),
        (Leaf(NP_FLOAT), np.float64(1.0), (1.0, np.float32(1.0))),
        (
            Leaf(Array("float64", 1)),
            np.zeros(3),
            (
                np.zeros(3, np.float32),
                np.zeros((3, 1)),
                np.zeros(6)[::2],
                np.zeros(3).astype(">f8"),
                np.ma.zeros(3),
                [0.0],
            ),
        ),
        (describe((1.0, (2, None))), (1.0, (2, None)), ((1.0, (2, 3)), (1.0, 2), [1.0, (2, None)])),
        (describe(Point(1.0, 2.0)), Point(1.0, 2.0), ((1.0, 2.0), Point(1.0, 2))),
        (Known("sum"), "sum", ("mean", None, 1)),
        (Known(square), square, (halvings, None)),
    ],
)
def test_entry_takes_what_it_was_made_for_and_nothing_else(structure, value, others):
    entry = entry_of((structure,), lambda *leaves: "fast", None)
    assert entry(value) == "fast"
    for other in others:
        assert entry(other)[0] == "slow"
    assert entry(value, value)[0] == "slow"


def test_read_only_and_strided_arrays_reach_compiled_code_as_plain_copies():
    seen = []
    plan = Plan((Leaf(Array("float64", 2)),), (), (), Leaf(PY_FLOAT), compiled=True)
    plain = np.arange(6.0).reshape(2, 3)
    frozen = plain.copy()
    frozen.flags.writeable = False
    for array in (plain, plain.T, plain[:, ::2], frozen, plain.astype(">f8")):
        run(plan, lambda a: float(seen.append(a) or 0.0), (array,), ())
        assert np.array_equal(seen[-1], array)
        assert seen[-1].flags.carray and seen[-1].dtype.isnative
    assert seen[0] is plain


def test_a_call_that_raises_leaves_an_empty_tape():
    def fails(x, handle):
        raise ZeroDivisionError

    entry = entry_of((Leaf(PY_FLOAT),), fails, None, tapes=1)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            entry(1.0)
    assert len(borrow_tape()) == 0


def test_slow_entry_binds_only():
    entry = write_slow_entry(None, lambda *values: values, "f")
    assert entry(1, 2, 3) == (1, 2, 3)
    with pytest.raises(TypeError):
        entry(x=1)


# --- arguments ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        {1.0},
        object(),
        [object()],
        {"x": {1.0}},
        np.array([None]),
        np.array(["a"]),
        np.ma.zeros(2),
        np.asmatrix(np.zeros((2, 2))),
        np.datetime64("2020-01-01"),
    ],
)
def test_arguments_without_a_kind_are_refused_by_name(value):
    with pytest.raises(diffpy.NonDifferentiableInputError, match="argument 'x' of f"):
        describe_arguments((value,), ("x",), "f")


def test_signature_text():
    structures = describe_arguments(
        (1.0, np.float32(1), np.zeros((2, 2)), (1, None), Point(1.0, 2.0), square, "sum"), (), "f"
    )
    assert signature_text(structures) == (
        "(float, np.float32, float64[:, :], (int, None), Point(float, float), square, 'sum')"
    )


# --- versions ----------------------------------------------------------------------------------


@both
def test_one_version_per_kinds(backend):
    df = grad(square, backend=backend)
    for x in (1.5, 2.5, np.float64(1.5), np.float32(1.5), 0.5, np.float64(2.0)):
        found = df(x)
        assert found == 2 * x and type(found) is type(x)
    assert sorted(df.signatures) == ["(float)", "(np.float32)", "(np.float64)"]


def test_the_table_is_bounded():
    df = grad(lambda x, word: x * x, backend="python")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", diffpy.PerformanceWarning)
        for k in range(MAX_VERSIONS + 10):
            assert df(1.5, f"word {k}") == 3.0
    assert len(df.signatures) == MAX_VERSIONS
    assert df(1.5, "word 0") == 3.0


def test_many_values_of_one_static_argument_warn_once():
    df = grad(lambda x, word: x * x, backend="python")
    with pytest.warns(diffpy.PerformanceWarning, match="more than 8 values") as caught:
        for k in range(20):
            df(1.5, f"word {k}")
    assert len(caught) == 1
    assert caught[0].filename == __file__


factor = 2.0


def scaled(x):
    return x * factor


@both
def test_globals_are_read_at_each_call(backend, monkeypatch):
    df = grad(scaled, backend=backend)
    assert df(1.0) == 2.0
    monkeypatch.setitem(globals(), "factor", 3.0)
    assert df(1.0) == 3.0
    monkeypatch.setitem(globals(), "factor", 3)
    assert df(1.0) == 3.0
    monkeypatch.setitem(globals(), "factor", 2.5)
    assert df(1.0) == 2.5
    assert len(df.signatures) == 2


def inner(x):
    return 2.0 * x


def outer(x):
    return inner(x)


def other(x):
    return 5.0 * x


@both
def test_a_rebound_function_is_seen(backend, monkeypatch):
    df = grad(outer, backend=backend)
    assert df(1.0) == 2.0
    monkeypatch.setitem(globals(), "inner", other)
    assert df(1.0) == 5.0
    monkeypatch.undo()
    assert df(1.0) == 2.0


@both
def test_cells_are_read_at_each_call(backend):
    scale = 2.0

    def f(x):
        return x * scale

    df = grad(f, backend=backend)
    assert df(1.0) == 2.0
    scale = 4.0
    assert df(1.0) == 4.0
    scale = np.float64(5.0)
    assert df(1.0) == 5.0


# --- running -----------------------------------------------------------------------------------


def reciprocal(x, n):
    return x * (1.0 / n)


@both
def test_a_run_time_error_is_the_users_and_leaves_all_usable(backend):
    df = grad(reciprocal, backend=backend)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            df(1.0, 0)
        assert df(1.0, 2) == 0.5


def test_no_fallback_for_a_run_time_error():
    df = grad(reciprocal)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ZeroDivisionError):
            df(1.0, 0)


def test_auto_falls_back_once_with_the_users_line(monkeypatch):
    refuse_numba(monkeypatch)
    df = grad(square)
    with pytest.warns(diffpy.PerformanceWarning, match="square") as caught:
        assert df(1.5) == 3.0
        assert df(2.5) == 5.0
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_backend_numba_raises_instead(monkeypatch):
    refuse_numba(monkeypatch)
    with pytest.raises(diffpy.BackendCompileError, match="cannot compile") as caught:
        grad(square, backend="numba")(1.5)
    assert isinstance(caught.value.__cause__, NotImplementedError)


def refuse_numba(monkeypatch):
    """Let numba refuse everything."""

    def refuse(text, stem, cache):
        raise NotImplementedError("no such thing\nand a page of internals")

    monkeypatch.setattr("diffpy.compilation.compile_numba", refuse)


def test_an_integer_beyond_64_bits_runs_in_python():
    df = grad(lambda x, n: x * n, backend="numba")
    assert df(1.0, 3) == 3.0
    assert df(1.0, 2**70) == 2.0**70
    assert df(1.0, 3) == 3.0


def test_config_chooses_the_backend_of_auto(monkeypatch):
    monkeypatch.setattr(diffpy.config, "backend", "python")
    df = grad(square)
    assert df(2.0) == 4.0
    assert not next(iter(df._dispatch.table)).executable.compiled
    with pytest.raises(ValueError, match="no backend 'jax'"):
        diffpy.config.backend = "jax"


def test_debug_nans():
    df = grad(lambda x: x * x)
    assert np.isnan(df(np.nan))
    diffpy.config.debug_nans = True
    try:
        with pytest.raises(FloatingPointError, match="gives NaN"):
            df(np.nan)
        assert df(1.0) == 2.0
    finally:
        diffpy.config.debug_nans = False
    assert np.isnan(df(np.nan))


def test_threads_share_a_derivative():
    df = value_and_grad(halvings)
    expected = value_and_grad(halvings, backend="python")
    results, errors = {}, []

    def work(k):
        try:
            for i in range(50):
                x = 1.0 + k + i
                results[k, i] = df(x) == expected(x)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(results) == 200 and all(results.values())


@pytest.mark.slow
def test_a_compiled_scalar_gradient_costs_a_microsecond():
    df = grad(halvings, backend="numba")
    df(3.0)
    assert min(timeit.repeat(lambda: df(3.0), number=10_000, repeat=20)) / 10_000 < 1e-6


def two_lines(x):
    y = x * x
    return y * np.sin(y)


def test_a_refusal_shows_the_users_line(monkeypatch):
    df = grad(two_lines, backend="numba")
    text = df.inspect_source("numba").splitlines()
    number = next(k for k, line in enumerate(text, 1) if "y = x * x" in line and "# line" in line)

    def refuse(text, stem, cache):
        message = f'Failed in nopython mode\nno such thing\nFile "a.py", line {number}'
        raise NotImplementedError(message)

    monkeypatch.setattr("diffpy.compilation.compile_numba", refuse)
    with pytest.raises(diffpy.BackendCompileError, match="numba says: no such thing") as caught:
        df(1.5)
    assert caught.value.place.line == inspect.getsourcelines(two_lines)[1] + 1
    assert "y = x * x" in str(caught.value)
