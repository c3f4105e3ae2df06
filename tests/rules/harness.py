"""Runs rules on numbers: each primitive is evaluated as it is emitted, and recorded.

The record is differentiated here in the simplest way there is, forward and in reverse, by the rules
themselves. What the rules emit is recorded as well, so a derivative can be differentiated again.
The oracle is NumPy: values are compared with it, derivatives with its finite differences.
"""

from __future__ import annotations

import functools
import math
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from diffpy.kinds import Array, Scalar, adjoint_kind, is_differentiable, kind_of_value
from diffpy.rules.notation import Factor, Scatter, Value, as_value, emitting_to
from diffpy.rules.registry import Primitive, definition_of, method_definition
from diffpy.rules.structural import as_kind, broadcast_to, unbroadcast_like
from diffpy.runtime import arrays, checked, special


@dataclass(eq=False)
class Atom:
    """A number of the program; ``value`` exists for constants only, as in the compiler."""

    number: Any
    kind: Any
    bits: int = 64


@dataclass(eq=False)
class Constant(Atom):
    @property
    def value(self) -> Any:
        return self.number


@dataclass(eq=False)
class Dynamic:
    """Marks an integer or bool argument that the compiler does not know."""

    number: Any


@dataclass(eq=False)
class Known:
    """Marks a float argument that the compiler knows."""

    number: Any


@dataclass
class Step:
    primitive: Primitive
    args: tuple[Atom, ...]
    static: dict[str, Any]
    out: Atom


NAMES: dict[str, Any] = {"np": np, "math": math}
for module in (checked, arrays, special):
    NAMES |= {n: f for n, f in vars(module).items() if callable(f) and not n.startswith("_")}


def _text(primitive: Primitive, args: tuple[Atom, ...], static: dict[str, Any], compiled: bool):
    text = primitive.text
    if compiled:
        found = primitive.checked(args, 64, **static) if primitive.checked else None
        if found is not None:
            return found
        text = primitive.compiled or text
    return text if isinstance(text, str) else text(len(args), **static)


@functools.cache
def _function(text: str, count: int, compiled: bool) -> Any:
    operands = ", ".join(f"_{i}" for i in range(count))
    space = dict(NAMES)
    exec(f"def f({operands}):\n    return {text}", space)
    if not compiled:
        return space["f"]
    import numba

    from diffpy.runtime.overloads import register_overloads

    register_overloads()
    return numba.njit(error_model="numpy")(space["f"])


#: a scatter that can be differentiated, in the place of the compiler's accumulate into a shadow
def _scattered(x: Any, value: Any, *items: Any, pattern: Any) -> Any:
    out = np.zeros_like(x)
    np.add.at(out, _key(items, pattern), value)
    return out


def _key(items: tuple[Any, ...], pattern: tuple[str, ...]) -> Any:
    remaining = list(items)
    key: list[Any] = []
    for code in pattern:
        if code in ("n", "e"):
            key.append(None if code == "n" else Ellipsis)
        elif code[0] == "s":
            key.append(slice(*(remaining.pop(0) if c == "1" else None for c in code[1:])))
        else:
            key.append(remaining.pop(0))
    return tuple(key)


def _scatter_text(count: int, pattern: Any) -> str:
    items = ", ".join(f"_{i}" for i in range(1, count))
    return f"scattered(_0, {items}, pattern={pattern})"


def _scatter_vjp(g: Value, out: Value, x: Value, value: Value, *items: Value, pattern: Any) -> Any:
    from diffpy.rules.structural import index

    return unbroadcast_like(index(g, *items, pattern=pattern), value)


NAMES["scattered"] = _scattered
scatter = Primitive(
    "scatter",
    _scatter_text,
    lambda kinds, pattern: kinds[0],
    vjp=(None, _scatter_vjp),
    linear=(1,),
)
#: operations of the harness and of the compiler's core, tested elsewhere
_ALWAYS_PYTHON = {"scatter"}


