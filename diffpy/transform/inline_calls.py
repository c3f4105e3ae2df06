"""Put the bodies of small functions where they are called.

    def rhs(x, y):                   def step(x, y, h):
        return y - x                     k = y - x
    def step(x, y, h):       ->          return x + h * k
        k = rhs(x, y)
        return x + h * k

The derivative of an inlined call needs no tape. Recursive functions and large ones that are called
more than once stay functions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    For,
    Function,
    If,
    Instr,
    Line,
    Statement,
    Var,
    While,
    called_functions,
    walk,
)

_SMALL = 60  # statements; a function of this size may be copied to every call
_LARGEST = 20_000  # statements of a function after inlining


def inline_calls(function: Function, once: bool = False) -> Function:
    """The function with calls of small, non-recursive functions replaced by their bodies.

    With ``once``, only calls of functions that are called in a single place.
    """
    functions = called_functions(function)
    if len(functions) == 1:
        return function
    recursive = _recursive(functions)
    calls = Counter(s.function for f in functions for s in walk(f.body) if isinstance(s, Call))
    # the functions are shared with other derivatives, so all that changes is made anew
    made = {f: replace(f) for f in functions}
    sizes: dict[Function, int] = {}
    for f in functions:  # callees first
        room = _LARGEST

        def replacement(call: Call) -> Function | None:
            nonlocal room
            callee = call.function
            if callee in recursive or callee not in sizes:
                return None
            if (sizes[callee] > _SMALL or once) and calls[callee] != 1:
                return None
            if sizes[callee] > room:
                return None
            room -= sizes[callee]
            return made[callee]

        made[f].body = _Inliner(replacement, made).block(f.body)
        sizes[f] = sum(1 for _ in walk(made[f].body))
    return made[function]


def copy_block(block: Block, renamed: dict[Var, Atom], called_from: int | None = None) -> Block:
    """The block with new variables for all that it defines; ``renamed`` is told which.

    If it takes the place of a call, ``called_from`` is the call's line.
    """
    return _Inliner(lambda _: None, {}, renamed, called_from).block(block, copying=True)


def _recursive(functions: Sequence[Function]) -> set[Function]:
    """Functions that can reach themselves."""
    callees = {f: {s.function for s in walk(f.body) if isinstance(s, Call)} for f in functions}
    found = set()
    for f in functions:
        seen: set[Function] = set()
        waiting = list(callees[f])
        while waiting:
            g = waiting.pop()
            if g not in seen:
                seen.add(g)
                waiting += callees.get(g, ())
        if f in seen:
            found.add(f)
    return found


class _Inliner:
    """Copies blocks; calls for which ``replacement`` gives a function become copies of its body."""

    def __init__(
        self,
        replacement: Callable[[Call], Function | None],
        made: Mapping[Function, Function],
        renamed: dict[Var, Atom] | None = None,
        called_from: int | None = None,
    ) -> None:
        self._called_from = called_from
        self._replacement = replacement
        self._made = made
        self._renamed = {} if renamed is None else renamed

    def block(self, block: Block, copying: bool = False) -> Block:
        return self._block(block, copying)

    def _atom(self, a: Atom) -> Atom:
        return self._renamed.get(a, a) if isinstance(a, Var) else a

    def _atoms(self, atoms: Sequence[Atom]) -> tuple[Atom, ...]:
        return tuple(map(self._atom, atoms))

    def _fresh(self, variables: Sequence[Var], copying: bool) -> tuple[Var, ...]:
        if not copying:
            return tuple(variables)
        made = tuple(Var(v.name, v.kind, v.temporary, v.bits) for v in variables)
        self._renamed.update(zip(variables, made, strict=True))
        return made

    def _block(self, block: Block, copying: bool) -> Block:
        statements = [made for s in block.statements for made in self._statement(s, copying)]
        return Block(tuple(statements), self._atoms(block.yields))

    def _statement(self, s: Statement, copying: bool) -> list[Statement]:
        if isinstance(self._called_from, Line):
            call = self._called_from
            s = replace(s, line=s.line.called_from(call) if isinstance(s.line, Line) else call)
        match s:
            case Instr():
                args = self._atoms(s.args)
                target = None if s.target is None else self._fresh((s.target,), copying)[0]
                return [replace(s, target=target, args=args)]
            case Call():
                args = self._atoms(s.args)
                callee = self._replacement(s)
                if callee is not None:
                    return self._inlined(s, callee, args)
                function = self._made.get(s.function, s.function)
                made = self._fresh(s.targets, copying)
                return [replace(s, function=function, targets=made, args=args)]
            case If():
                test = self._atom(s.test)
                then, orelse = self._block(s.then, copying), self._block(s.orelse, copying)
                results = self._fresh(s.results, copying)
                return [replace(s, test=test, then=then, orelse=orelse, results=results)]
            case For():
                bounds = self._atoms((s.start, s.stop, s.step))
                inits = self._atoms(s.inits)
                index, *heads = self._fresh((s.index, *s.heads), copying)
                loop_body = self._block(s.body, copying)
                return [
                    replace(
                        s,
                        index=index,
                        start=bounds[0],
                        stop=bounds[1],
                        step=bounds[2],
                        heads=tuple(heads),
                        inits=inits,
                        body=loop_body,
                        results=self._fresh(s.results, copying),
                    )
                ]
            case While():
                inits = self._atoms(s.inits)
                while_heads = self._fresh(s.heads, copying)
                test_block = self._block(s.test, copying)
                loop_body = self._block(s.body, copying)
                return [
                    replace(
                        s,
                        test=test_block,
                        heads=while_heads,
                        inits=inits,
                        body=loop_body,
                        results=self._fresh(s.results, copying),
                    )
                ]

    def _inlined(self, call: Call, callee: Function, args: tuple[Atom, ...]) -> list[Statement]:
        """A copy of the callee's body; its results take the place of the call's targets."""
        renamed = dict(zip(callee.params, args, strict=True))
        body = _Inliner(lambda _: None, {}, renamed, call.line).block(callee.body, copying=True)
        self._renamed.update(zip(call.targets, body.yields, strict=True))
        for target, result in zip(call.targets, body.yields, strict=True):
            if isinstance(result, Var) and not target.temporary and result not in args:
                result.name, result.temporary = target.name, False
        return list(body.statements)
