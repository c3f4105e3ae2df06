"""Programs of the intermediate form, written in few words."""

from diffpy.kinds import PY_FLOAT, Array, kind_of_value
from diffpy.rules import operators
from diffpy.rules.registry import Primitive
from diffpy.rules.structural import accumulate, index, store, zeros
from diffpy.transform.ir import Block, Const, For, Function, If, Instr, Var, While

VECTOR = Array("float64", 1)
OPERATORS = {
    "+": operators.add,
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "<": operators.less,
    "==": operators.equal,
    "neg": operators.negative,
    "%": operators.remainder,
}
POINT = (("pattern", ("i",)),)


def atom(x):
    return x if isinstance(x, Var | Const) else Const(x, kind_of_value(x))


def atoms(many):
    return tuple(map(atom, many))


def var(name, kind=PY_FLOAT):
    """A variable of the user's; ``t…`` are temporaries."""
    return Var(name, kind, temporary=name.startswith("t"))


def do(target, operator, *args, line=None, **static):
    """``target = operator(*args)``."""
    primitive = operator if isinstance(operator, Primitive) else OPERATORS[operator]
    return Instr(target, primitive, atoms(args), tuple(sorted(static.items())), line)


def get(target, array, i):
    return Instr(target, index, atoms([array, i]), POINT)


def put(array, value, i):
    return Instr(None, store, atoms([array, value, i]), POINT)


def add_to(array, value, i):
    return Instr(None, accumulate, atoms([array, value, i]), POINT)


def make_zeros(target, n):
    return Instr(target, zeros, atoms([n]), (("dtype", "float64"),))


def block(*statements, gives=()):
    return Block(statements, atoms(gives))


def branch(test, then, orelse, results=()):
    return If(atom(test), then, orelse, tuple(results))


def counted(i, bounds, body, heads=(), inits=(), results=(), exits=False):
    start, stop, step = {1: (0, *bounds, 1), 2: (*bounds, 1)}.get(len(bounds), bounds)
    return For(
        i, *atoms([start, stop, step]), tuple(heads), atoms(inits), body, tuple(results), exits
    )


def repeated(test, body, heads=(), inits=(), results=(), exits=False):
    return While(test, tuple(heads), atoms(inits), body, tuple(results), exits)


def function(params, *statements, gives=(), name="f", **facts):
    return Function(name, tuple(params), block(*statements, gives=gives), **facts)