@dataclass
class Machine:
    """Evaluates what is emitted, at once, and keeps a record."""

    compiled: bool = False
    steps: list[Step] = field(default_factory=list)
    seen: set[Primitive] = field(default_factory=set)

    def constant(self, value: Any, kind: Any) -> Atom:
        return Constant(value, kind)

    def emit(self, primitive: Primitive, args: tuple[Atom, ...], static: dict[str, Any]) -> Atom:
        self.seen.add(primitive)
        numbers = [a.number for a in args]
        kind = primitive.infer(tuple(a.kind for a in args), **static)
        if primitive.evaluate is not None and all(isinstance(a, Constant) for a in args):
            try:
                return Constant(_in_kind(primitive.evaluate(*numbers, **static), kind), kind)
            except (ArithmeticError, ValueError):
                pass
        compiled = self.compiled and primitive.name not in _ALWAYS_PYTHON
        text = _text(primitive, args, static, compiled)
        number = _function(text, len(args), compiled)(*numbers)
        if primitive.effect:  # a check that has passed
            return Constant(0, kind)
        out = Atom(self._agreed(text, number, kind, compiled), kind)
        self.steps.append(Step(primitive, args, dict(static), out))
        return out

    def _agreed(self, text: str, number: Any, kind: Any, compiled: bool) -> Any:
        """The result, which must be what was inferred."""
        actual = kind_of_value(number)
        if isinstance(kind, Array):
            assert isinstance(actual, Array) and actual.ndim == kind.ndim, (text, actual, kind)
        else:
            assert isinstance(actual, Scalar), (text, actual, kind)
        if not compiled:  # numba has no Python scalars, and promotes float32 otherwise
            assert actual.dtype == kind.dtype, (text, actual, kind)
            if isinstance(kind, Scalar) and not kind.python and kind.dtype != "bool":
                assert not actual.python, (text, actual, kind)
        return _in_kind(number, kind)


def _in_kind(number: Any, kind: Any) -> Any:
    if isinstance(kind, Array):
        return np.asarray(number, kind.dtype)
    if kind.python:
        return number.item() if isinstance(number, np.generic) else number
    return np.dtype(kind.dtype).type(number)


def enter(x: Any) -> Any:
    """An argument as the front-end would pass it: floats and arrays are unknown, ints known."""
    if isinstance(x, Known):
        return x.number
    if isinstance(x, Dynamic):
        return Value(Atom(x.number, kind_of_value(x.number)))
    if isinstance(x, tuple | list) and not _is_static(x):
        return type(x)(enter(item) for item in x)
    kind = kind_of_value(x)
    if kind is None or type(x) in (int, bool):
        return x
    return Value(Atom(x, kind))


def _is_static(x: Any) -> bool:
    if isinstance(x, tuple | list):
        return all(_is_static(item) for item in x)
    return x is None or type(x) in (int, bool, str)


def leaves(x: Any) -> list[Value]:
    if isinstance(x, Value):
        return [x]
    if isinstance(x, tuple | list):
        return [leaf for item in x for leaf in leaves(item)]
    if isinstance(x, dict):
        return [leaf for item in x.values() for leaf in leaves(item)]
    return []


def active_leaves(x: Any) -> list[Atom]:
    found = [v.atom for v in leaves(x) if is_differentiable(v.kind)]
    return list(dict.fromkeys(found))


def _times(g: Value, partial: Any) -> Value | None:
    if isinstance(partial, Factor):
        return partial.times(g)
    if isinstance(partial, int | float) and partial == 0:
        return None
    return g * partial


def pull(machine: Machine, steps: list[Step], seeds: dict[Atom, Value], wrt: list[Atom]) -> Any:
    """Adjoints of ``wrt``: the reverse sweep over a record."""
    needed = _reached(steps, wrt)
    adjoints = dict(seeds)

    def contribute(a: Atom, term: Value) -> None:
        value = as_kind(term, adjoint_kind(a.kind))
        shape = np.shape(a.number)
        if isinstance(a.kind, Array) and np.shape(value.atom.number) != shape:
            value = broadcast_to(value, *shape)
        assert np.shape(value.atom.number) == shape, (value.atom, a)
        adjoints[a] = adjoints[a] + value if a in adjoints else value

    for step in reversed(steps):
        g = adjoints.get(step.out)
        if g is None:
            continue
        p, args, out = step.primitive, [Value(a) for a in step.args], Value(step.out)
        for i, a in enumerate(step.args):
            if a not in needed or not is_differentiable(a.kind):
                continue
            if p.partials is not None:
                rule = p.partials[i]
                term = None if rule is None else _times(g, rule(out, *args))
                if term is not None:
                    contribute(a, unbroadcast_like(term, args[i]))
                continue
            assert p.vjp is not None, f"{p} has no rule for the reverse"
            rule = p.vjp[i] if i < len(p.vjp) else None
            if rule is None:
                continue
            term = rule(g, out, *args, **step.static)
            if isinstance(term, Scatter):
                assert p.scatters, f"{p} returns a Scatter: declare scatters=True"
                value = as_kind(term.value, adjoint_kind(a.kind))
                term = scatter(args[i], value, *term.index, pattern=term.pattern)
            elif isinstance(a.kind, Array) and term.ndim == a.kind.ndim and not p.broadcasts:
                assert np.shape(term.atom.number) == np.shape(a.number), f"{p}: broadcasts=True?"
            contribute(a, term)
    return [adjoints.get(a) for a in wrt]


