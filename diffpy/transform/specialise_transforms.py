"""Derivatives taken inside of a program: ``grad(g)(x)`` in a function that is differentiated.

The function is specialised to its arguments like any callee, differentiated, and called:

    def f(x):                          f_g(y, x): return y * y * x
        def g(y):                      f_g_grad(y, x): return y * x + y * x
            return y * y * x           f(x): return f_g_grad(2.0, x)
        return grad(g)(2.0)
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from diffpy.errors import DiffpyError
from diffpy.kinds import Array
from diffpy.parameters import Position
from diffpy.rules import structural
from diffpy.structure import Known, Leaf, leaves
from diffpy.transform.ir import Atom, Call, Const, Var
from diffpy.transform.own_items import writes_into_items
from diffpy.transform.program import Hidden, Specialised
from diffpy.transform.specialise_frames import is_pool_key
from diffpy.transform.specialise_in_place import InPlace
from diffpy.transform.specialise_scopes import Definition, calling_definition
from diffpy.transform.specialise_storage import Group
from diffpy.transform.values import (
    Abstract,
    Composite,
    FunctionForm,
    PartialForm,
    Static,
    TransformForm,
    Unreachable,
    atoms_of,
    is_array,
    is_none,
    is_tuple,
    layout_of_structure,
    refill,
    structure_of,
    tuple_of,
)


@dataclass(frozen=True)
class _Made:
    """A function specialised to its arguments, and the arguments that the caller adds."""

    specialised: Specialised
    extra: tuple[Atom, ...]
    #: the arguments that the function writes into, by their places
    stores: tuple[int, ...] = ()


class _Named:
    """Stands for a nested function where only its signature is asked for."""

    def __init__(self, definition: Definition) -> None:
        p = definition.parameters
        kinds = inspect.Parameter
        self.__name__ = definition.name
        groups = (
            (p.positional_only, kinds.POSITIONAL_ONLY),
            (p.positional, kinds.POSITIONAL_OR_KEYWORD),
            (() if p.star is None else (p.star,), kinds.VAR_POSITIONAL),
            (p.keyword_only, kinds.KEYWORD_ONLY),
        )
        found = [inspect.Parameter(name, kind) for names, kind in groups for name in names]
        self.__signature__ = inspect.Signature(found)

    def __call__(self) -> None:
        raise NotImplementedError


class Transforms(InPlace):
    """How derivatives are called."""

    def apply_transform(
        self, name: str, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        """``grad(f, argnums=1)``: a derivative as a value; ``jvp(f, …)``: called at once."""
        from diffpy.transform.check_request import Transform

        options: dict[str, Any] = {}
        for key, value in keywords.items():
            options[key] = self._option(key, value)
        if name in ("grad", "value_and_grad") and len(arguments) == 2:
            options["argnums"] = self._option("argnums", arguments.pop())
        if name in ("grad", "value_and_grad") and not arguments:
            form = PartialForm(0, tuple(keywords))
            from diffpy import api

            return Composite(form, (Static(getattr(api, name)), *keywords.values()))
        function, *rest = arguments
        if is_none(function):
            raise self.error("there is no function to differentiate")
        transform = Transform(name, None, **options)  # type: ignore[arg-type]
        if name in ("grad", "value_and_grad"):
            return Composite(TransformForm(transform), (function,))  # type: ignore[arg-type]
        if name == "jvp" and len(rest) == 2:
            return self.call_transformed(transform, function, rest, {})
        raise self.unsupported(
            f"`{name}` inside of a differentiated function is not supported yet",
            "",
            "use grad, value_and_grad or jvp",
        )

    def _option(self, key: str, value: Abstract) -> Any:
        match value:
            case Const() | Static():
                return value.value
            case Composite() if is_tuple(value):
                return tuple(self._option(key, item) for item in value.items)
        raise self.error(f"the option `{key}` must be known while compiling")

    def call_transformed(
        self,
        transform: Any,
        function: Abstract,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
    ) -> Abstract:
        """Call the derivative of a function value."""
        try:
            arguments = self._positional(function, arguments, keywords)
            made = self._derivative(transform, function, arguments)
        except DiffpyError as error:
            if error.place is not None:
                raise
            raise type(error)(error.what, self.place(), error.why, error.fix) from error
        specialised = made.specialised
        given = [atom for argument in arguments for atom in atoms_of(argument)]
        args = (*self._kept_as_they_are(made, given), *made.extra)
        results = specialised.function.results
        targets = tuple(Var("t", atom.kind, True) for atom in results)
        for target in targets:
            if isinstance(target.kind, Array):
                self.storage.join(target, Group(fresh=False))
        self.builder.add(Call(targets, specialised.function, args, self.builder.line))
        return refill(layout_of_structure(specialised.result), iter(targets))

    def _kept_as_they_are(self, made: _Made, given: list[Atom]) -> list[Atom]:
        """The arguments, copied where the function writes: a derivative leaves them alone."""
        if not made.stores:
            return given
        arrays = [a for a in (*given, *made.extra) if isinstance(a, Var) and is_array(a)]
        for i in made.stores:
            group = self.storage.group(given[i])  # type: ignore[arg-type]
            if sum(self.storage.group(a) is group for a in arrays) > 1:
                raise self.unsupported(
                    "the function that is differentiated here writes into an array that shares "
                    "memory with another argument, or with a variable that it captures",
                    "a store into one would have to be seen in the other",
                    "pass a copy of one of them",
                )
        return [self.builder.value(structural.copy, a) if is_array(a) else a for a in given]

    def _positional(
        self, function: Abstract, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> list[Abstract]:
        if not keywords:
            return arguments
        definition = self._definition_behind(function)
        return self.bind_arguments(definition, arguments, keywords, {})

    def _definition_behind(self, function: Abstract) -> Definition:
        from diffpy.transform.find_source import plain_function

        match function:
            case Composite(form=FunctionForm(definition=definition)):
                return definition
            case Composite(form=TransformForm()):
                return self._definition_behind(function.items[0])
            case Static():
                python = plain_function(getattr(function.value, "__func__", function.value))
                if python is not None:
                    return self.definition_for(python)
        raise self.unsupported("keywords in a call of this derivative are not supported yet")

    def _derivative(self, transform: Any, function: Abstract, arguments: list[Abstract]) -> _Made:
        """The derivative for these arguments, its seed closed."""
        from diffpy.transform.adapt_tangents import adapt_tangents
        from diffpy.transform.apply_transform import close_seed, differentiate
        from diffpy.transform.eliminate_dead_code import eliminate_dead_code

        if not transform.preserve:
            raise self.unsupported(
                "preserve=False inside of a differentiated function",
                "a derivative that is differentiated leaves its arguments as they are",
                "leave it away",
            )
        inner_arguments = arguments
        if transform.name in ("jvp", "pullback"):
            primals = arguments[0]
            if not (isinstance(primals, Composite) and is_tuple(primals)):
                raise self.error(f"the primals of {transform.name} are not a tuple")
            inner_arguments = list(primals.items)
        made = self._asked(transform, function, inner_arguments)
        key = (
            made.specialised.function,
            transform.name,
            transform.argnums,
            transform.argnames,
            transform.has_aux,
            transform.outputs,
            tuple(map(structure_of, arguments)),
        )
        known = self.program.entries.get(key)
        if known is None:
            inner = made.specialised
            tidy = replace(inner, function=eliminate_dead_code(inner.function))
            parameters = self._parameters_of(function, inner_arguments)
            known = differentiate(tidy, transform, parameters)
            if transform.name in ("jvp", "pullback"):
                primal_structure, given = (structure_of(a) for a in arguments)
                like = primal_structure if transform.name == "jvp" else inner.result
                assert like is not None and given is not None
                known = adapt_tangents(known, like, given)
            known = self.program.entries[key] = close_seed(known)
        return _Made(known, made.extra, made.stores)

    def _parameters_of(self, function: Abstract, arguments: list[Abstract]) -> Any:
        from diffpy.parameters import Parameters

        match function:
            case Composite(form=FunctionForm(definition=definition)):
                return Parameters(_Named(definition))
            case Composite(form=TransformForm()):
                return self._parameters_of(function.items[0], arguments)
            case Static():
                return Parameters(function.value)
        definition, _, _ = self._stub(function, arguments)  # a bound method, a partial
        return Parameters(_Named(definition))

    def _asked(self, transform: Any, function: Abstract, arguments: list[Abstract]) -> _Made:
        """What a transform differentiates: a function, with the outputs that it asks for."""
        from diffpy.transform.return_arguments import return_arguments

        if transform.outputs is None:
            return self._made(function, arguments)
        made: list[_Made] = []

        def make(outputs: tuple[Position, ...]) -> Specialised:
            places = tuple(p.parameter + (p.item or 0) for p in outputs)
            made.append(self._made(function, arguments, places))
            return made[0].specialised

        structures = tuple(structure_of(a) or Known(None) for a in arguments)
        parameters = self._parameters_of(function, arguments)
        specialised = return_arguments(transform, structures, parameters, make)
        return replace(made[0], specialised=specialised)

    def _made(
        self, function: Abstract, arguments: list[Abstract], outputs: tuple[int, ...] = ()
    ) -> _Made:
        """A function value specialised to arguments, as a function of its own.

        With ``outputs`` it returns what these of its arguments hold in the end too.
        """
        transform = getattr(getattr(function, "value", None), "transform", None)
        if isinstance(function, Composite) and isinstance(function.form, TransformForm):
            transform, function = function.form.transform, function.items[0]
        elif transform is not None and hasattr(transform, "argnums"):
            function = self.lift_callable(transform.fun)
        else:
            transform = None
        if transform is not None and outputs:
            raise self.unsupported(
                "an argument of a derivative is an output",
                "a derivative that is differentiated leaves its arguments as they are",
                "leave outputs= away",
            )
        if transform is not None:
            return self._derivative(transform, function, arguments)
        bind = partial(self._stub, outputs=outputs) if outputs else self._bound_call
        definition, scope, values = bind(function, arguments)
        packing, entry = self.packed_entry(definition, scope, values)
        result = self._result_of(entry)
        if result is None or entry.building:
            if result is None:
                raise Unreachable
            raise self.unsupported(
                f"the derivative of `{definition.name}` is taken inside of `{definition.name}`"
            )
        self._unclosed(entry)
        pooled = bool(entry.pools) or any(map(is_pool_key, entry.hidden))
        if pooled or writes_into_items(entry.function):
            raise self.unsupported(
                f"the derivative of `{definition.name}` is taken inside of a function, and it uses "
                "lists of lists, of instances, or of arrays that are changed, of which only the "
                "running program knows how many there are",
                "",
                "arrays",
            )
        hidden = [atom for key in entry.hidden for atom in atoms_of(self.hidden_value(key))]
        extra = (*packing.captured_atoms, *hidden)
        own = list(packing.atoms)
        given = [atom for argument in arguments for atom in atoms_of(argument)]
        extra = (*own[len(given) :], *extra)
        if packing.constants:
            raise self.unsupported(
                f"the derivative of `{definition.name}` is taken inside of a function, and it "
                "needs to know a number that it is passed while compiling",
                "",
                f"write the number into `{definition.name}`",
            )
        if entry.writes:
            raise self.unsupported(
                f"the derivative of `{definition.name}` is taken, which rebinds variables of the "
                "function around it",
                "when they would change is not defined",
                "return the new values",
            )
        (layout,) = result.layouts
        value = refill(layout, iter([Var("y", kind) for kind in result.kinds()]))
        structure = structure_of(value)
        if structure is None or result.captured:
            raise self.unsupported(f"`{definition.name}` returns what has no derivative")
        gathered = self._gathered(definition, arguments)
        structures = tuple(structure_of(a) or Known(None) for a in gathered)
        specialised = Specialised(
            entry.function,
            structures,
            tuple(Hidden(a_name(a), lambda: None, Leaf(a.kind)) for a in extra),
            (),
            structure,
        )
        assert sum(1 for s in structures for _ in leaves(s)) == len(given)
        if any(i >= len(given) for i in entry.stores):
            raise self.unsupported(
                f"the derivative of `{definition.name}` is taken, which writes into an array that "
                "it captures",
                "when that would change is not defined",
                "pass the array as an argument",
            )
        return _Made(specialised, extra, entry.stores)

    def _gathered(self, definition: Definition, arguments: list[Abstract]) -> list[Abstract]:
        """The arguments as the parameters take them: the last ones in the tuple ``*args``."""
        p = definition.parameters
        if p.star is None:
            return arguments
        count = len(p.positional_only) + len(p.positional)
        return [*arguments[:count], tuple_of(*arguments[count:])]

    def _unclosed(self, entry: Any) -> None:
        if entry.function.recursive and entry.depends < len(self.program.stack):
            raise self.unsupported(
                "a derivative is taken of a function whose recursion is not complete here"
            )

    def _bound_call(
        self, function: Abstract, arguments: list[Abstract]
    ) -> tuple[Definition, Any, list[Abstract]]:
        from diffpy.transform.find_source import has_signature_of_another, plain_function

        match function:
            case Composite(form=FunctionForm() as form):
                a = form.definition.node.args
                p = form.definition.parameters
                names = [*p.positional_only, *p.positional][-len(a.defaults) or 10**9 :]
                names += [q.id for q, d in zip(a.kwonlyargs, a.kw_defaults) if d is not None]
                defaults = dict(zip(names, function.items))
                bound = self.bind_arguments(form.definition, arguments, {}, defaults)
                return form.definition, form.scope, bound
            case Static():
                python = plain_function(function.value)
                if python is not None and not has_signature_of_another(python):
                    definition = self.definition_for(python)
                    defaults = self._real_defaults(python, definition.parameters)
                    bound = self.bind_arguments(definition, arguments, {}, defaults)
                    return definition, None, bound
        return self._stub(function, arguments)

    def _stub(
        self, function: Abstract, arguments: list[Abstract], outputs: tuple[int, ...] = ()
    ) -> tuple[Definition, Any, list[Abstract]]:
        """``lambda x, function: function(x)`` for what is no function of Python's.

        With ``outputs`` it is ``(function(x), (x,))``.
        """
        name = getattr(getattr(function, "value", None), "__name__", "function")
        names = [f"x{i}" for i in range(len(arguments))] if len(arguments) > 1 else ["x"]
        key = ("calling", name, len(arguments), outputs)
        definition = self.program.definitions.get(key)
        if definition is None:
            definition = calling_definition(name, names, also=[names[k] for k in outputs])
            self.program.definitions[key] = definition
        return definition, None, [*arguments, function]


def a_name(atom: Atom) -> str:
    return atom.name if isinstance(atom, Var) else "constant"
