"""Which arrays of a function may share memory, and which of them it may write into.

    a = np.zeros(n)      fresh: made here
    row = a[1:]          a view, in the group of a
    b = a * 2            fresh, a group of its own
    x (a parameter)      its memory is the caller's, who is told if it is written
    G (a global)         not fresh: it may not be written

A store into `a` is allowed, and seen by all of its group. Groups are found when they are asked for,
from how each variable was made.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from diffpy.kinds import Array
from diffpy.transform.build import Builder
from diffpy.transform.ir import Atom, Var

_serial = itertools.count()


@dataclass(eq=False)
class Group:
    """Arrays that may share memory."""

    fresh: bool
    #: parameters whose memory is in the group
    params: set[Var] = field(default_factory=set)
    #: how often one of them was written
    stores: int = 0
    serial: int = field(default_factory=lambda: next(_serial))
    merged: Group | None = None


class Storage:
    """The groups of one frame's arrays."""

    def __init__(self, builder: Builder) -> None:
        self._builder = builder
        self._groups: dict[Var, Group] = {}

    def group(self, array: Var) -> Group:
        """The group of an array variable."""
        group = self._groups.get(array)
        if group is None:
            group = self._groups[array] = self._made(array)
        return self.root(group)

    def root(self, group: Group) -> Group:
        """The group that a group was merged into."""
        while group.merged is not None:
            group = group.merged
        return group

    def _made(self, array: Var) -> Group:
        instr = self._builder.definitions.get(array)
        if instr is None:
            return Group(fresh=False)
        if instr.primitive.view or not instr.primitive.fresh:
            sources = [a for a in instr.args if isinstance(a, Var) and isinstance(a.kind, Array)]
            sources = sources[:1] if instr.primitive.view else sources
            group = Group(fresh=True)
            for source in sources:
                group = self.union(group, self.group(source))
            return group
        return Group(fresh=True)

    def join(self, array: Atom, group: Group) -> Group:
        """Note that an array may be one of the group."""
        if not isinstance(array, Var):
            return group
        known = self._groups.get(array)
        if known is None and array not in self._builder.definitions:
            self._groups[array] = group
            return self.group(array)
        return self.union(self.group(array), group)

    def union(self, first: Group, second: Group) -> Group:
        """One group of two; the older one stays."""
        first, second = self.root(first), self.root(second)
        if first is second:
            return first
        older, newer = sorted((first, second), key=lambda g: g.serial)
        older.fresh = older.fresh and newer.fresh
        older.params |= newer.params
        older.stores += newer.stores
        newer.merged = older
        return older
