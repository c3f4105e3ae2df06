"""What is known of the shapes of arrays, against the shapes that they have."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from diffpy import vjp
from diffpy.kinds import Array
from diffpy.rules.extents import Axis, Extent, Joint, Number, Part, Shortened
from diffpy.structure import describe
from diffpy.transform import pipeline
from diffpy.transform.analyse_shapes import Shapes
from diffpy.transform.ir import Instr, walk


def extents_of(f: Callable, *args: Any) -> tuple[Extent, ...]:
    """Of the result of a function, with the arguments by their names."""
    function = pipeline.build(f, tuple(map(describe, args))).function
    return Shapes(function).of(function.body.yields[0])  # type: ignore[arg-type]


def value_of(extent: Extent, arrays: dict[str, np.ndarray]) -> int:
    """What a form comes to for these arguments."""
    match extent:
        case int():
            return extent
        case Axis(array, axis):
            return arrays[array.name].shape[axis]
        case Number(value):
            return int(arrays[value.name])
        case Shortened(of, by):
            return max(0, value_of(of, arrays) - by)
        case Part(of, start, stop):
            bounds = [None if b is None else bound(b, arrays) for b in (start, stop)]
            return len(range(value_of(of, arrays))[slice(*bounds)])
        case Joint(first, second):
            one, two = value_of(first, arrays), value_of(second, arrays)
            return two if one == 1 else one


def bound(atom: Any, arrays: dict[str, Any]) -> int:
    return atom.value if hasattr(atom, "value") else int(arrays[atom.name])


def stepped(a, b, k):
    for _ in range(3):
        a = a + 0.5 * a
    return a[1:-1] * b[:-2]


CASES: dict[str, Callable] = {
    "part": lambda a, b, k: a[1:-1, 2:],
    "nothing left": lambda a, b, k: a[3:-3],
    "up to a number": lambda a, b, k: a[:k],
    "from a number": lambda a, b, k: a[k:, -2:],
    "backwards": lambda a, b, k: a[::-1],
    "row": lambda a, b, k: a[k],
    "new axes": lambda a, b, k: a[..., None, 0] * b[0],
    "parts": lambda a, b, k: np.sin(a[1:]) + a[:-1],
    "two arrays": lambda a, b, k: a * b,
    "repeated row": lambda a, b, k: b[:1] * a,
    "transposed": lambda a, b, k: a.T[1:],
    "rows": lambda a, b, k: np.sum(a, axis=1) * 2.0,
    "columns": lambda a, b, k: a.max(axis=0),
    "made": lambda a, b, k: np.zeros((k, a.shape[1])),
    "repeated": lambda a, b, k: np.broadcast_to(a[0], (k, 4)),
    "reshaped": lambda a, b, k: a.copy().reshape(a.shape[0], 2, 2),
    "in a loop": stepped,
    "of a branch": lambda a, b, k: a + b if k > 1 else a + b,
}


@pytest.mark.parametrize("f", CASES.values(), ids=CASES)
def test_extents_are_those_of_the_result(f: Callable) -> None:
    for rows in (5, 2, 1):
        args = (np.ones((rows, 4)), np.ones((rows, 4)), 2 if rows > 2 else 0)
        shape = f(*args).shape
        found = extents_of(f, *args)
        named = dict(zip("abk", args, strict=True))
        known = [e for e in found if not (isinstance(e, Axis) and e.array.name not in named)]
        if f is not CASES["backwards"]:
            assert known, f"nothing is known: {found}"
        for extent, length in zip(found, shape, strict=True):
            if extent in known and not refers_inside(extent, named):
                assert value_of(extent, named) == length, extent


def refers_inside(extent: Extent, named: dict[str, Any]) -> bool:
    """Whether a form names a variable of the program that is no argument."""
    match extent:
        case Axis(array):
            return array.name not in named
        case Number(value):
            return value.name not in named
        case Shortened(of) | Part(of):
            return refers_inside(of, named)
        case Joint(first, second):
            return refers_inside(first, named) or refers_inside(second, named)
    return False


def halving(a):
    for _ in range(3):
        a = a[1:] * a[:-1]
    return a


def test_what_a_loop_shortens_is_not_taken_for_what_it_was() -> None:
    function = pipeline.build(halving, (describe(np.ones(8)),)).function
    shapes = Shapes(function)
    (before,) = shapes.of(function.params[0])
    assert shapes.of(function.body.yields[0]) != (before,)  # type: ignore[arg-type]
    arrays = [
        s.target
        for s in walk(function.body)
        if isinstance(s, Instr) and s.target is not None and isinstance(s.target.kind, Array)
    ]
    assert arrays and all(shapes.of(v) != (before,) for v in arrays)


@pytest.mark.parametrize("backend", ["python", "numba"])
@pytest.mark.parametrize("rows", [5, 2, 1, 0])
def test_lengths_in_the_reverse_are_right(rows: int, backend: str) -> None:
    """Where broadcasting stretches one array or the other, at the smallest extents too."""

    def mixed(a, b, k):
        c = a[1:-1] * b[:, :k] + a[:k].T[:1, :1]
        return c[1:] + c[:-1]

    for other in (1, max(rows - 2, 0)):
        a, b = np.ones((rows, 3)) * 1.5, np.ones((other, 4)) * 0.5
        try:
            expected = mixed(a, b, 3)
        except ValueError:
            continue
        out, pullback = vjp(mixed, a, b, 3, backend=backend)
        np.testing.assert_allclose(out, expected)
        a_bar, b_bar, _ = pullback(np.ones_like(out))
        assert a_bar.shape == a.shape and b_bar.shape == b.shape
        step = 1e-6
        for array, found in ((a, a_bar), (b, b_bar)):
            for place in np.ndindex(array.shape):
                array[place] += step
                up = np.sum(mixed(a, b, 3))
                array[place] -= 2 * step
                down = np.sum(mixed(a, b, 3))
                array[place] += step
                assert abs(found[place] - (up - down) / (2 * step)) < 1e-6
