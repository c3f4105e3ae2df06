"""Calls that write into an argument are stores.

    np.multiply(a, b, out=c[1:])        c[1:] = a * b
    np.add.at(a, indices, b)            a[indices] += b, each as often as it is named
    a.sort()                            a[...] = np.sort(a)
    a.shape = 2, 3                      a = a.reshape(2, 3)

The third kind is written in Python, in `rules/in_place.py`; the last is for an array that has no
other name, which would see the other shape.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from diffpy.kinds import Array, List
from diffpy.rules import structural
from diffpy.rules.in_place import METHODS, selected, selection, update_each
from diffpy.rules.notation import Value
from diffpy.rules.registry import definition_of
from diffpy.rules.views import reshape
from diffpy.transform.ir import Atom, Block, Call, Const, Instr, Var, walk
from diffpy.transform.specialise_frames import Environment
from diffpy.transform.specialise_library import Library
from diffpy.transform.values import (
    METHOD,
    NONE,
    Abstract,
    ArrayMethod,
    Composite,
    Static,
    atoms_of,
    describe_kind,
    is_array,
    is_atom,
    is_tuple,
    tuple_of,
)

_WHOLE = tuple_of(Static(...))


class InPlace(Library):
    """How functions with an output argument, and those that update arrays, are called."""

    def attribute(self, owner: Abstract, name: str) -> Abstract:
        if name in METHODS and is_array(owner):
            return Composite(METHOD, (Static(METHODS[name]), owner))
        return super().attribute(owner, name)

    def reshape_in_place(self, target: Any, array: Abstract, shape: Abstract) -> None:
        """``a.shape = shape``: the name stands for another view."""
        assert isinstance(array, Var)
        known = target.attr == "shape" and isinstance(target.value, gast.Name)
        if not (known and self._is_new(array) and self._has_no_name_but(target.value.id, array)):
            raise self.unsupported(
                f"the attribute `{target.attr}` of an array is assigned here",
                "the array may have other names, which would show that too",
                "a = a.reshape(…)",
            )
        self.assign_name(target.value.id, self.apply(np.reshape, array, shape))

    def _is_new(self, array: Atom) -> bool:
        """Whether an operation made a new object, which may show another's memory."""
        made = self.builder.definitions.get(array) if isinstance(array, Var) else None
        views = (structural.index, reshape)
        return made is not None and (made.primitive.fresh or made.primitive in views)

    def _has_no_name_but(self, name: str, array: Var) -> bool:
        """Whether this is the only variable for an array that is in no list of the program."""
        group = self.storage.group(array)
        env: Environment | None = self.env
        while env is not None:
            values = (value for other, value in env.names.items() if other != name)
            for atom in (a for value in values for a in atoms_of(value)):
                if atom is array:
                    return False
                if isinstance(atom, Var) and isinstance(atom.kind, Array):
                    if self.storage.group(atom) is group and not self._is_new(atom):
                        return False
            env = env.outer
        return not any(
            isinstance(s, Instr | Call)
            and array in s.args
            and any(isinstance(a.kind, List) for a in s.args)
            for s in walk(Block(tuple(self.builder.everything())))
        )

    def _call_static(
        self, function: Static, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        value = function.value
        owner = getattr(value, "__self__", None)
        if isinstance(owner, np.ufunc) and value.__name__ == "at":
            return self._update_at(owner, arguments)
        if isinstance(value, np.ufunc):
            arguments, given = arguments[: value.nin], arguments[value.nin :]
            if given:
                keywords = {**keywords, "out": tuple_of(*given)}
        if "out" not in keywords or definition_of(value) is None:
            return super()._call_static(function, arguments, keywords)
        rest = dict(keywords)
        out = self._output(rest.pop("out"))
        where = rest.pop("where", None) if isinstance(value, np.ufunc) and out else None
        compute = super()._call_static
        if out is None:
            return compute(function, arguments, rest)

        if where is not None:
            # of the elements that are left out nothing is computed, which might have no slope
            mask = self.call_source(selection, where, out)
            given = [
                a if is_atom(a) and not is_array(a) else self.call_source(selected, a, where, out)
                for a in arguments
            ]
            return self._store_into(out, lambda: compute(function, given, rest), mask)
        return self._store_into(out, lambda: compute(function, arguments, rest))

    def _call_method(
        self, method: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        function, owner = method.items
        named = isinstance(function, Static) and isinstance(function.value, ArrayMethod)
        compute = super()._call_method
        if not (named and is_array(owner)) or "out" not in keywords:
            return compute(method, arguments, keywords)
        rest = dict(keywords)
        out = self._output(rest.pop("out"))
        if out is None:
            return compute(method, arguments, rest)
        return self._store_into(out, lambda: compute(method, arguments, rest))

    def _output(self, given: Abstract) -> Abstract | None:
        """The array that ``out=`` names; None if there is none."""
        if isinstance(given, Composite) and is_tuple(given):
            if len(given.items) != 1:
                raise self.unsupported("a call with several output arrays is not supported")
            given = given.items[0]
        if isinstance(given, Static) and given.value is None:
            return None
        return given

    def _store_into(
        self, out: Abstract, result: Callable[[], Abstract], key: Abstract = _WHOLE
    ) -> Abstract:
        """``out[key] = result``, with NumPy's rules for the output of a function."""
        if not isinstance(out, Var) or not isinstance(out.kind, Array):
            raise self.error(f"{describe_kind(out):an} cannot be an output array")
        value = result()
        if not isinstance(value, Var | Const):
            raise self.error(f"{describe_kind(value):an} cannot be stored in an array")
        rank = value.kind.ndim if isinstance(value.kind, Array) else 0
        dtype = getattr(value.kind, "dtype", "object")
        if not np.can_cast(dtype, out.kind.dtype, "same_kind") or rank > out.kind.ndim:
            self.throw("TypeError", f"a result of {dtype} does not fit the output array")
        self.store(out, key, value, self._output_node())
        return out

    def _output_node(self) -> Any:
        """Where the call names its output array."""
        keywords = getattr(self.node, "keywords", ())
        return next((k.value for k in keywords if k.arg == "out"), self.node)

    def _update_at(self, function: Any, arguments: list[Abstract]) -> Abstract:
        """``np.add.at(a, indices, b)`` and the like."""
        if len(arguments) != 3:
            raise self.unsupported(f"np.{function.__name__}.at without an operand")
        array, key, value = arguments
        if function not in (np.add, np.subtract):
            return self.call_python(update_each, [Static(function), *arguments], {})
        self._check_store(array, self.node)
        assert isinstance(array, Var) and isinstance(array.kind, Array)
        if not isinstance(value, Var | Const):
            value = self.call(Static(np.array), [value], {})
        assert isinstance(value, Var | Const)
        if not np.can_cast(value.kind.dtype, array.kind.dtype, "same_kind"):  # type: ignore[union-attr]
            raise self.error(
                f"{describe_kind(value):an} is added to elements of {describe_kind(array):an}",
                "NumPy cuts off what does not fit",
                "an array of the kind of what is added: a.astype(float)",
            )
        term = Value(value) if function is np.add else -Value(value)
        if is_array(value):
            term = structural.copy(term)  # it may show the array
        pattern, operands = self.encode(key)
        structural.accumulate(Value(array), term, *operands, pattern=pattern)
        self._wrote(array)
        return NONE
