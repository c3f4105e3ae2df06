"""Base cases are copied to the calls; nothing else changes."""

import pytest
from transform.writing import block, branch, do, function, var

from diffpy.kinds import PY_BOOL, PY_INT
from diffpy.transform.ir import Block, Call, Function, If, walk
from diffpy.transform.peel_recursion import peel_recursion
from diffpy.transform.verify import verify


def recursive(calls, results=1):
    """``f(x, n)``: x if n < 2, else so many calls in a row on what the one before returned."""
    x, n, t, m = var("x"), var("n", PY_INT), var("t", PY_BOOL), var("m", PY_INT)
    f = Function("f", (x, n))
    given, again = x, [do(m, "-", n, 1)]
    for _ in range(calls):
        made = [var("y") for _ in range(results)]
        again.append(Call(tuple(made), f, (given, m)))
        given = made[0]
    ends = [var("r") for _ in range(results)]
    test = branch(t, block(gives=[x] * results), block(*again, gives=[given] * results), ends)
    f.body = Block((do(t, "<", n, 2), test), tuple(ends))
    return f


def calls_of(f):
    return [s for s in walk(f.body) if isinstance(s, Call)]


@pytest.mark.parametrize("results", [1, 3])
@pytest.mark.parametrize("calls", [1, 2, 4])
def test_every_call_is_behind_the_test_of_the_base_case(calls, results):
    f = recursive(calls, results)
    made = peel_recursion(f)
    verify(made)
    assert len(calls_of(made)) == calls
    assert all(c.function is made for c in calls_of(made))
    assert sum(isinstance(s, If) for s in walk(made.body)) == calls + 1
    assert len(calls_of(f)) == calls  # the function itself is as it was
    assert sum(isinstance(s, If) for s in walk(f.body)) == 1


def test_a_caller_reaches_the_new_function():
    f, x, n, y = recursive(2), var("x"), var("n", PY_INT), var("y")
    made = peel_recursion(function([x, n], Call((y,), f, (x, n)), gives=[y], name="g"))
    (call,) = calls_of(made)
    assert call.function is not f
    assert sum(isinstance(s, If) for s in walk(call.function.body)) == 3


def test_a_function_that_ends_otherwise_is_left_alone():
    x, y, z = var("x"), var("y"), var("z")
    f = Function("f", (x,))
    f.body = block(Call((y,), f, (x,)), do(z, "*", y, y), gives=[z])
    assert len(calls_of(peel_recursion(f))) == 1
