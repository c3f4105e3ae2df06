"""Threads, interrupts, forks and failures: whatever happens to a call, the next one is right."""

import gc
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import tracemalloc
from functools import partial

import numpy as np
import pytest

from diffpy import grad, jvp, value_and_grad, vjp
from diffpy.runtime.tape import StackTape, borrow_tape, return_tape

BACKENDS = ("python", "numba")
both = pytest.mark.parametrize("backend", BACKENDS)


def loop(x, n):
    for i in range(n):
        x = x * np.sin(x) * 1.01 + 0.01 * i
    return x


def until(x, limit):
    while x < limit:
        x = x * 1.1 + 0.1 * np.sin(x) + 0.1
    return x


def power(x, n):
    return 1.0 if n == 0 else x * power(x, n - 1)


def stencil(a, steps):
    u = a.copy()
    for _ in range(steps):
        u[1:-1] = 0.5 * u[1:-1] + 0.25 * (u[2:] + u[:-2])
    return np.sum(u * u)


def total(a, b):
    return np.sum(np.exp(a) * b) / np.sum(b * b)


ARRAY = np.linspace(0.1, 1.0, 50)
CALLS = [
    (loop, (0.7, 40)),
    (until, (0.5, 1e4)),
    (power, (1.01, 60)),
    (stencil, (ARRAY, 5)),
    (total, (ARRAY, ARRAY[::-1].copy())),
]


def outcome(function, arguments, backend):
    return grad(function, backend=backend)(*arguments)


def in_threads(count, work):
    """Run work(k) in so many threads that start together; what they return."""
    barrier, found, errors = threading.Barrier(count), [None] * count, []

    def run(k):
        try:
            barrier.wait()
            found[k] = work(k)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
        assert not thread.is_alive()
    if errors:
        raise errors[0]
    return found


@pytest.fixture
def busy_switching():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


# --- threads --------------------------------------------------------------------------------------


@both
def test_threads_race_to_the_first_call_of_one_gradient(backend, busy_switching):
    for function, arguments in CALLS:
        df, expected = grad(function, backend=backend), outcome(function, arguments, "python")
        for found in in_threads(8, lambda k, df=df, args=arguments: [df(*args) for _ in range(5)]):
            for each in found:
                np.testing.assert_allclose(each, expected, rtol=1e-12)
        assert len(df.signatures) == 1


@both
def test_threads_compile_different_gradients_at_once(backend, busy_switching):
    expected = [outcome(f, arguments, "python") for f, arguments in CALLS]

    def work(k):
        order = random.Random(k).sample(range(len(CALLS)), len(CALLS))
        return {i: outcome(*CALLS[i], backend) for i in order}

    for found in in_threads(8, work):
        for i, each in found.items():
            np.testing.assert_allclose(each, expected[i], rtol=1e-12)


@both
def test_threads_with_transforms_of_all_sorts(backend, busy_switching):
    def work(k):
        x = 0.5 + 0.01 * k
        out, pullback = vjp(loop, x, 20, backend=backend)
        first = pullback(1.0)[0]
        value, slope = value_and_grad(loop, backend=backend)(x, 20)
        _, tangent = jvp(loop, (x, 20), (1.0, 0.0), backend=backend)
        np.testing.assert_allclose([first, pullback(1.0)[0], tangent], slope, rtol=1e-12)
        assert out == pytest.approx(value, rel=1e-12)
        return slope

    slopes = in_threads(8, work)
    assert slopes == [grad(loop, backend=backend)(0.5 + 0.01 * k, 20) for k in range(8)]


def test_threads_run_compiled_code_side_by_side():
    """Each with tapes and blocks of memory of its own, large ones among them."""
    df = grad(stencil, backend="numba")
    arrays = [np.linspace(0.1, 1.0 + k, 1000 * (k + 1)) for k in range(8)]
    expected = [df(a, 20) for a in arrays]
    long = grad(loop, backend="numba")
    slopes = [long(0.5 + 0.01 * k, 1_000_000) for k in range(8)]

    def work(k):
        for _ in range(10):
            assert np.array_equal(df(arrays[k], 20), expected[k])
        assert long(0.5 + 0.01 * k, 1_000_000) == slopes[k]

    in_threads(8, work)


