"""What every declaration must have."""

from __future__ import annotations

import functools
import types

import pytest

import diffpy.rules
from diffpy.rules import (
    containers,
    counts,
    item_parts,
    linalg,
    operators,
    structural,
    tables,
    views,
)
from diffpy.rules.registry import Primitive
from rules.cases import CASES
from rules.harness import check

#: operations of the compiler itself, tested with the passes that emit them
_CORE = {
    p
    # transform/test_lists.py, transform/test_shapes.py, test_run_time_keys.py, test_aliases.py,
    # test_parts_of_items.py
    for module in (structural, containers, counts, item_parts, tables, views)
    for p in vars(module).values()
    if isinstance(p, Primitive)
}
_CORE |= {linalg.has_cholesky}  # what handlers ask: tests/zoo/exceptions.py
_CORE |= {operators.float_power}  # of widen_powers: tests/test_attacks_scalars.py


@functools.cache
def exercised() -> frozenset[Primitive]:
    seen: set[Primitive] = set()
    for case in CASES:
        seen |= check(case.function, *case.args, **case.checks, **case.options).seen
    return frozenset(seen)


def declared() -> dict[str, Primitive]:
    found = {}
    for module in vars(diffpy.rules).values():
        if isinstance(module, types.ModuleType) and module is not structural:
            for name, value in vars(module).items():
                if isinstance(value, Primitive) and value not in _CORE and not value.effect:
                    found[f"{module.__name__.rpartition('.')[2]}.{name}"] = value
    return found


@pytest.mark.parametrize("name", sorted(declared().keys() - {"creation._empty_like"}))
def test_is_exercised(name):
    assert declared()[name] in exercised()


@pytest.mark.parametrize("primitive", sorted(exercised(), key=lambda p: p.name), ids=str)
def test_has_both_modes(primitive):
    if primitive.partials is not None:
        return
    if primitive.vjp is None:
        assert primitive.jvp is None and not primitive.linear, "forward mode only"
        return
    for operand, rule in enumerate(primitive.vjp):
        if rule is not None:
            forward = primitive.jvp is not None and primitive.jvp[operand] is not None
            assert forward or operand in primitive.linear, f"operand {operand}: reverse mode only"
