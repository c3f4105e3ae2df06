"""Which statements may run between others.

t = xs[k]              1
for i in range(n):
    y = t[0]           2   3 is between 1 and 2, in the second iteration
    xs[k][0] = y       3
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from diffpy.transform.ir import (
    Block,
    For,
    Function,
    If,
    Statement,
    Var,
    While,
    block_arguments,
    blocks,
    targets,
)

#: a statement, or the end of a block, where its yields are read
Spot: TypeAlias = Statement | Block
#: the loops around a place, outermost first
Loops: TypeAlias = tuple[Statement, ...]


class Order:
    """When the statements of a function run."""

    def __init__(self, function: Function) -> None:
        self.loops: dict[Spot, Loops] = {}
        self.maker: dict[Var, Statement] = {}
        self._position: dict[Spot, int] = {}
        #: the branches around each place
        self._arms: dict[Spot, dict[Statement, Block]] = {}
        self._visit(function.body, (), {})

    def _visit(self, block: Block, loops: Loops, arms: dict[Statement, Block]) -> None:
        for s in block.statements:
            self._place(s, loops, arms)
            self.maker.update(dict.fromkeys((*block_arguments(s), *targets(s)), s))
            inner = (*loops, s) if isinstance(s, For | While) else loops
            for child in blocks(s):
                self._visit(child, inner, {**arms, s: child} if isinstance(s, If) else arms)
        self._place(block, loops, arms)

    def _place(self, spot: Spot, loops: Loops, arms: dict[Statement, Block]) -> None:
        self._position[spot] = len(self._position)
        self.loops[spot] = loops
        self._arms[spot] = arms

    def statements(self) -> list[Statement]:
        """All statements, in the order in which they stand."""
        return [s for s in self.loops if not isinstance(s, Block)]

    def are_alternatives(self, spots: Sequence[Spot]) -> bool:
        """Whether at most one of some statements runs, as they are in branches of one test."""
        for s, arm in self._arms[spots[0]].items():
            chosen = [self._arms[other].get(s) for other in spots]
            if arm in chosen and None not in chosen and len(set(chosen)) == len(spots):
                return True
        return len(spots) == 1

    def is_between(self, first: Spot | None, s: Spot, last: Spot) -> bool:
        """Whether ``s`` may run after ``first``, which made what ``last`` reads, and before it."""
        around = set() if first is None else set(self.loops[first])
        if isinstance(first, For | While) and first in self.loops[last]:
            around.add(first)  # the head of a loop is made anew in each iteration
        if set(self.loops[s]) & set(self.loops[last]) - around:
            return True
        start = -1 if first is None else self._position[first]
        return start < self._position[s] < self._position[last]

    def may_follow(self, s: Spot, first: Spot, scope: Loops) -> bool:
        """Whether ``s`` may run after ``first``, for something that is made in these loops."""
        again = set(self.loops[first]) & set(self.loops[s]) - set(scope)
        return bool(again) or self._position[s] > self._position[first]