def push(machine: Machine, steps: list[Step], dots: dict[Atom, Value], outs: list[Atom]) -> Any:
    """Tangents of ``outs``: the forward sweep over a record."""
    dots = dict(dots)
    for step in steps:
        p, args, out = step.primitive, [Value(a) for a in step.args], Value(step.out)
        total: Value | None = None
        for i, a in enumerate(step.args):
            t = dots.get(a)
            if t is None:
                continue
            if p.partials is not None:
                rule = p.partials[i]
                term = None if rule is None else _times(t, rule(out, *args))
            elif p.jvp is not None and i < len(p.jvp) and p.jvp[i] is not None:
                term = p.jvp[i](t, out, *args, **step.static)
            elif i in p.linear:
                term = p(*(t if j == i else b for j, b in enumerate(args)), **step.static)
            else:
                rule = p.vjp[i] if p.vjp is not None and i < len(p.vjp) else None
                assert rule is None, f"{p} has no rule for the forward mode"
                term = None
            if term is not None:
                total = term if total is None else total + term
        if total is not None:
            total = as_kind(total, adjoint_kind(step.out.kind))
            shape = np.shape(step.out.number)
            if np.shape(total.atom.number) != shape:
                total = broadcast_to(total, *shape)
            dots[step.out] = total
    return [dots.get(a) for a in outs]


def _reached(steps: list[Step], wrt: list[Atom]) -> set[Atom]:
    reached = set(wrt)
    for step in steps:
        if any(a in reached for a in step.args):
            reached.add(step.out)
    return reached


# --- the check -------------------------------------------------------------------------------


def meaning(function: Any) -> Any:
    """The definition of a Python callable; a method by the name ``.sum``; a plain function."""
    if isinstance(function, str):
        found = method_definition(function[1:])
        assert found is not None, f"no definition for the method {function}"
        return found
    return definition_of(function) or function


def reference(function: Any) -> Any:
    """What Python itself does."""
    if isinstance(function, str):
        return lambda a, *args, **options: getattr(a, function[1:])(*args, **options)
    return function


def _map(function: Any, x: Any) -> Any:
    if isinstance(x, Dynamic | Known):
        return x.number
    if isinstance(x, tuple | list):
        return type(x)(_map(function, item) for item in x)
    if isinstance(x, dict):
        return {k: _map(function, v) for k, v in x.items()}
    kind = kind_of_value(x)
    if kind is None or not is_differentiable(kind):
        return x
    return function(x)


def _moved(args: Any, direction: list[Any], step: float) -> Any:
    remaining = iter(direction)

    def move(x: Any) -> Any:
        moved = x + step * next(remaining)
        return float(moved) if type(x) is float else type(x)(moved) if np.isscalar(x) else moved

    return _map(move, args)


def _flat(x: Any) -> list[np.ndarray]:
    if isinstance(x, tuple | list):
        return [leaf for item in x for leaf in _flat(item)]
    return [np.asarray(x)]


def _weighted(values: list[Any], weights: list[Any]) -> Any:
    return sum(np.sum(v * w) for v, w in zip(values, weights))


def _random_like(rng: Any, x: Any) -> Any:
    draw = rng.uniform(0.5, 1.5, np.shape(x)) * rng.choice([-1.0, 1.0], np.shape(x))
    if np.iscomplexobj(x):
        draw = draw + 1j * rng.uniform(0.5, 1.5, np.shape(x))
    draw = np.asarray(draw, np.asarray(x).dtype)
    return draw if isinstance(x, np.ndarray) else draw[()]


def check(function: Any, *args: Any, order: int = 2, compiled: bool = False, tol: float = 2e-6,
          step: float = 1e-6, value_only: bool = False, **options: Any) -> Machine:  # fmt: skip
    """Compare a definition with NumPy: value, kind, both modes, and second derivatives."""
    rng = np.random.default_rng(7)
    machine = Machine(compiled)
    defined, oracle = meaning(function), reference(function)
    plain = _map(lambda x: x, args)
    with warnings.catch_warnings(), emitting_to(machine), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        values = [enter(a) for a in args]
        keywords = {k: enter(v) for k, v in options.items()}
        result = defined(*values, **keywords)
        expected = oracle(*plain, **_map(lambda x: x, options))
        outs = [as_value(v) for v in ([result] if not isinstance(result, tuple | list) else result)]
        got = [np.asarray(v.atom.number) for v in outs]
        wanted = _flat(expected) if isinstance(expected, tuple | list) else [np.asarray(expected)]
        assert len(got) == len(wanted)
        for a, b in zip(got, wanted):
            assert a.shape == b.shape, (a.shape, b.shape)
            rtol = 1e-12 if np.result_type(b) in (np.float64, np.complex128) else 1e-5
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * 1e-2)
            if not compiled:
                assert a.dtype == b.dtype, (a.dtype, b.dtype)
        wrt = active_leaves([values, keywords])
        targets = [v for v in outs if is_differentiable(v.kind)]
        if value_only or not wrt or not targets:
            return machine
        _derivatives(machine, oracle, plain, wrt, targets, options, rng, order, tol, step)
    return machine


