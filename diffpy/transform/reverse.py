"""Reverse mode: a function to the function that computes its adjoint.

The reverse of a block is the reverse of its statements in reverse order, after a forward sweep
that saves what the reverse reads. Control flow keeps its shape: the reverse of an ``if`` is an
``if`` on the same test, the reverse of a loop is a loop, the reverse of a call is a call.

    def f(x, n):                     def grad_f(x, n, out_bar):
        for i in range(n):               x_tape = np.empty(len(range(n)))
            x = x * x                    for i in range(n):
        return x                             x_tape[i] = x
                                             x = x * x
                                         x_bar = out_bar
                                         for i in range(n - 1, -1, -1):
                                             x = x_tape[i]
                                             x_bar = x_bar * x + x_bar * x
                                         return x_bar

Input and output are the same form, so `gradient` of a gradient needs nothing special. How a value
gets from the forward to the reverse sweep is decided in `save_values`; what an operation's
derivative is, in `diffpy.rules`.
"""

from __future__ import annotations

from dataclasses import dataclass

from diffpy.kinds import TAPE, Array, adjoint_kind
from diffpy.kinds import is_differentiable as differentiable
from diffpy.rules.structural import (
    dim,
    zeros,
)
from diffpy.transform.build import Builder
from diffpy.transform.eliminate_dead_code import eliminate_dead_code
from diffpy.transform.gather_factors import gather_factors
from diffpy.transform.hoist_invariants import hoist_invariants
from diffpy.transform.inline_calls import inline_calls
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Function,
    Var,
    called_functions,
)
from diffpy.transform.peel_recursion import peel_recursion
from diffpy.transform.recognise_norms import recognise_norms
from diffpy.transform.reverse_sweep import Sweep
from diffpy.transform.simplify_branches import simplify_branches
from diffpy.transform.trace_extents import trace_extents


@dataclass(frozen=True)
class Pair:
    """A forward function that fills the tape and the reverse function that empties it.

    ``reverse`` takes the parameters of the function, then one adjoint for each result in
    ``seeded``, and returns the adjoint of each parameter that was asked for.
    """

    forward: Function
    reverse: Function
    seeded: tuple[int, ...]


def gradient(function: Function, wrt: tuple[int, ...], value: bool = False) -> Function:
    """The gradient of result 0 in the parameters ``wrt``, as one function.

    Parameters
    ----------
    function : Function
        Its result 0 is a float.
    wrt : tuple of int
        Indices of differentiable parameters.
    value : bool
        Return the results of ``function`` too, first.

    Returns
    -------
    Function
        Takes what ``function`` takes and the adjoint of result 0.
    """
    function = _prepared(function, exact=value)
    sweep = Sweep(Level(), function, wrt)
    return sweep.merged(value)


def pair(function: Function, wrt: tuple[int, ...]) -> Pair:
    """Forward and reverse of a function as two functions that share a tape."""
    function = _prepared(function, exact=True)
    level = Level()
    inner = level.pair_of(function, wrt)
    builder = Builder()
    params = function.params
    bars = tuple(inner.reverse.params[len(params) : len(params) + len(inner.seeded)])
    with builder.block() as statements:
        shadows = {
            i: _zeros_like(builder, params[i]) for i in wrt if isinstance(params[i].kind, Array)
        }
        scalars = tuple(
            Var(f"{params[i].name}_bar", adjoint_kind(params[i].kind))
            for i in wrt
            if i not in shadows
        )
        args = (*params, *bars, *shadows.values())
        builder.add(Call(scalars, inner.reverse, args))
    remaining = iter(scalars)
    results = tuple(shadows[i] if i in shadows else next(remaining) for i in wrt)
    reverse = Function(
        inner.reverse.name, (*params, *bars), Block(tuple(statements), results), function.doc
    )
    reverse.origin = function.origin
    reverse = inline_calls(reverse, once=True)
    return Pair(eliminate_dead_code(inner.forward), eliminate_dead_code(reverse), inner.seeded)


def _prepared(function: Function, exact: bool) -> Function:
    """The function in the shape that is cheapest to reverse.

    ``exact`` if its results are returned, to the last bit what the function itself returns.
    """
    function = eliminate_dead_code(simplify_branches(inline_calls(function)))
    if not exact:
        gathered = gather_factors(function)
        if gathered is not function:
            function = eliminate_dead_code(gathered)
    function = peel_recursion(function)
    for each in called_functions(function):  # made anew by the pass above
        each.body = trace_extents(each)
        each.body = hoist_invariants(each).body
        each.body = recognise_norms(each)
    return function


def _zeros_like(builder: Builder, v: Atom) -> Var:
    assert isinstance(v, Var) and isinstance(v.kind, Array)
    dims = [builder.value(dim, v, axis=axis) for axis in range(v.kind.ndim)]
    made = builder.value(zeros, *dims, dtype=v.kind.dtype)
    assert isinstance(made, Var)
    made.name, made.temporary = f"{v.name}_bar", False
    return made


@dataclass(eq=False)
class InnerPair:
    """A pair whose reverse adds array adjoints to shadows that it is passed."""

    forward: Function
    reverse: Function
    wrt: tuple[int, ...]
    seeded: tuple[int, ...]
    #: parameters that the reverse does not take, and lists among them that the function changes
    lost: frozenset[int] = frozenset()
    changed: frozenset[int] = frozenset()
    #: which of those that it takes the reverse reads; None while it is being made
    reads: frozenset[int] | None = None
    #: of which arrays it reads elements; None if that is not known yet
    contents: frozenset[int] | None = None


class Level:
    """One level of differentiation: its tape, the adjoints of inner tapes, its pairs."""

    def __init__(self) -> None:
        self.tape = Var("tape", TAPE)
        self._tape_bars: dict[Var, Var] = {}
        self._pairs: dict[tuple[Function, tuple[int, ...], frozenset[int]], InnerPair] = {}

    def tape_bar(self, tape: Atom) -> Var:
        assert isinstance(tape, Var)
        return self._tape_bars.setdefault(tape, Var(f"{tape.name}_bar", TAPE))

    def pair_of(
        self, function: Function, wrt: tuple[int, ...], lost: frozenset[int] = frozenset()
    ) -> InnerPair:
        """The pair of a function, made when first asked for; recursion finds it unfinished.

        ``lost`` are lists that have other items when the reverse runs. It does not take them: what
        it reads of them the forward half saves.
        """
        known = self._pairs.get((function, wrt, lost))
        if known is not None:
            return known
        before = dict(self._pairs)
        made = self._made(function, wrt, lost, None)
        assert made.reads is not None and made.contents is not None
        extents = made.reads - made.contents
        if function.recursive and any(isinstance(function.params[i].kind, Array) for i in extents):
            # once more, without copies of the arrays of which the reverse reads only the extents
            self._pairs = before
            again = self._made(function, wrt, lost, made.contents)
            if again.contents == made.contents:
                return again
            self._pairs = before
            made = self._made(function, wrt, lost, None)
        return made

    def _made(
        self,
        function: Function,
        wrt: tuple[int, ...],
        lost: frozenset[int],
        contents: frozenset[int] | None,
    ) -> InnerPair:
        """A new pair; ``contents`` is what is assumed of its recursive calls."""
        made = InnerPair(
            Function(f"{function.name}_forward", function.params, doc=function.doc),
            Function(f"{function.name}_reverse", doc=function.doc),
            wrt,
            tuple(i for i, r in enumerate(function.results) if differentiable(r.kind)),
            lost=lost,
            contents=contents,
        )
        self._pairs[function, wrt, lost] = made
        Sweep(self, function, wrt).split(made)
        return made
