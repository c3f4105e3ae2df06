"""Random programs of stores, in both modes, against differences and against each other."""

import copy
import linecache
import math
import re
from collections import Counter
from collections.abc import Callable

import differences
import numpy as np
import pytest
import random_stores

import diffpy as dp

NUMBERS = np.random.default_rng(5)
ARGS = (0.8137, NUMBERS.uniform(-1, 1, 4), NUMBERS.uniform(-1, 1, (3, 4)))
DIRECTION = differences.random_like(ARGS)

#: what may be refused: two names, which may be one array or two
REFUSALS = (
    r".* changed, (and it may be in a list|which is in a list and may be something else too)",
    r".* is used after (an array was changed that it may be|the list changed that it comes from)",
    r"`.*` may be any of many lists, dicts or instances here",
    r"`.*` shares memory with .*, which was changed on line \d+",
    r"`.*` writes into an array that another argument, .*",
    r"an array is written that may be an argument, a part of one, or a copy",
)


def compiled(seed: int) -> Callable[..., float]:
    """The function of a random program."""
    text, filename = random_stores.program(seed), f"<random stores {seed}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(True), filename)
    namespace: dict = {"__name__": f"random_stores_{seed}"}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]


def check(seed: int, backend: str) -> str:
    """Differentiate a program; what became of it."""
    f = compiled(seed)
    with np.errstate(all="ignore"):
        value = f(*copy.deepcopy(ARGS))
    if not math.isfinite(value) or abs(value) > 1e4:
        return "grows without bound"
    try:
        found, gradient = dp.value_and_grad(f, (0, 1, 2), backend=backend)(*ARGS)
        _, tangent = dp.jvp(f, ARGS, DIRECTION, backend=backend)
    except (dp.UnsupportedSyntaxError, dp.KindError) as error:
        assert any(re.fullmatch(known, error.what) for known in REFUSALS), error
        return "refused"
    along = differences.components(gradient) @ differences.components(DIRECTION)
    differences.assert_close(found, value, differences.AMONG_DERIVATIVES["double"])
    if not abs(tangent) < 1e12:  # sin(exp(exp(x))): one mode overflows where the other does not
        return "grows without bound"
    differences.assert_close(along, tangent, differences.AMONG_DERIVATIVES["double"])
    try:
        expected = differences.directional(f, ARGS, DIRECTION)
        closer = differences.directional(f, ARGS, DIRECTION, first_step=2.0**-16)
        differences.assert_close(expected, closer, (1e-4, 1e-6))
    except AssertionError:  # unreliable, or another value at another scale: sin(exp(20 * x))
        return "kink"
    differences.assert_close(along, expected, differences.AGAINST_DIFFERENCES["double"])
    return "right"


def sweep(seeds: range, backend: str) -> Counter[str]:
    """Check many programs; all that are wrong are named."""
    found: Counter[str] = Counter()
    wrong = []
    for seed in seeds:
        try:
            found[check(seed, backend)] += 1
        except Exception as error:  # an internal error too
            wrong.append(f"program {seed}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)
    return found


def test_sixty_programs() -> None:
    found = sweep(range(60), "python")
    assert found["right"] >= 35 and found["refused"] <= 10, found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(80))
def test_twenty_thousand_programs(seed: int) -> None:
    found = sweep(range(1000 + 250 * seed, 1250 + 250 * seed), "python")
    assert found["right"] >= 150 and found["refused"] <= 40, found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(60, 75))
def test_numba(seed: int) -> None:
    check(seed, "numba")


def test_programs_store_in_every_way() -> None:
    texts = "".join(map(random_stores.program, range(200)))
    forms = (
        r"\[::-1\] [+*-]?=",
        r"\[p\] [+*-]?=",
        r"\[\.\.\., .*\] =",
        r"\[.* > 0\.3\] [+*]?=",
        r"\w+\[-?\d\]\[-?\d\] =",
        r"out=",
        r"np\.add\.at",
        r"\.fill\(",
        r"\.sort\(",
        r"\.T$",
        r"\.reshape\(2",
        r"^    +(\w+), (\w+) = \2, \1$",
        r"^    (\w+) = \w$",
        r"relaxed\(",
        r"halves\(",
        r"\.append\(",
        r"\.pop\(",
        r"\.put\(",
        r"while ",
        r"def g\d+\(",
        r"for each in",
    )
    missing = [form for form in forms if not re.search(form, texts, re.MULTILINE)]
    assert not missing
