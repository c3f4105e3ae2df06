"""One inverse for several divisions by the same number."""

from transform.writing import block, branch, do, function, get, var

from diffpy.kinds import NP_FLOAT, PY_BOOL, PY_INT, Array
from diffpy.rules.operators import divide, multiply
from diffpy.transform.share_inverses import share_inverses
from diffpy.transform.verify import verify

A, B, X = var("a"), var("b"), var("x")


def primitives(*statements, gives, params=(A, B, X), start=0):
    made = share_inverses(function(params, *statements, gives=gives, reverse_from=start))
    verify(made)
    return [s.primitive for s in made.body.statements if hasattr(s, "primitive")]


def test_two_divisions_share():
    y, z = var("y"), var("z")
    both = do(y, "/", A, X), do(z, "/", y, X)
    assert primitives(*both, gives=[z]) == [divide, multiply, multiply]
    assert primitives(both[0], gives=[y]) == [divide]


def test_the_forward_sweep_is_left_alone():
    y, z = var("y"), var("z")
    both = do(y, "/", A, X), do(z, "/", y, X)
    assert primitives(*both, gives=[z], start=2) == [divide, divide]


def test_what_a_branch_depends_on_is_left_alone():
    y, z, t, r = var("y"), var("z"), var("t", PY_BOOL), var("r")
    test = branch(t, block(gives=[z]), block(gives=[A]), [r])
    made = primitives(do(y, "/", A, X), do(z, "/", B, X), do(t, "<", y, 1.0), test, gives=[r])
    assert made[:2] == [divide, divide]


def test_an_adjoint_divided_by_zero_raises_nothing():
    g, y, z = var("g", NP_FLOAT), var("y", NP_FLOAT), var("z", NP_FLOAT)
    made = share_inverses(
        function([g, X], do(y, "/", g, X), do(z, "/", y, X), gives=[z], reverse_from=0)
    )
    inverse = made.body.statements[0].target
    assert not inverse.kind.python


def test_arrays_are_left_alone():
    v, y, z = var("v", Array("float64", 1)), var("y", Array("float64", 1)), var("z", NP_FLOAT)
    both = do(y, "/", v, X), do(var("w", Array("float64", 1)), "/", y, X)
    made = primitives(*both, get(z, y, 0), gives=[z], params=(v, X, var("i", PY_INT)))
    assert made[:2] == [divide, divide]
