"""Logs, locks, clocks and random numbers: once, in the forward sweep, in Python."""

import logging
import random
import threading
import time
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import diffpy as dp
from diffpy import BackendCompileError, MissingRuleError, PerformanceWarning

LOG = logging.getLogger("test_outside")
LOCK = threading.Lock()
GENERATOR = np.random.default_rng(1)


def reseed():
    global GENERATOR
    np.random.seed(5)
    random.seed(5)
    GENERATOR = np.random.default_rng(5)


def logs(x):
    LOG.warning("at %s", x)
    logging.getLogger("test_outside").info("skipped")
    y = x * x
    LOG.error(f"square {y:.1f}")
    return y * x


def test_logs_once(caplog):
    assert dp.grad(logs, backend="python")(2.0) == 12.0
    assert [r.getMessage() for r in caplog.records] == ["at 2.0", "square 4.0"]


def locked(x):
    with LOCK:
        y = x * x
    return y


def locked_and_left(x):
    for i in range(3):
        with LOCK:
            if x * i > 1.0:
                return x * x * i
    return x


def locked_and_raised(x):
    try:
        with LOCK:
            y = 1.0 / (x - x)
    except ZeroDivisionError:
        y = x * x
    return y


@pytest.mark.parametrize("function", [locked, locked_and_left, locked_and_raised])
def test_locks_are_released(function):
    assert dp.grad(function, backend="python")(2.0) == pytest.approx(
        (function(2.0 + 1e-6) - function(2.0 - 1e-6)) / 2e-6
    )
    assert not LOCK.locked()


def lock_held(x):
    with LOCK:
        return x / (1.0 if LOCK.locked() else 0.0)


def test_compiled_code_refuses():
    with pytest.raises(BackendCompileError, match="only Python can"):
        dp.grad(locked, backend="numba")(2.0)
    with pytest.warns(PerformanceWarning, match="locks"):
        assert dp.grad(locked)(2.0) == 4.0


def clocked(x):
    start = time.perf_counter()
    y = x * x
    return y if time.perf_counter() >= start else 0.0


def warned(x):
    warnings.warn("careful", stacklevel=1)
    return x * x


def test_clocks_and_warnings():
    assert dp.grad(clocked, backend="python")(3.0) == 6.0
    with pytest.warns(UserWarning, match="careful"):
        assert dp.grad(warned, backend="python")(3.0) == 6.0


def draws(x, n):
    total = 0.0
    for _ in range(n):
        total += np.random.normal(x, 2.0 * x) * x + random.random() * x + GENERATOR.uniform(0.0, x)
        total += random.gauss(x, 1.0) * np.random.rand() + random.uniform(x, 3.0)
        total += GENERATOR.exponential(x) + np.random.exponential(x) + GENERATOR.normal()
    return total


def draws_arrays(x, n):
    noise = np.random.randn(n, 2) + np.random.normal(x, 1.0, (n, 2)) * x
    return np.sum(noise * noise) + np.sum(GENERATOR.standard_normal(size=n) * x)


@pytest.mark.parametrize("function", [draws, draws_arrays])
@pytest.mark.parametrize("n", [0, 1, 4])
def test_draws_are_those_of_the_function(function, n):
    reseed()
    expected = function(1.5, n)
    reseed()
    value, derivative = dp.value_and_grad(function, backend="python")(1.5, n)
    assert value == pytest.approx(expected, rel=1e-12)
    reseed()
    above = function(1.5 + 1e-6, n)
    reseed()
    below = function(1.5 - 1e-6, n)
    assert derivative == pytest.approx((above - below) / 2e-6, rel=1e-5, abs=1e-6)
    reseed()
    assert dp.jvp(function, (1.5, n), (1.0, 0.0), backend="python")[1] == pytest.approx(derivative)


def draws_of_another_kind(x):
    return x * np.random.poisson(3.0)


def test_other_distributions_are_refused():
    with pytest.raises(MissingRuleError):
        dp.grad(draws_of_another_kind)(1.0)


# --- attributes that come later --------------------------------------------------------------

later = SimpleNamespace(k=2.0)


class Later:
    pass


def asks_object(x):
    return x * x if hasattr(later, "q") else x


def asks_class(x):
    return x * x if hasattr(Later, "q") else x


def takes_default(x):
    return getattr(later, "q", 1.0) * x + getattr(Later, "q", 3.0) * x


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("function", [asks_object, asks_class, takes_default])
def test_attributes_that_come_later_are_seen(function, backend, monkeypatch):
    """They were looked for once, when the derivative was generated."""
    df = dp.grad(function, backend=backend)
    before = df(3.0)
    monkeypatch.setattr(later, "q", 5.0, raising=False)
    monkeypatch.setattr(Later, "q", 7.0, raising=False)
    assert before in (1.0, 4.0) and df(3.0) in (6.0, 12.0)
    monkeypatch.undo()
    assert df(3.0) == before


class Wheel:
    def turn(self, x):
        return 2.0 * x

    @property
    def size(self):
        return 1.0


def turns(x):
    return Wheel().turn(x) * Wheel().size


@pytest.mark.parametrize("backend", ["python", "numba"])
def test_methods_that_are_replaced_are_seen(backend, monkeypatch):
    df = dp.grad(turns, backend=backend)
    assert df(3.0) == 2.0
    monkeypatch.setattr(Wheel, "turn", lambda self, x: x * x)
    assert df(3.0) == 6.0
    monkeypatch.setattr(Wheel, "size", property(lambda self: 2.0))
    assert df(3.0) == 12.0
