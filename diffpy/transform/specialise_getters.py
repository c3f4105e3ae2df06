"""Small callables of the standard library: `operator.itemgetter` and such, methods of strings."""

from __future__ import annotations

import functools
import operator
import string
from collections.abc import Callable
from typing import Any

from diffpy.transform.ir import Const
from diffpy.transform.specialise_expressions import UNKNOWN_TEXT
from diffpy.transform.specialise_patterns import Patterns
from diffpy.transform.values import (
    Abstract,
    Composite,
    DictForm,
    Formatted,
    NamedForm,
    Static,
    describe_kind,
    dict_of,
    is_tuple,
    tuple_of,
)

ITEMGETTER = NamedForm("itemgetter")
ATTRGETTER = NamedForm("attrgetter")
METHODCALLER = NamedForm("methodcaller")


class Getters(Patterns):
    """How they are made and called."""

    def _itemgetter(self, *keys: Abstract) -> Abstract:
        return Composite(ITEMGETTER, keys)

    def _attrgetter(self, *names: Abstract) -> Abstract:
        if not all(isinstance(n, Static) and isinstance(n.value, str) for n in names):
            raise self.error("the name of an attribute must be known while compiling")
        return Composite(ATTRGETTER, names)

    def _methodcaller(self, name: Abstract, *arguments: Abstract, **keywords: Abstract) -> Abstract:
        if not (isinstance(name, Static) and isinstance(name.value, str)):
            raise self.error("the name of a method must be known while compiling")
        return Composite(METHODCALLER, (name, tuple_of(*arguments), dict_of(keywords)))

    def lifted_getter(self, getter: Any) -> Abstract:
        """One that was made outside of the function."""
        maker, given = getter.__reduce__()
        named = {}
        if isinstance(maker, functools.partial):  # so a method's keyword arguments are kept
            given, named = (*maker.args, *given), maker.keywords
        operands = [self.from_rule(a, "item") for a in given]
        keywords = {name: self.from_rule(v, name) for name, v in named.items()}
        return _MAKERS[type(getter)](self, *operands, **keywords)

    def call_getter(
        self, getter: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        if len(arguments) != 1 or keywords:
            name = describe_kind(getter)
            self.throw("TypeError", f"{name} expected 1 argument, got {len(arguments)}")
        if getter.form == METHODCALLER:
            return self.distribute((arguments[0],), lambda owner: self._called(owner, getter))
        get = self._get_item if getter.form == ITEMGETTER else self._get_attribute
        found = [get(arguments[0], key) for key in getter.items]
        return found[0] if len(found) == 1 else tuple_of(*found)

    def _called(self, owner: Abstract, getter: Composite) -> Abstract:
        name, arguments, keywords = getter.items
        assert isinstance(name, Static)
        assert isinstance(arguments, Composite) and isinstance(keywords, Composite)
        assert isinstance(keywords.form, DictForm)
        named = dict(zip(keywords.form.keys, keywords.items))
        return self.call(self.attribute(owner, name.value), [*arguments.items], named)

    def _get_item(self, container: Abstract, key: Abstract) -> Abstract:
        return self.distribute((container, key), self.subscript)

    def _get_attribute(self, value: Abstract, path: Abstract) -> Abstract:
        assert isinstance(path, Static)
        for name in path.value.split("."):
            value = self.distribute((value,), lambda v, name=name: self.attribute(v, name))
        return value

    def call_text_method(
        self, method: Any, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        """A method of a string that is known while compiling."""
        if method.__name__ == "format":
            return self._formatted_text(method.__self__, arguments, keywords)
        try:
            given = [self._known_value(argument) for argument in arguments]
            named = {name: self._known_value(value) for name, value in keywords.items()}
        except LookupError:
            if method.__name__ == "join" and len(arguments) == 1:
                return UNKNOWN_TEXT
            raise self.unsupported(
                f"the arguments of `{method.__name__}` are not known while compiling"
            ) from None
        try:
            return self.from_rule(method(*given, **named), method.__name__)
        except (TypeError, ValueError) as error:
            self.throw(type(error).__name__, str(error))

    def _known_value(self, value: Abstract) -> Any:
        match value:
            case Const() | Static():
                return value.value
            case Composite() if is_tuple(value):
                return tuple(map(self._known_value, value.items))
        raise LookupError

    def _formatted_text(
        self, template: str, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        """``"{} and {name:.3f}".format(x, name=y)``."""
        pieces: list[str | tuple[Formatted, Abstract]] = []
        automatic = iter(arguments)
        try:
            for literal, name, spec, conversion in string.Formatter().parse(template):
                pieces.append(literal)
                if name is None:
                    continue
                if name == "":
                    value = next(automatic)
                elif name.isdigit():
                    value = arguments[int(name)]
                elif name.isidentifier():
                    value = keywords[name]
                else:
                    return UNKNOWN_TEXT
                if "{" in (spec or ""):
                    return UNKNOWN_TEXT
                pieces.append((Formatted(conversion or "", spec or ""), value))
        except (StopIteration, IndexError):
            self.throw("IndexError", "Replacement index out of range for positional args tuple")
        except KeyError as error:
            self.throw("KeyError", str(error.args[0]))
        except ValueError as error:
            self.throw("ValueError", str(error))
        return self.text(pieces)


_MAKERS: dict[type, Callable[..., Abstract]] = {
    operator.itemgetter: Getters._itemgetter,
    operator.attrgetter: Getters._attrgetter,
    operator.methodcaller: Getters._methodcaller,
}
GETTERS = tuple(_MAKERS)

GETTER_CALLS: dict[int, Callable[..., Abstract | None]] = {
    **{id(maker): make for maker, make in _MAKERS.items()},
    id(operator.index): lambda self, value: value,
    id(operator.getitem): Getters._get_item,
}
