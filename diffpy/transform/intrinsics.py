"""What lowered code calls: functions that have no name in the user's program.

They stand in the tree as constants, so no variable of the user's can hide them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Intrinsic:
    """A function of the compiler's own."""

    name: str

    def __repr__(self) -> str:
        return self.name

    def __deepcopy__(self, memo: object) -> Intrinsic:
        return self  # copies of a tree call the same function


#: ``instance_of(value, class)``: what a class pattern asks
INSTANCE_OF = Intrinsic("instance_of")
#: ``sequence_of(value, count, more)``: a tuple or list of so many items, or of more
SEQUENCE_OF = Intrinsic("sequence_of")
#: ``mapping_with(value, keys)``: a dict that has these keys
MAPPING_WITH = Intrinsic("mapping_with")
#: ``has_field(value, name)``
HAS_FIELD = Intrinsic("has_field")
#: ``field(value, class, position)``: what a positional pattern of a class is about
FIELD = Intrinsic("field")
#: ``bound(value)``: true; its argument binds a name
BOUND = Intrinsic("bound")
#: ``import_module(name, top)``: a module, or the first package of a dotted name
IMPORT_MODULE = Intrinsic("import_module")
#: ``import_from(module, name, level)``
IMPORT_FROM = Intrinsic("import_from")
