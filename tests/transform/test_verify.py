"""What is malformed is found, and the message says where."""

import pytest

from diffpy.kinds import PY_BOOL, PY_FLOAT, PY_INT, TAPE
from diffpy.rules.operators import add, less
from diffpy.rules.structural import push
from diffpy.transform.ir import Block, Call, Const, For, Function, If, Instr, Var, While
from diffpy.transform.verify import verify

ONE = Const(1.0, PY_FLOAT)


def float_(name):
    return Var(name, PY_FLOAT)


def function(*statements, params=(), yields=()):
    return Function("f", tuple(params), Block(tuple(statements), tuple(yields)))


def loop(body, heads=(), inits=(), results=(), exits=False):
    bounds = (Const(0, PY_INT), Const(3, PY_INT), Const(1, PY_INT))
    return For(Var("i", PY_INT), *bounds, tuple(heads), tuple(inits), body, tuple(results), exits)


def test_well_formed():
    x, h, y, r = map(float_, "xhyr")
    body = Block((Instr(y, add, (h, x)),), (y,))
    verify(function(loop(body, [h], [x], [r]), params=[x], yields=[r]))


def test_the_body_of_while_sees_the_test():
    x, t, c = float_("x"), float_("t"), Var("c", PY_BOOL)
    test = Block((Instr(t, add, (x, ONE)), Instr(c, less, (t, x))), (c,))
    use = Instr(float_("y"), add, (t, t))
    verify(function(While(test, (), (), Block((use,)), ()), params=[x]))
    with pytest.raises(AssertionError, match="t:float is used where it is not defined"):
        verify(function(While(test, (), (), Block(()), ()), use, params=[x]))


def test_tapes_may_be_free():
    slot = (("slot", PY_FLOAT),)
    verify(function(Instr(None, push, (Var("tape", TAPE), ONE), slot)))


def test_defined_twice():
    x = float_("x")
    with pytest.raises(AssertionError, match=r"f: x:float is defined twice \(in x:float = \+"):
        verify(function(Instr(x, add, (ONE, ONE)), params=[x]))


def test_used_outside_its_branch():
    c, x = Var("c", PY_BOOL), float_("x")
    inside = Block((Instr(x, add, (ONE, ONE)),))
    with pytest.raises(AssertionError, match="yields of the body"):
        verify(function(If(c, inside, Block(()), ()), params=[c], yields=[x]))


def test_a_result_is_not_visible_inside():
    c, r = Var("c", PY_BOOL), float_("r")
    with pytest.raises(AssertionError, match="r:float is used where"):
        verify(function(If(c, Block((), (r,)), Block((), (r,)), (r,)), params=[c]))


def test_number_of_yields():
    h, r = float_("h"), float_("r")
    with pytest.raises(AssertionError, match="0 values for 1 variables"):
        verify(function(loop(Block(()), [h], [ONE], [r])))
    with pytest.raises(AssertionError, match="exits, but its body yields nothing"):
        verify(function(loop(Block(()), exits=True)))
    verify(function(loop(Block((), (h, Const(True, PY_BOOL))), [h], [ONE], [r], exits=True)))


def test_kinds_of_yields():
    h, r = float_("h"), float_("r")
    with pytest.raises(AssertionError, match=r"h:float cannot take 1:int \(in the yields"):
        verify(function(loop(Block((), (Const(1, PY_INT),)), [h], [ONE], [r])))


def test_arity_of_calls():
    x = float_("x")
    callee = function(params=[x], yields=[x])
    with pytest.raises(AssertionError, match="takes 1 arguments, not 0"):
        verify(function(Call((float_("y"),), callee, ())))
    with pytest.raises(AssertionError, match="returns 1 values, not 0"):
        verify(function(Call((), callee, (ONE,))))
