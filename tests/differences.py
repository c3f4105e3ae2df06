"""The oracle of all tests: central differences of the primal, run in plain Python.

A *tree* is a number, an array, or a (named) tuple of trees. Only its floats and float arrays
have components; ints, bools, None, strings and functions have none. Single precision inputs are
promoted to double before the primal is run, so that differences stay exact and only the
tolerance knows about float32.
"""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import diffpy as dp

Tree = Any

# (relative, absolute), by the coarsest precision among the inputs; nowhere else is a tolerance.
AGAINST_DIFFERENCES = {"double": (1e-6, 1e-7), "single": (1e-3, 1e-4)}
AMONG_DERIVATIVES = {"double": (1e-9, 1e-11), "single": (5e-4, 5e-5)}

FIRST_STEP = 2.0**-8
LEVELS = 7


class UnreliableDifferences(AssertionError):
    """Differences at several steps do not agree: a kink, a pole, or too much noise nearby."""


# --- trees -----------------------------------------------------------------------------------


def is_active(leaf: Tree) -> bool:
    """Whether a leaf is a float or a float array."""
    if isinstance(leaf, np.ndarray | np.generic):
        return leaf.dtype.kind == "f"
    return isinstance(leaf, float)


def rebuild(tree: tuple, children: Sequence[Tree]) -> tuple:
    """A tuple of the class of `tree`."""
    return type(tree)(*children) if hasattr(tree, "_fields") else tuple(children)


def components(tree: Tree, like: Tree = ...) -> np.ndarray:
    """The float components of `tree` as one vector; `like` says which leaves are active."""
    like = tree if like is ... else like
    if isinstance(like, tuple):
        assert isinstance(tree, tuple) and len(tree) == len(like), f"{tree!r} is not like {like!r}"
        parts = [components(t, k) for t, k in zip(tree, like, strict=True)]
        return np.concatenate([np.zeros(0), *parts])
    if not is_active(like):
        return np.zeros(0)
    assert np.shape(tree) == np.shape(like), f"shape {np.shape(tree)}, expected {np.shape(like)}"
    return np.asarray(tree, dtype=float).ravel()


def with_components(tree: Tree, vector: np.ndarray, rest: Callable = lambda leaf: leaf) -> Tree:
    """`tree` with its float components from `vector`, kinds kept; `rest` of the other leaves."""
    if isinstance(tree, tuple):
        children, start = [], 0
        for child in tree:
            size = components(child).size
            children.append(with_components(child, vector[start : start + size], rest))
            start += size
        return rebuild(tree, children)
    if not is_active(tree):
        return rest(tree)
    if isinstance(tree, np.ndarray):
        return vector.reshape(tree.shape).astype(tree.dtype)
    return type(tree)(vector[0])


def zero_tangent(tree: Tree) -> Tree:
    """Zeros like `tree`: 0.0 for a number of any kind, None for what is no number."""
    if isinstance(tree, tuple):
        return rebuild(tree, [zero_tangent(child) for child in tree])
    if is_active(tree):
        return with_components(tree, np.zeros(np.size(tree)))
    if isinstance(tree, np.ndarray):
        return np.zeros(tree.shape)
    return 0.0 if isinstance(tree, int | np.integer | np.bool_) else None


def random_like(tree: Tree, seed: int = 0) -> Tree:
    """A random tangent or cotangent of `tree`, none of whose components is small."""
    random = np.random.default_rng(seed)
    size = components(tree).size
    vector = random.uniform(0.5, 1.5, size) * random.choice([-1.0, 1.0], size)
    return with_components(tree, vector, rest=zero_tangent)


def promote(tree: Tree) -> Tree:
    """`tree` in double precision."""
    if isinstance(tree, tuple):
        return rebuild(tree, [promote(child) for child in tree])
    if isinstance(tree, np.ndarray):
        return tree.astype(np.float64) if tree.dtype == np.float32 else tree.copy()
    return np.float64(tree) if isinstance(tree, np.float32) else tree


def precision(tree: Tree) -> str:
    """'single' if anything in `tree` is float32."""
    if isinstance(tree, tuple):
        return "single" if any(precision(child) == "single" for child in tree) else "double"
    return "single" if getattr(tree, "dtype", None) == np.float32 else "double"


# --- the active arguments of a call ----------------------------------------------------------

Argnums = int | tuple[int, ...]


def pick(args: tuple, argnums: Argnums) -> Tree:
    """The differentiated arguments, in the structure in which `grad` returns the gradient."""
    return args[argnums] if isinstance(argnums, int) else tuple(args[k] for k in argnums)


