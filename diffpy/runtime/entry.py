"""Write the function that a call of a derivative enters.

It has the parameters of the user's function, so that Python itself binds keywords and defaults. It
checks every argument, and what it does not recognise it hands to a slow path; the checks cost
some ten nanoseconds each. For ``f(x, n=3)`` with a tape (names end in ``__`` to keep clear of the
user's):

    def entry__(x, n=default__):
        if type__(x) is float and type__(n) is int and -limit <= n < limit:
            tape0__ = borrow__()
            try:
                r__ = compiled__(x, n, seed__, tape0__.handle)
            except BaseException__ as error__:
                failure__ = explain__(error__)
            else:
                return r__
            finally:
                back__(tape0__)
            try:
                raise failure__
            finally:
                del failure__
        return slow__(x, n)
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from diffpy.kinds import Array, Kind, Scalar
from diffpy.runtime.calling import INT_LIMIT, Plan, declare
from diffpy.runtime.tape import borrow_tape, return_tape
from diffpy.structure import (
    METHODS,
    Known,
    Leaf,
    Numbers,
    Sequence,
    Structure,
    is_same,
    leaves,
    list_of,
)


def write_slow_entry(
    signature: inspect.Signature | None, slow: Callable[..., Any], name: str
) -> Callable[..., Any]:
    """An entry that leaves everything but the binding of arguments to the slow path.

    >>> def f(x, n=3): ...
    >>> write_slow_entry(inspect.signature(f), lambda *values: values, "f")(n=4, x=1.0)
    (1.0, 4)
    """
    writer = _Writer({"slow__": slow})
    params, values = writer.parameters(signature, None)
    passed = "*a__" if signature is None else ", ".join(values)
    return writer.finish([f"def entry__({params}):", f"    return slow__({passed})"], name)


def write_entry(
    plan: Plan,
    function: Callable[..., Any],
    signature: inspect.Signature | None,
    slow: Callable[..., Any],
    name: str,
    explain: Callable[[BaseException], BaseException],
) -> Callable[..., Any]:
    """An entry that does for one version what `diffpy.runtime.calling.run` does.

    What the function raises, ``explain`` exchanges for what is raised to the caller.

    >>> from diffpy.kinds import PY_FLOAT
    >>> plan = Plan((Leaf(PY_FLOAT),), (), (), Leaf(PY_FLOAT))
    >>> def f(x): ...
    >>> double = lambda x: 2 * x
    >>> entry = write_entry(plan, double, inspect.signature(f), "slow {}".format, "f", repr)
    >>> entry(3.0), entry(3)
    (6.0, 'slow 3')
    """
    writer = _Writer({"compiled__": function, "slow__": slow, "explain__": explain})
    params, values = writer.parameters(signature, len(plan.arguments))
    passed = "*a__" if signature is None else ", ".join(values)
    if signature is None:
        writer.checks.append(f"len__(a__) == {len(values)}")
    body = [f"    {line}" for line in writer.body(plan, values)]
    return writer.finish([f"def entry__({params}):", *body, f"    return slow__({passed})"], name)


class _Writer:
    """Writes the text of an entry and collects the objects that it names."""

    def __init__(self, names: dict[str, Any]) -> None:
        known = {"type__": type, "len__": len, "BaseException__": BaseException}
        self.names = {**names, **known, "__name__": __name__}
        self.checks: list[str] = []
        self.leaves: list[str] = []
        #: whether the entry takes the arguments apart itself
        self.is_simple = True

    def finish(self, lines: list[str], name: str) -> Callable[..., Any]:
        """The function of these lines, under the name that errors of binding show."""
        exec(compile("\n".join(lines), "<diffpy entry>", "exec"), self.names)
        entry: Callable[..., Any] = self.names["entry__"]
        entry.__name__ = entry.__qualname__ = name
        return entry

    def parameters(
        self, signature: inspect.Signature | None, count: int | None
    ) -> tuple[str, list[str]]:
        """The text between the parentheses of the def, and the text of each value."""
        if signature is None:
            return "*a__", [f"a__[{k}]" for k in range(count or 0)]
        texts = []
        for each in signature.parameters.values():
            bare = each.replace(annotation=inspect.Parameter.empty)
            if each.default is not inspect.Parameter.empty:
                bare = bare.replace(default=_Verbatim(self.name("default", each.default)))
            texts.append(bare)
        header = str(signature.replace(parameters=texts, return_annotation=inspect.Signature.empty))
        return header[1:-1], list(signature.parameters)

    def name(self, stem: str, value: Any) -> str:
        """A name for an object in the entry's globals."""
        name = f"{stem}{len(self.names)}__"
        self.names[name] = value
        return name

    def body(self, plan: Plan, values: list[str]) -> list[str]:
        """Fetch, check, call and return; falls through if a check fails."""
        guards = [self.compared(fetch, expected) for fetch, expected in plan.guards]
        for text, structure in zip(values, plan.arguments, strict=True):
            self.recognise(text, structure)
        fetches = []
        for k, (fetch, structure) in enumerate(plan.hidden):
            fetches.append(f"h{k}__ = {self.name('fetch', fetch)}()")
            self.recognise(f"h{k}__", structure)
        seeds = [self.name("seed", seed) for seed in plan.seeds]
        handles = [f"tape{k}__.handle" for k in range(plan.tapes)]
        call = f"r__ = compiled__({', '.join([*self.leaves, *seeds, *handles])})"
        inner = self.with_tapes(call, plan.tapes, f"return {self.result(plan.result)}")
        test = f"if {' and '.join(self.checks) or True}:"
        if not self.is_simple:
            return []
        lines = [*fetches, test, *(f"    {line}" for line in inner)]
        if guards:  # they say whether there is something to fetch
            lines = [f"if {' and '.join(guards)}:", *(f"    {line}" for line in lines)]
        return lines

    def compared(self, fetch: Callable[[], Any], expected: Any) -> str:
        """The check that what is fetched is an object."""
        found, same = f"{self.name('fetch', fetch)}()", self.name("same", expected)
        if isinstance(expected, METHODS):
            return f"{self.name('is_same', is_same)}({found}, {same})"
        return f"{found} is {same}"

    def recognise(self, text: str, structure: Structure) -> None:
        """Add the checks that an expression has a structure, and its leaves."""
        match structure:
            case Numbers():
                self.is_simple = False
            case Leaf(Array(dtype, ndim)):
                array, name = self.name("ndarray", np.ndarray), self.name("dtype", np.dtype(dtype))
                self.checks.append(
                    f"type__({text}) is {array} and {text}.dtype is {name} "
                    f"and {text}.ndim == {ndim} and {text}.flags.carray"
                )
                self.leaves.append(text)
            case Leaf(kind):
                assert isinstance(kind, Scalar)
                self.checks.append(f"type__({text}) is {self.scalar_type(kind)}")
                if kind.python and kind.dtype == "int64":
                    self.checks.append(f"{-INT_LIMIT} <= {text} < {INT_LIMIT}")
                self.leaves.append(text)
            case Sequence(keys=(_, *_)):
                self.is_simple = False
            case Sequence(cls, items):
                self.checks.append(f"type__({text}) is {self.name('cls', cls)}")
                self.checks.append(f"len__({text}) == {len(items)}")
                for k, item in enumerate(items):
                    self.recognise(f"{text}[{k}]", item)
            case Known(value):
                known = self.name("known", value)
                if isinstance(value, str | bytes | int):
                    self.checks.append(f"type__({text}) is type__({known}) and {text} == {known}")
                else:
                    self.checks.append(f"{text} is {known}")

    def scalar_type(self, kind: Scalar) -> str:
        """The text of the type of a number."""
        python = {"float": float, "int": int, "bool": bool, "complex": complex}
        return self.name("number", python[str(kind)] if kind.python else np.dtype(kind.dtype).type)

    def with_tapes(self, call: str, count: int, then: str) -> list[str]:
        """The call between borrowing and returning its tapes, and what follows it."""
        lines = [
            "try:",
            f"    {call}",
            "except BaseException__ as error__:",
            "    failure__ = explain__(error__)",
            "else:",
            f"    {then}",
        ]
        if count:
            borrow, back = self.name("borrow", borrow_tape), self.name("back", return_tape)
            borrowed = [f"tape{k}__ = {borrow}()" for k in range(count)]
            returned = [f"    {back}(tape{k}__)" for k in range(count)]
            lines = [*borrowed, *lines, "finally:", *returned]
        return [*lines, "try:", "    raise failure__", "finally:", "    del failure__"]

    def result(self, structure: Structure) -> str:
        """The expression that rebuilds the result from ``r__``."""
        kinds = [leaf.kind for leaf in leaves(structure)]
        texts = ["r__"] if len(kinds) == 1 else [f"r__[{k}]" for k in range(len(kinds))]
        converted = [self.convert(text, kind) for text, kind in zip(texts, kinds)]
        whole = isinstance(structure, Sequence) and structure.cls is tuple
        if whole and converted == texts and len(texts) == len(_items(structure)) > 1:
            return "r__"
        return self.rebuild(structure, iter(converted))

    def convert(self, text: str, kind: Kind) -> str:
        if isinstance(kind, Scalar) and not kind.python:
            return f"{self.scalar_type(kind)}({text})"
        if not isinstance(kind, Array):
            return text
        declared = f"{self.name('declare', declare)}({self.name('kind', kind)}, {text})"
        # Arithmetic makes a number of a 0-d array, and numba's makes float64 of single precision.
        if kind.ndim == 0 or kind.dtype == "float32":
            return declared
        return f"({text} if {text}.flags.c_contiguous else {declared})"

    def rebuild(self, structure: Structure, texts: Iterator[str]) -> str:
        match structure:
            case Numbers():
                make, of = self.name("list_of", list_of), self.name("of", structure)
                return f"{make}({of}, {next(texts)})"
            case Leaf():
                return next(texts)
            case Sequence(cls, items):
                parts = "".join(f"{self.rebuild(item, texts)}, " for item in items)
                if cls in (tuple, list):
                    return f"({parts})" if cls is tuple else f"[{parts}]"
                return f"{self.name('make', structure.make)}([{parts}])"
            case Known(value):
                return self.name("known", value)


def _items(structure: Structure) -> tuple[Structure, ...]:
    """The items of a tuple, if all of them are leaves."""
    if isinstance(structure, Sequence) and all(isinstance(i, Leaf) for i in structure.items):
        return structure.items
    return ()


class _Verbatim:
    """Prints as its text: a default value in the text of a signature."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text