def test_one_pullback_in_many_threads():
    for backend in BACKENDS:
        _, pullback = vjp(until, 0.5, 1e4, backend=backend)
        expected = pullback(1.0)
        for found in in_threads(8, lambda k, p=pullback: [p(float(j)) for j in range(1, 5)]):
            np.testing.assert_allclose(found, [np.multiply(expected, j) for j in range(1, 5)])


def test_minimize_in_threads():
    minimize = pytest.importorskip("scipy.optimize").minimize

    def objective(p, target):
        return np.sum((p - target) ** 2) + np.sum(p**4)

    df = value_and_grad(objective)

    def work(k):
        target = np.full(3, 0.1 * k)
        return minimize(lambda p: df(p, target), np.zeros(3), jac=True, method="BFGS").x

    for k, found in enumerate(in_threads(8, work)):
        slope = 2.0 * (found - 0.1 * k) + 4.0 * found**3
        np.testing.assert_allclose(slope, 0.0, atol=1e-4)


# --- calls within calls, and interrupts -----------------------------------------------------------

needs_alarms = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no interval timers")


@pytest.fixture
def alarm():
    """Calls something after some seconds, wherever the main thread is then."""
    before = signal.getsignal(signal.SIGALRM)

    def set_alarm(seconds, action):
        signal.signal(signal.SIGALRM, lambda number, frame: action())
        signal.setitimer(signal.ITIMER_REAL, seconds)

    yield set_alarm
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    signal.signal(signal.SIGALRM, before)


def interrupt():
    raise KeyboardInterrupt


@needs_alarms
@both
def test_a_gradient_within_a_gradient(backend, alarm):
    """Called from where Python lets other code in: a signal's handler, in the midst of a sweep."""
    df, inner = grad(until, backend="python"), grad(until, backend=backend)
    expected, other, found = df(0.5, 1e4), inner(0.7, 1e3), []
    for k in range(20):
        alarm(1e-4 + 2e-5 * k, lambda: found.append(inner(0.7, 1e3)))
        while len(found) <= k:
            assert df(0.5, 1e4) == expected
    assert found == [other] * 20


@needs_alarms
@both
@pytest.mark.parametrize(("function", "arguments"), CALLS)
def test_interrupted_calls(backend, function, arguments, alarm):
    df = grad(function, backend=backend)
    expected = df(*arguments)
    choose = random.Random(1)
    for _ in range(20):
        try:
            alarm(choose.uniform(1e-5, 2e-3), interrupt)
            while True:
                df(*arguments)
        except KeyboardInterrupt:
            pass
        assert np.array_equal(df(*arguments), expected)
    assert len(borrow_tape()) == 0


INTERRUPTED = """
import random, signal, sys
sys.path.insert(0, sys.argv[1])
import numpy as np
import interrupted_model as m
from diffpy import config, grad
config.cache = sys.argv[3] == "cache"

def interrupt(number, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
choose, count = random.Random(int(sys.argv[2])), 0
for turn in range(6):
    try:
        signal.setitimer(signal.ITIMER_REAL, choose.uniform(0.01, 0.4) * (turn + 1))
        found = grad(m.f, backend=sys.argv[4])(0.7, np.ones(3))
    except KeyboardInterrupt:
        count += 1
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
print(count, grad(m.f, backend=sys.argv[4])(0.7, np.ones(3)))
"""

MODEL = """
import math
import numpy as np

def g(x, n):
    return x if n == 0 else g(x * math.sin(x), n - 1)

def f(x, a):
    while x < 3.0:
        x = x * 1.5 + math.sin(x) + np.sum(np.exp(a * x)) * 1e-3
    b = np.zeros(3)
    for i in range(3):
        b[i] = a[i] * x ** (i + 1)
    return np.sum(b) + g(x, 3)
"""


