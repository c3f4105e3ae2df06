"""One derivative per signature: which of them a call means.

A version belongs to the structures of the arguments, to the structures of the globals and cells
that the function reads, and to the identity of the functions and modules that it names. All of
them are compared at each call. The table is bounded: what was not used for longest goes.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any, Generic, Protocol, TypeVar

import numpy as np

from diffpy.config import config
from diffpy.errors import (
    AliasingError,
    DiffpyError,
    NonDifferentiableInputError,
    PerformanceWarning,
    ReadOnlyError,
    render,
)
from diffpy.explain_values import refusal
from diffpy.kinds import PY_BOOL, PY_INT, Array
from diffpy.structure import (
    Known,
    Leaf,
    Numbers,
    Structure,
    describe,
    flatten,
    has_structure,
    is_same,
    is_shared,
    leaves,
    with_known,
)
from diffpy.structure import Sequence as TupleStructure
from diffpy.transform.program import Specialised

MAX_VERSIONS = 64
MAX_KNOWN_VALUES = 8
#: of `np.shares_memory`; what it cannot tell so quickly counts as shared
_MOST_WORK = 10_000


class HasSpecialised(Protocol):
    """A version: something made for a `Specialised`."""

    @property
    def specialised(self) -> Specialised: ...


V = TypeVar("V", bound=HasSpecialised)
Structures = tuple[Structure, ...]
#: of leaves, counted from the left through all arguments
Places = tuple[int, ...]
#: more integers than these are not tried one by one
MOST_INTEGERS = 4


class VersionTable(Generic[V]):
    """The versions of one derivative, generated on demand; safe for threads.

    Parameters
    ----------
    generate : callable
        Makes the version for structures that there is none for.
    name : str
        Of the user's function, for messages.
    """

    def __init__(self, generate: Callable[[Structures], V], name: str) -> None:
        self._generate = generate
        self._name = name
        self._versions: OrderedDict[Structures, list[V]] = OrderedDict()
        #: the places of the leaves on whose values there are versions
        self._decisive: dict[Structures, Places] = {}
        self._known: dict[int, set[Known]] = {}
        self._lock = threading.RLock()
        config.watch(self.clear)

    def clear(self) -> None:
        """Forget all versions."""
        with self._lock:
            self._versions.clear()
            self._decisive.clear()

    def find(self, structures: Structures, values: Sequence[Any]) -> tuple[V, tuple[Any, ...]]:
        """The version for a call now, and the values of its hidden arguments."""
        with self._lock:
            given = structures
            structures = _with_known(given, values, self._decisive.get(given, ()))
            versions = self._versions.get(structures)
            if versions is not None:
                self._versions.move_to_end(structures)
                for version in versions:
                    hidden = current_values(version.specialised)
                    if hidden is not None:
                        return version, hidden
            structures, version = self._made(given, values)
            hidden = current_values(version.specialised)
            if hidden is None:  # another thread rebinds the globals: what it was made for counts
                hidden = tuple(h.fetch() for h in version.specialised.hidden)
            self._add(structures, version)
            return version, hidden

    def _made(self, given: Structures, values: Sequence[Any]) -> tuple[Structures, V]:
        """A new version, and its structures.

        Flags and integers are operands. Where a function does not pass the compiler so, as they
        decide what it returns, or of which kind something is, a version is made for their values.

        Raises
        ------
        DiffpyError
            With the flags known, if there are any: that is what is wrong with this call.
        """
        flags, *others = _what_may_decide(given)
        failure: DiffpyError | None = None
        for places in dict.fromkeys((self._decisive.get(given, ()), flags, *others)):
            try:
                structures = _with_known(given, values, places)
                version = self._generate(structures)
            except NonDifferentiableInputError:
                raise
            except DiffpyError as error:
                if failure is None or places == flags:
                    failure = error
            else:
                self._decisive[given] = places
                return structures, version
        assert failure is not None
        raise failure

    def _add(self, structures: Structures, version: V) -> None:
        kept = self._versions.setdefault(structures, [])
        kept.insert(0, version)
        del kept[MAX_VERSIONS:]
        while sum(map(len, self._versions.values())) > MAX_VERSIONS:
            oldest = next(iter(self._versions))
            self._versions[oldest].pop()
            if not self._versions[oldest]:
                del self._versions[oldest]
        self._count_known_values(structures)

    def _count_known_values(self, structures: Structures) -> None:
        """Say so, once, when a derivative is generated for ever new functions or strings."""
        for k, structure in enumerate(structures):
            if not isinstance(structure, Known):
                continue
            seen = self._known.setdefault(k, set())
            if len(seen) > MAX_KNOWN_VALUES:
                continue
            seen.add(structure)
            if len(seen) > MAX_KNOWN_VALUES:
                warn(
                    f"argument {k} of {self._name} has had more than {MAX_KNOWN_VALUES} values, "
                    f"the last one {structure.value!r}",
                    why="a derivative is generated for each function and each string",
                    fix="pass the same function object every time, and what varies as a number",
                )

    def __iter__(self) -> Any:
        with self._lock:
            return iter([v for versions in self._versions.values() for v in versions])

    def last_used(self) -> V | None:
        """The version of the latest call that had to look it up."""
        with self._lock:
            return next(reversed(self._versions.values()))[0] if self._versions else None


def _with_known(structures: Structures, values: Sequence[Any], places: Places) -> Structures:
    """The structures of arguments with the leaves at some places known by value."""
    if not places:
        return structures
    whole = with_known(TupleStructure(tuple, structures), tuple(values), places)
    assert isinstance(whole, TupleStructure)
    return whole.items


def _what_may_decide(structures: Structures) -> Iterator[Places]:
    """The places of leaves whose values may decide kinds: the flags, also an integer, also all."""
    kinds = [leaf.kind for leaf in leaves(TupleStructure(tuple, structures))]
    flags = tuple(k for k, kind in enumerate(kinds) if kind == PY_BOOL)
    integers = tuple(k for k, kind in enumerate(kinds) if kind == PY_INT)
    yield flags
    if len(integers) <= MOST_INTEGERS:
        yield from ((*flags, k) for k in integers)
    if len(integers) > 1:
        yield (*flags, *integers)


def current_values(specialised: Specialised) -> tuple[Any, ...] | None:
    """The hidden arguments as they are now, or None if the version does not fit any more."""
    if not all(is_same(guard.fetch(), guard.expected) for guard in specialised.guards):
        return None
    values = tuple(hidden.fetch() for hidden in specialised.hidden)
    for hidden, value in zip(specialised.hidden, values):
        if not has_structure(value, hidden.structure):
            return None
    return values


def refuse_shared(
    specialised: Specialised, values: Sequence[Any], hidden: Sequence[Any], function: str
) -> None:
    """Refuse arguments that share memory, or an object, which the function changes.

    Raises
    ------
    AliasingError
    ReadOnlyError
        If the function would raise, or could in another branch.
    """
    if specialised.changes_arguments and is_shared(values, specialised.outside):
        raise AliasingError(
            f"arguments of {function} share a list, a dict or an object with each other, or with "
            f"what it reads from outside, and {function} changes its arguments, or compares them "
            "with `is`",
            why="a change of one would have to be seen in the other",
            fix="pass copies: copy.deepcopy(x)",
        )
    if not specialised.written and not specialised.in_order:
        return
    structures = (*specialised.arguments, *(h.structure for h in specialised.hidden))
    found = flatten(TupleStructure(tuple, structures), (*values, *hidden))
    for k, leaf in enumerate(found):
        strict = specialised.in_order and (k in specialised.written or np.ndim(leaf) > 1)
        if strict and not leaf.flags.c_contiguous:
            raise AliasingError(
                f"{function} writes into an array that goes by two names, one of which is a copy "
                "where arrays do not lie in the order of C",
                why="an array that is passed here does not, and the derivative would take one that "
                "does",
                fix="pass np.ascontiguousarray(x)",
            )
    for k in specialised.written:
        if not found[k].flags.writeable:
            raise ReadOnlyError(
                f"{function} writes into an array that is read-only",
                fix="pass a copy: x.copy()",
            )
        if _overlaps_itself(found[k]):
            raise AliasingError(
                f"{function} writes into an array whose elements share memory with each other",
                why="a store into one would have to be seen in the other",
                fix="pass a copy: x.copy()",
            )
        if any(j != k and _overlap(found[k], other) for j, other in enumerate(found)):
            raise AliasingError(
                f"{function} writes into an array that shares memory with another argument, or "
                "with an array that it reads from outside",
                why="a store into one would have to be seen in the other",
                fix="pass a copy of one of them: x.copy()",
            )


def _overlaps_itself(array: np.ndarray) -> bool:
    """Whether two elements of an array may be in one place.

    >>> _overlaps_itself(np.broadcast_to(1.0, (2, 3))), _overlaps_itself(np.ones((4, 4)).T[::2])
    (True, False)
    """
    if array.flags.forc or array.size == 0:
        return False
    extent = array.itemsize
    for stride, length in sorted((abs(s), n) for s, n in zip(array.strides, array.shape) if n > 1):
        if stride < extent:
            return True
        extent += stride * (length - 1)
    return False


def _overlap(first: Any, second: Any) -> bool:
    if not (isinstance(first, np.ndarray) and isinstance(second, np.ndarray)):
        return False
    try:
        return np.shares_memory(first, second, max_work=_MOST_WORK)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return True


def describe_arguments(values: Sequence[Any], names: Sequence[str], function: str) -> Structures:
    """The structures of the arguments of a call; refuses what has none."""
    structures = tuple(map(describe, values))
    for k, structure in enumerate(structures):
        if structure is None:
            label = repr(names[k]) if k < len(names) else str(k)
            raise refusal(values[k], label, function)
    return structures  # type: ignore[return-value]


def signature_text(structures: Structures) -> str:
    """The kinds of the arguments, as people write them.

    >>> import numpy as np
    >>> signature_text((describe(1.0), describe(np.zeros((2, 3))), describe((1, None))))
    '(float, float64[:, :], (int, None))'
    """
    return f"({', '.join(map(_kind_text, structures))})"


def _kind_text(structure: Structure) -> str:
    match structure:
        case Numbers(item=item):
            return f"list[{item}]"
        case Leaf(Array(dtype, 0)):
            return f"{dtype}[()]"
        case Leaf(kind):
            return str(kind)
        case TupleStructure(cls, items, (_, *_) as keys):
            parts = ", ".join(f"{k}: {_kind_text(i)}" for k, i in zip(keys, items))
            return f"{{{parts}}}" if cls is dict else f"{cls.__name__}({parts})"
        case TupleStructure(cls, items):
            inner = ", ".join(map(_kind_text, items))
            if cls is list:
                return f"[{inner}]"
            if cls is not tuple:
                return f"{cls.__name__}({inner})"
            return f"({inner},)" if len(items) == 1 else f"({inner})"
        case Known(value):
            return getattr(value, "__name__", None) or repr(value)


def warn(what: str, why: str = "", fix: str = "") -> None:
    """A `PerformanceWarning` that points at the caller's line outside diffpy."""

    def is_ours(frame: FrameType) -> bool:
        return str(frame.f_globals.get("__name__", "")).partition(".")[0] == "diffpy"

    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and is_ours(frame):
        frame, level = frame.f_back, level + 1
    warnings.warn(render(what, None, why, fix), PerformanceWarning, stacklevel=level)