def place(args: tuple, argnums: Argnums, active: Tree) -> tuple:
    """`args` with the differentiated ones replaced."""
    replaced = list(args)
    for k, value in (
        [(argnums, active)] if isinstance(argnums, int) else zip(argnums, active, strict=True)
    ):
        replaced[k] = value
    return tuple(replaced)


def tangents_of(args: tuple, argnums: Argnums, active: Tree) -> tuple:
    """Tangents for all arguments, zero for those that are not differentiated."""
    return place(tuple(zero_tangent(arg) for arg in args), argnums, active)


# --- differences -----------------------------------------------------------------------------


def directional(
    f: Callable, args: tuple, tangents: tuple, first_step: float = FIRST_STEP
) -> np.ndarray:
    """The derivative of the components of `f(*args)` along `tangents`.

    Central differences at halved steps, extrapolated (Ridders 1982); the entry of the tableau
    with the smallest estimated error is returned.

    Raises
    ------
    UnreliableDifferences
        If no two entries agree well enough to tell a right derivative from a wrong one.
    """
    args = promote(args)
    point = components(args)
    direction = components(tangents, like=args)

    def at(step: float) -> np.ndarray:
        moved = with_components(copy.deepcopy(args), point + step * direction)
        return components(f(*moved))

    largest = max(1.0, float(np.max(np.abs(direction), initial=0.0)))
    step = first_step / largest
    best, best_error = np.zeros(0), np.inf
    previous: list[np.ndarray] = []
    for _ in range(LEVELS):
        row = [(at(step) - at(-step)) / (2 * step)]
        for order, above in enumerate(previous, 1):
            row.append(row[-1] + (row[-1] - above) / (4.0**order - 1))
            error = max(distance(row[-1], row[-2]), distance(row[-1], above))
            if error < best_error:
                best, best_error = row[-1], error
        previous, step = row, step / 2
    relative, absolute = AGAINST_DIFFERENCES["double"]
    if not best_error <= 0.1 * (absolute + relative * np.max(np.abs(best), initial=0.0)):
        raise UnreliableDifferences(f"{best} is known only to {best_error:.1e}")
    return best


def distance(a: np.ndarray, b: np.ndarray) -> float:
    """The largest difference between components; infinite if one is not a number."""
    gap = np.max(np.abs(a - b), initial=0.0)
    return float(gap) if np.isfinite(gap) else np.inf


def gradient(f: Callable, args: tuple, argnums: Argnums, out_bar: Tree = 1.0) -> np.ndarray:
    """The components of the gradient of `f(*args)` weighted by `out_bar`, by differences."""
    active = pick(args, argnums)
    found = []
    for unit in np.eye(components(active).size):
        tangents = tangents_of(args, argnums, with_components(promote(active), unit))
        out_dot = directional(f, args, tangents)
        found.append(out_dot @ np.broadcast_to(components(out_bar), out_dot.shape))
    return np.array(found)


# --- comparison ------------------------------------------------------------------------------


def assert_close(found: Any, expected: Any, tolerance: tuple[float, float]) -> None:
    """Fails on any component out of tolerance, of another count, or that is not a number."""
    found, expected = np.atleast_1d(found), np.atleast_1d(expected)
    assert found.shape == expected.shape, f"shape {found.shape}, expected {expected.shape}"
    assert np.all(np.isfinite(expected)), f"the expectation is not finite: {expected}"
    relative, absolute = tolerance
    scale = relative * np.max(np.abs(expected), initial=0.0) / 10 + absolute
    good = np.abs(found - expected) <= relative * np.abs(expected) + scale
    assert np.all(good), f"found {found}\nexpected {expected}\ngap {found - expected}"


def check_gradient(
    f: Callable, args: tuple, argnums: Argnums, found: Tree, out_bar: Tree = 1.0
) -> None:
    """Compares a gradient, in structure, dtype and value, with differences of `f`."""
    active = pick(args, argnums)
    assert_same_dtypes(found, active)
    vector = components(found, like=active)
    tolerance = AGAINST_DIFFERENCES[precision(args)]
    if vector.size <= 8:
        assert_close(vector, gradient(f, args, argnums, out_bar), tolerance)
        return
    for seed in range(3):
        direction = random_like(promote(active), seed)
        out_dot = directional(f, args, tangents_of(args, argnums, direction))
        expected = out_dot @ np.broadcast_to(components(out_bar), out_dot.shape)
        assert_close(vector @ components(direction), expected, tolerance)


