"""Extents as numbers of a program: what the forms of `diffpy.rules.extents` come to."""

from __future__ import annotations

from typing import Any

from diffpy.kinds import PY_INT
from diffpy.rules.elementwise import python_max
from diffpy.rules.notation import Value, as_value
from diffpy.rules.registry import Primitive
from diffpy.runtime import arrays

#: ``part_extent(n, start, stop)``: how many of n elements a slice takes
part_extent = Primitive(
    "part_extent",
    "part_extent(_0, _1, _2)",
    lambda kinds: PY_INT,
    evaluate=arrays.part_extent,
    reads_storage=False,
)
#: ``joint_extent(n, m)``: what two extents broadcast to; raises where they do not
joint_extent = Primitive(
    "joint_extent",
    "joint_extent(_0, _1)",
    lambda kinds: PY_INT,
    evaluate=arrays.joint_extent,
    reads_storage=False,
)


def count_shortened(n: Value, by: int) -> Value:
    return python_max(n - by, 0)


def count_part(n: Value, start: Any, stop: Any) -> Value:
    first = as_value(0) if start is None else Value(start)
    result: Value = part_extent(n, first, n if stop is None else Value(stop))
    return result


def count_joint(first: Value, second: Value) -> Value:
    result: Value = joint_extent(first, second)
    return result