@needs_alarms
@pytest.mark.parametrize("cache", ["cache", "no cache"])
@pytest.mark.parametrize("backend", BACKENDS)
def test_interrupted_compilation(tmp_path, cache, backend):
    (tmp_path / "interrupted_model.py").write_text(MODEL)
    environment = {**os.environ, "DIFFPY_CACHE_DIR": str(tmp_path / "cache")}
    slopes = set()
    for seed in range(4):
        done = subprocess.run(
            [sys.executable, "-c", INTERRUPTED, str(tmp_path), str(seed), cache, backend],
            env=environment, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        slopes.add(round(float(done.stdout.split()[1]), 8))
    assert len(slopes) == 1
    assert not list((tmp_path / "cache").rglob("*.tmp"))


# --- processes ------------------------------------------------------------------------------------


def slope_in_child(k):
    return grad(until)(0.5, 1e3 * (k + 1))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_processes_after_a_gradient_ran(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    expected = [slope_in_child(k) for k in range(4)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(slope_in_child, range(4)) == expected
    assert [slope_in_child(k) for k in range(4)] == expected


# --- failures -------------------------------------------------------------------------------------


def failing_loop_with_tape(x, n, bad):
    for _ in range(n):
        x = x * np.sin(x) * 1.01
    return x * (1 / bad)


def failing_while(x, n, bad):
    i = 0
    while i < n:
        x = x * np.sin(x) * 1.01
        i += 1
    return x * (1 / bad)


def failing_recursion(x, n, bad):
    return x * (1 / bad) if n == 0 else x * failing_recursion(x, n - 1, bad)


def failing_arrays(a, n, bad):
    b = np.exp(a) * a
    c = np.zeros(len(a))
    for i in range(len(a)):
        c[i] = b[i] * a[i]
    return np.sum(c * b) * (1 / bad)


FAILING = [
    (failing_while, 0.5, 500),
    (failing_recursion, 0.5, 50),
]


@pytest.mark.parametrize(("function", "x", "n"), FAILING)
def test_failing_calls_leave_nothing_in_python(function, x, n):
    df = grad(function, backend="python")
    expected = df(x, n, 1)

    def fail(times):
        for _ in range(times):
            with pytest.raises(ZeroDivisionError):
                df(x, n, 0)

    fail(20)
    tracemalloc.start()
    try:
        fail(5)
        gc.collect()  # tracebacks refer to frames that refer to them
        before = tracemalloc.get_traced_memory()[0]
        fail(100)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert grown < 50_000  # a tape of one call is larger
    assert np.array_equal(df(x, n, 1), expected)


@pytest.mark.parametrize(("function", "x", "n"), FAILING)
def test_failing_calls_leave_their_tapes_usable(function, x, n):
    df = grad(function, backend="numba")
    expected = df(x, n, 1)
    made = []
    original = StackTape.__init__
    StackTape.__init__ = lambda tape: (made.append(tape), original(tape))[1]
    try:
        for _ in range(1000):
            with pytest.raises(ZeroDivisionError):
                df(x, n, 0)
        assert np.array_equal(df(x, n, 1), expected)
    finally:
        StackTape.__init__ = original
    assert len(made) == 0  # one from the pool, again and again
    tape = borrow_tape()
    assert len(tape) == 0
    return_tape(tape)


def test_a_large_tape_gives_its_memory_back():
    df = grad(until, backend="numba")
    df(1.0, 2.0)
    long = grad(failing_while, backend="numba")
    with pytest.raises(ZeroDivisionError):
        long(0.5, 10_000_000, 0)
    tape = borrow_tape()
    assert tape.nbytes <= 1 << 26
    return_tape(tape)


@both
@pytest.mark.parametrize("transform", [grad, value_and_grad, vjp, jvp])
@pytest.mark.parametrize(("function", "x", "n"), FAILING)
def test_failing_calls_leave_no_cycles_to_the_collector(function, x, n, transform, backend):
    if transform in (grad, value_and_grad):
        call = transform(function, backend=backend)
    elif transform is vjp:
        call = partial(vjp, function, backend=backend)
    else:
        call = lambda x, n, bad: jvp(function, (x, n, bad), (1.0, None, None), backend=backend)

    def fail():
        try:
            call(x, n, 0)
        except ZeroDivisionError:
            return
        raise AssertionError("it fails")

    fail()
    gc.freeze()  # to collect what is older takes long
    gc.disable()
    try:
        fail()
        assert gc.collect() == 0
    finally:
        gc.enable()
        gc.unfreeze()


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc")
@pytest.mark.parametrize(
    ("function", "x", "n"),
    [
        *FAILING,
        (failing_arrays, np.ones(20_000), 1),
        (failing_loop_with_tape, 0.5, 20_000),
    ],
)
def test_failing_calls_leave_no_memory_behind_in_compiled_code(function, x, n):
    df = grad(function, backend="numba")
    expected = df(x, n, 1)

    def fail(times):
        for _ in range(times):
            with pytest.raises(ZeroDivisionError):
                df(x, n, 0)
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    before = fail(100)
    assert fail(1000) - before < 30_000_000  # 1000 tapes or arrays of 160 kB are more
    assert np.array_equal(df(x, n, 1), expected)