def check_tangent(f: Callable, args: tuple, tangents: tuple, found: Tree) -> None:
    """Compares the tangent of the result of `f` with differences."""
    vector = components(found, like=f(*copy.deepcopy(args)))
    tolerance = AGAINST_DIFFERENCES[precision(args)]
    assert_close(vector, directional(f, args, tangents), tolerance)


def check_value(f: Callable, args: tuple, found: Tree) -> None:
    """Compares the value that came with a derivative with the primal's."""
    expected = f(*copy.deepcopy(args))
    tolerance = AMONG_DERIVATIVES[precision(args)]
    assert_close(numbers(found), numbers(expected), tolerance)


def check_at(f: Callable, x: float, backend: str) -> None:
    """Checks value, gradient and tangent of a function of one number, in both modes."""
    value, found = dp.value_and_grad(f, backend=backend)(x)
    check_value(f, (x,), value)
    check_gradient(f, (x,), 0, found)
    _, out_dot = dp.jvp(f, (x,), (1.0,), backend=backend)
    assert_close(out_dot, found, AMONG_DERIVATIVES["double"])


def check_second_order(f: Callable, x: float, backend: str = "python") -> None:
    """Compares the second derivative of a function of one number with differences."""
    check_gradient(dp.grad(f, backend=backend), (x,), 0, dp.grad(dp.grad(f), backend=backend)(x))


def check_both_modes(
    f: Callable, args: tuple, argnums: Argnums, tangents: tuple, backend: str
) -> None:
    """Checks value and gradient, and a tangent against the gradient.

    Where a branch is near, so that differences say nothing, only the modes are compared.
    """
    value, found = dp.value_and_grad(f, argnums=argnums, backend=backend)(*args)
    _, out_dot = dp.jvp(f, args, tangents, backend=backend)
    check_value(f, args, value)
    check_duality(args, argnums, found, tangents, 1.0, out_dot)
    try:
        check_gradient(f, args, argnums, found)
    except UnreliableDifferences:
        return


def check_duality(
    args: tuple, argnums: Argnums, found: Tree, tangents: tuple, out_bar: Tree, out_dot: Tree
) -> None:
    """Checks that <gradient, tangents> = <out_bar, out_dot>."""
    active = pick(args, argnums)
    by_reverse = components(found, like=active) @ components(pick(tangents, argnums), like=active)
    by_forward = np.sum(components(out_bar) * components(out_dot))
    assert_close(by_reverse, by_forward, AMONG_DERIVATIVES[precision(args)])


def check_same(args: tuple, argnums: Argnums, found: Tree, expected: Tree) -> None:
    """Compares two derivatives with respect to the differentiated arguments."""
    active = pick(args, argnums)
    tolerance = AMONG_DERIVATIVES[precision(args)]
    assert_close(components(found, like=active), components(expected, like=active), tolerance)


def assert_same_dtypes(found: Tree, active: Tree) -> None:
    """The gradient of a float64 is a float64, of a float32 a float32, array for array."""
    if isinstance(active, tuple):
        assert type(found) is type(active), f"gradient {found!r} of {active!r}"
        for child, kind in zip(found, active, strict=True):
            assert_same_dtypes(child, kind)
    elif is_active(active):
        assert np.asarray(found).dtype == np.asarray(active).dtype, f"{found!r} of {active!r}"


def assert_untouched(before: Tree, after: Tree) -> None:
    """Fails if a call changed its arguments."""
    if isinstance(before, tuple):
        for was, now in zip(before, after, strict=True):
            assert_untouched(was, now)
    elif isinstance(before, np.ndarray):
        assert before.dtype == after.dtype and np.array_equal(before, after), "input changed"
    else:
        assert before is after or before == after, "input changed"


def numbers(tree: Tree) -> np.ndarray:
    """All numbers of a tree, of any kind."""
    if isinstance(tree, tuple):
        return np.concatenate([np.zeros(0), *(numbers(child) for child in tree)])
    return np.asarray(tree, dtype=float).ravel()


def arrays_in(tree: Tree) -> list[np.ndarray]:
    """All arrays of a tree."""
    if isinstance(tree, tuple):
        return [array for child in tree for array in arrays_in(child)]
    return [tree] if isinstance(tree, np.ndarray) else []


def assert_no_shared_memory(result: Tree, args: tuple) -> None:
    """Gradients share no memory with each other or with the inputs."""
    arrays = arrays_in(result)
    for k, array in enumerate(arrays):
        for other in arrays[k + 1 :] + arrays_in(args):
            assert not np.shares_memory(array, other), "a gradient shares memory"
