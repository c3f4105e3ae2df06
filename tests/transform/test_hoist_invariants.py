"""What moves out of loops, and what exceptions keep inside."""

from transform.writing import block, branch, counted, do, function, repeated, var

from diffpy.kinds import PY_BOOL, PY_INT
from diffpy.transform.emit import emit_module
from diffpy.transform.hoist_invariants import hoist_invariants
from diffpy.transform.ir import For, If, Instr, While
from diffpy.transform.verify import verify

A, B, N, I = var("a"), var("b"), var("n", PY_INT), var("i", PY_INT)


def loop_of(*statements, gives, bounds=(N,)):
    x, r = var("x"), var("r")
    body = [s(x) if callable(s) else s for s in statements]
    loop = counted(I, bounds, block(*body, gives=[gives]), [x], [A], [r])
    return function([A, B, N], loop, gives=[r])


def hoisted(f):
    made = hoist_invariants(f)
    verify(made)
    return made.body.statements


def test_arithmetic_moves_without_a_test():
    k, y = var("k"), var("y")
    first, loop = hoisted(loop_of(do(k, "*", A, B), lambda x: do(y, "*", x, k), gives=y))
    assert isinstance(first, Instr)
    assert first.target is k
    assert len(loop.body.statements) == 1


def test_a_division_moves_behind_a_test_that_the_loop_runs():
    k, y = var("k"), var("y")
    test, guard, loop = hoisted(loop_of(do(k, "/", A, B), lambda x: do(y, "*", x, k), gives=y))
    assert isinstance(guard, If)
    assert guard.test is test.target
    assert guard.results == (k,)
    assert isinstance(loop, For)


def test_a_loop_that_surely_runs_needs_no_test():
    k, y = var("k"), var("y")
    f = loop_of(do(k, "/", A, B), lambda x: do(y, "*", x, k), gives=y, bounds=(3,))
    assert [type(s) for s in hoisted(f)] == [Instr, For]


def test_exceptions_keep_their_order():
    k, m, y = var("k"), var("m", PY_INT), var("y")
    both = do(m, "*", N, N), do(k, "/", A, B)  # an overflow comes before a division by zero
    _, guard, _ = hoisted(loop_of(*both, lambda x: do(y, "*", x, k), gives=y))
    assert [s.primitive.name for s in guard.then.statements] == ["*", "/"]
    changing = do(m, "*", I, N)  # one that stays in the loop: nothing may overtake it
    assert [type(s) for s in hoisted(loop_of(changing, both[1], gives=k))] == [For]


def test_divisions_may_overtake_divisions():
    k, q, y = var("k"), var("q"), var("y")
    f = loop_of(lambda x: do(q, "/", A, x), do(k, "/", A, B), lambda x: do(y, "*", q, k), gives=y)
    assert [type(s) for s in hoisted(f)] == [Instr, If, For]


def test_nothing_that_raises_leaves_a_while_loop():
    k, p, t, x, y, r = var("k"), var("p"), var("t", PY_BOOL), var("x"), var("y"), var("r")
    test = block(do(t, "<", x, 9.0), gives=[t])
    body = block(do(k, "/", A, B), do(p, "*", A, B), do(y, "+", k, p), gives=[y])
    f = function([A, B], repeated(test, body, [x], [A], [r]), gives=[r])
    moved, loop = hoisted(f)
    assert moved.target is p
    assert isinstance(loop, While)
    assert len(loop.body.statements) == 2


def test_invariant_branches_and_inner_loops():
    t, k, u, y, z = var("t", PY_BOOL), var("k"), var("u"), var("y"), var("z")
    side = branch(t, block(do(u, "*", A, B), gives=[u]), block(gives=[B]), [k])
    xi, xo, ri, ro = var("x"), var("x"), var("r"), var("r")
    again = block(do(t, "<", A, B), side, do(y, "*", xi, k), gives=[y])
    inner = counted(var("j", PY_INT), [N], again, [xi], [xo], [ri])
    body = block(inner, do(z, "+", ri, 1.0), gives=[z])
    outer = counted(var("i", PY_INT), [N], body, [xo], [A], [ro])
    statements = hoisted(function([A, B, N], outer, gives=[ro]))
    assert [type(s) for s in statements] == [Instr, If, For]
    emit_module(function([A, B, N], *statements, gives=[ro]), compiled=True)