def _derivatives(machine, oracle, plain, wrt, targets, options, rng, order, tol, step):
    weights = [_random_like(rng, v.atom.number) for v in targets]
    directions = [_random_like(rng, a.number) for a in wrt]
    if any(getattr(s.out.kind, "dtype", "") == "float32" for s in machine.steps):
        step, tol = 3e-3, max(tol, 5e-3)

    def objective(amount: float) -> Any:
        moved_args, moved_options = _moved((plain, options), directions, amount)
        moved = oracle(*moved_args, **moved_options)
        parts = [p for p in _flat(moved) if p.dtype.kind in "fc"]
        return _weighted(parts, weights)

    numeric = (objective(step) - objective(-step)) / (2 * step)
    seeds = {v.atom: Value(Atom(w, adjoint_kind(v.kind))) for v, w in zip(targets, weights)}
    if len(seeds) < len(targets):
        return
    steps = list(machine.steps)
    adjoints = pull(machine, steps, seeds, wrt)
    dots = {a: Value(Atom(d, adjoint_kind(a.kind))) for a, d in zip(wrt, directions)}
    tangents = push(machine, steps, dots, [v.atom for v in targets])
    backward = sum(np.sum(g.atom.number * d) for g, d in zip(adjoints, directions) if g is not None)
    forward = sum(np.sum(w * t.atom.number) for w, t in zip(weights, tangents) if t is not None)
    exact = max(1e-11, tol * 1e-5) if tol < 1e-4 else tol
    _compare(backward, forward, exact)
    _compare(forward, numeric, tol)
    if order < 2:
        return

    def gradient(amount: float) -> Any:
        again = Machine(machine.compiled)
        moved = iter(
            np.asarray(a.number + amount * d)
            if isinstance(a.kind, Array)
            else a.number + amount * d
            for a, d in zip(wrt, directions)
        )
        fresh = {a: Atom(_in_kind(next(moved), a.kind), a.kind) for a in wrt}
        replay = _replay(again, steps, fresh)
        seeds = {replay.get(v.atom, v.atom): Value(Atom(w, adjoint_kind(v.kind)))
                 for v, w in zip(targets, weights)}  # fmt: skip
        with emitting_to(again):
            found = pull(again, list(again.steps), seeds, list(fresh.values()))
        return [None if g is None else g.atom.number for g in found]

    used = [i for i, g in enumerate(adjoints) if g is not None]
    if not used:
        return
    seconds = [_random_like(rng, adjoints[i].atom.number) for i in used]
    above, below = gradient(step), gradient(-step)
    numeric = sum(np.sum(w * (above[i] - below[i])) / (2 * step) for i, w in zip(used, seconds))
    steps = list(machine.steps)
    gradients = [adjoints[i].atom for i in used]
    tangents = push(machine, steps, dots, gradients)
    forward = sum(np.sum(w * t.atom.number) for w, t in zip(seconds, tangents) if t is not None)
    seeds = {}
    for a, w in zip(gradients, seconds):
        term = Value(Atom(w, adjoint_kind(a.kind)))
        seeds[a] = seeds[a] + term if a in seeds else term
    twice = pull(machine, steps, seeds, wrt)
    backward = sum(np.sum(g.atom.number * d) for g, d in zip(twice, directions) if g is not None)
    _compare(backward, forward, max(exact, 1e-9))
    _compare(forward, numeric, tol * 10)


def _compare(actual: Any, expected: Any, tol: float) -> None:
    """Real parts: derivatives of complex numbers pair as ``Re(sum(g * v))``."""
    np.testing.assert_allclose(np.real(actual), np.real(expected), rtol=tol, atol=tol)


def _replay(machine: Machine, steps: list[Step], fresh: dict[Atom, Atom]) -> dict[Atom, Atom]:
    """The record run again on other numbers."""
    atoms: dict[Atom, Atom] = dict(fresh)
    for step in steps:
        args = tuple(atoms.get(a, a) for a in step.args)
        atoms[step.out] = machine.emit(step.primitive, args, step.static)
    return atoms
