"""What lowered code asks and does: the questions of patterns, imports inside of functions.

See `lower_match` and `lower_imports` for where they come from.
"""

from __future__ import annotations

import importlib
import operator
from collections.abc import Callable
from typing import Any

import gast
import numpy as np

from diffpy.transform import intrinsics
from diffpy.transform.ir import Atom, Const
from diffpy.transform.specialise_folds import Folds
from diffpy.transform.specialise_frames import TRUE, as_flag
from diffpy.transform.values import (
    Abstract,
    Composite,
    Static,
    TupleForm,
    describe_kind,
    is_array,
    is_atom,
    is_dict,
    is_tuple,
)

#: as `collections.abc.Sequence` says it to the interpreter; NumPy's have the flag since 2.5
_ARRAYS_ARE_SEQUENCES = bool(np.ndarray.__flags__ & 1 << 5)
#: classes whose one positional pattern is about the value itself
_THEMSELVES = (bool, bytearray, bytes, dict, float, frozenset, int, list, set, str, tuple)


class Patterns(Folds):
    """How the intrinsics are evaluated."""

    def question(self, function: Any, rest: list[Any]) -> Callable[[Abstract], bool | Atom] | None:
        """What a test asks of its first argument, if that depends on its kind alone."""
        if isinstance(function, gast.Name) and function.id not in self.definition.locals:
            if function.id not in ("isinstance", "callable", "hasattr"):
                return None
            asked = self.evaluate(function)
        elif isinstance(function, gast.Constant):
            asked = Static(function.value)
        else:
            return None
        answer = _QUESTIONS.get(id(asked.value)) if isinstance(asked, Static) else None
        if answer is None:
            return None
        arguments = [self.evaluate(argument) for argument in rest]
        return lambda value: answer(self, value, *arguments)

    def is_sequence(self, value: Abstract, count: Abstract, more: Abstract) -> bool | Atom:
        """Whether a sequence pattern fits: so many items, or at least so many."""
        assert isinstance(count, Const) and isinstance(more, Const)
        value = self.opened(self.seen(value))
        if is_array(value) and _ARRAYS_ARE_SEQUENCES:
            if more.value:
                raise self.unsupported("a pattern with * of an array")
            return self._as_test(self.apply(operator.eq, self.dim(value, 0), count))
        if not isinstance(value, Composite) or not isinstance(value.form, TupleForm):
            if isinstance(value, Static):
                return False
            if not is_atom(value) and not is_dict(value):
                raise self.unsupported(f"a sequence pattern of {describe_kind(value):an}")
            return False
        if not issubclass(value.form.cls, tuple | list):
            return False  # a view of a dict
        length = len(value.items)
        return length >= count.value if more.value else length == count.value

    def is_mapping(self, value: Abstract, keys: Abstract) -> bool:
        value = self.opened(self.seen(value))
        if not is_dict(value):
            return False
        assert isinstance(keys, Composite)
        known = self.mapping(value)
        return all(self.key_of(key) in known for key in keys.items)

    def has_attribute(self, value: Abstract, name: Abstract) -> bool | Atom:
        if not (isinstance(name, Static) and isinstance(name.value, str)):
            raise self.error("the name of an attribute must be known while compiling")
        if isinstance(value, Static):
            owner, wanted = value.value, name.value
            found = hasattr(owner, wanted)
            self.assume(value, f"attribute {wanted}", lambda: hasattr(owner, wanted) is found)
            return found
        # not hasattr: that of a class finds what the class of classes has, too
        return any(name.value in vars(base) for base in self._class_of(value).__mro__)

    def is_callable(self, value: Abstract) -> bool:
        if isinstance(value, Composite):
            return not (is_tuple(value) or is_dict(value))
        return isinstance(value, Static) and callable(value.value)

    def _field(self, subject: Abstract, cls: Abstract, place: Abstract, count: Abstract) -> Any:
        """What the positional pattern of a class is about."""
        assert isinstance(place, Const) and isinstance(count, Const)
        assert isinstance(cls, Static)
        names = getattr(cls.value, "__match_args__", None)
        if names is None and issubclass(cls.value, _THEMSELVES):
            if count.value == 1:
                return subject
            names = ()
        names = names or ()
        if count.value > len(names):
            name = cls.value.__name__
            message = f"{name}() accepts {len(names)} positional sub-patterns ({count.value} given)"
            self.throw("TypeError", message)
        return self.distribute((subject,), lambda value: self.attribute(value, names[place.value]))

    def _import_module(self, name: Abstract, top: Abstract) -> Abstract:
        assert isinstance(name, Static) and isinstance(top, Const)
        module = self._imported(name.value)
        if top.value:
            module = self._imported(name.value.partition(".")[0])
        return Static(module, module.__name__)

    def _import_from(self, name: Abstract, member: Abstract, level: Abstract) -> Abstract:
        assert isinstance(name, Static) and isinstance(member, Static)
        assert isinstance(level, Const)
        package = self.definition.globals.get("__package__")
        module = self._imported("." * level.value + name.value, package)
        if not hasattr(module, member.value):
            try:
                importlib.import_module(f"{module.__name__}.{member.value}")
            except ImportError:
                self.throw(
                    "ImportError",
                    f"cannot import name {member.value!r} from {module.__name__!r}",
                )
        return self.attribute(Static(module, module.__name__), member.value)

    def _imported(self, name: str, package: str | None = None) -> Any:
        """A module; one that cannot be imported raises where the program would."""
        try:
            return importlib.import_module(name, package)
        except ImportError as error:
            self.throw(type(error).__name__, str(error))

    def narrowing_question(self, node: Any) -> tuple[str, Callable[[Abstract], bool | Atom]] | None:
        match node:
            case gast.Call(func=function, args=[gast.Name(id=name), *rest], keywords=[]):
                asked = self.question(function, rest) if self._is_union_name(name) else None
                return None if asked is None else (name, asked)
        return None


def _answering(
    answer: Callable[..., bool | Atom],
) -> Callable[..., Abstract]:
    """A question of one kind as a call of a value that may be of several."""

    def call(self: Patterns, value: Abstract, *arguments: Abstract) -> Abstract:
        return self.distribute((value,), lambda v: as_flag(answer(self, v, *arguments)))

    return call


_QUESTIONS: dict[int, Callable[..., bool | Atom]] = {
    id(isinstance): Patterns.is_instance,
    id(intrinsics.INSTANCE_OF): Patterns.is_instance,
    id(intrinsics.SEQUENCE_OF): Patterns.is_sequence,
    id(intrinsics.MAPPING_WITH): Patterns.is_mapping,
    id(hasattr): lambda self, value, name: self.has_attribute(value, name),
    id(intrinsics.HAS_FIELD): lambda self, value, name: self.has_attribute(value, name),
    id(callable): lambda self, value: self.is_callable(value),
}
PATTERN_CALLS: dict[int, Callable[..., Abstract | None]] = {
    **{key: _answering(answer) for key, answer in _QUESTIONS.items()},
    id(intrinsics.FIELD): Patterns._field,
    id(intrinsics.BOUND): lambda self, value: TRUE,
    id(intrinsics.IMPORT_MODULE): Patterns._import_module,
    id(intrinsics.IMPORT_FROM): Patterns._import_from,
}
