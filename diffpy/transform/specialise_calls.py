"""Calls of the user's functions: one function of the program for each signature.

What a callee captures from the frames around it becomes extra arguments, and so do the globals
that it reads:

    def f(x):                     f_inner(y, x):
        def inner(y):                 return x * y
            return x * y          f(x):
        return inner(2.0)             return f_inner(2.0, x)

A call of a function that is still under construction is a recursion. Its result is unknown at
first, and the branch that needs it counts as never reached; the function is then built again with
the result that its other branches give, until nothing changes.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from diffpy.errors import DiffpyError
from diffpy.kinds import (
    Array,
    List,
    is_integer,
)
from diffpy.rules import structural
from diffpy.transform.ir import (
    Atom,
    Block,
    Call,
    Const,
    Function,
    Origin,
    Var,
)
from diffpy.transform.specialise_frames import FALSE, TRUE
from diffpy.transform.specialise_layouts import (
    names_of_leaves,
    unify,
)
from diffpy.transform.specialise_loops import Loops
from diffpy.transform.specialise_packing import (
    Entry,
    Packed,
    Packing,
    has_constants,
    has_functions,
    unpack,
)
from diffpy.transform.specialise_raises import PASSING
from diffpy.transform.specialise_scopes import (
    Definition,
    Image,
    Parameters,
    Scope,
    definition_of_function,
    scope_serial,
)
from diffpy.transform.specialise_storage import Group
from diffpy.transform.values import (
    NONE,
    UNBOUND,
    Abstract,
    Composite,
    FunctionForm,
    ScopeRef,
    Unreachable,
    atoms_of,
    dict_of,
    kinds_of,
    layout_of,
    refill,
    tuple_of,
)

_MOST_ROUNDS = 12
#: rounds in which the result of a recursion may grow
_MOST_GROWTH = 5
_DEEPEST = 40


class Calls(Loops):
    """How functions with source are called."""

    def nested_function(self, node: Any) -> Abstract:
        """The value of a def or a lambda; defaults are evaluated now."""
        defaults = [
            self.evaluate(default)
            for default in (*node.args.defaults, *node.args.kw_defaults)
            if default is not None
        ]
        return Composite(FunctionForm(self.definition.nested(node), self), tuple(defaults))

    def call_python(
        self,
        function: Any,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
    ) -> Abstract:
        """Call a function of a module."""
        definition = self.definition_for(function)
        defaults = self._real_defaults(function, definition.parameters)
        bound = self.bind_arguments(definition, arguments, keywords, defaults)
        try:
            return self.call_definition(definition, None, bound)
        except DiffpyError as error:
            own = function.__module__.startswith("diffpy.rules.")
            if not own or error.place is None or error.place.filename != definition.source.filename:
                raise
            raise type(error)(error.what, self.place(), error.why, error.fix) from error

    def definition_for(self, function: types.FunctionType) -> Definition:
        code = partial(getattr, function, "__code__")  # replaced by IPython's autoreload
        self._guard(("code", function), f"{function.__name__}.__code__", code, code())
        cells = tuple(id(cell) for cell in function.__closure__ or ())
        key = (function.__code__, id(function.__globals__), cells)
        found = self.program.definitions.get(key)
        if found is None:
            from diffpy.transform.refuse_unsupported import refuse_unsupported

            found = definition_of_function(function)
            refuse_unsupported(found.source)
            self.program.definitions[key] = found
        return found

    def _real_defaults(
        self, function: types.FunctionType, parameters: Parameters
    ) -> dict[str, Abstract]:
        found: dict[str, Abstract] = {}
        for attribute in ("__defaults__", "__kwdefaults__"):
            fetch = partial(getattr, function, attribute)
            if fetch() is not None:
                name = f"{function.__name__}.{attribute}"
                self._guard((attribute, function), name, fetch, fetch())
        values = function.__defaults__ or ()
        names = (*parameters.positional_only, *parameters.positional)
        pairs = [*zip(names[len(names) - len(values) :], values)]
        pairs += (function.__kwdefaults__ or {}).items()
        for name, value in pairs:
            key, fetch = ("default", function, name), partial(default_of, function, name)
            found[name] = self.lift(value, name, key, fetch, constant=True)
            if name in (function.__kwdefaults__ or ()) and key not in self.program.hidden:
                self._guard(key, name, fetch, value)  # a dict, which may change in place
        return found

    def call_nested(
        self, value: Composite, arguments: list[Abstract], keywords: dict[str, Abstract]
    ) -> Abstract:
        """Call a nested function or a lambda."""
        form = value.form
        assert isinstance(form, FunctionForm)
        a = form.definition.node.args
        positional = (
            *form.definition.parameters.positional_only,
            *form.definition.parameters.positional,
        )
        names = list(positional[len(positional) - len(a.defaults) :])
        names += [p.id for p, d in zip(a.kwonlyargs, a.kw_defaults) if d is not None]
        defaults = dict(zip(names, value.items))
        bound = self.bind_arguments(form.definition, arguments, keywords, defaults)
        return self.call_definition(form.definition, form.scope, bound)

    def bind_arguments(
        self,
        definition: Definition,
        arguments: list[Abstract],
        keywords: dict[str, Abstract],
        defaults: dict[str, Abstract],
    ) -> list[Abstract]:
        """One value for each parameter, as Python binds them."""
        p = definition.parameters
        name = definition.name
        positional = (*p.positional_only, *p.positional)
        bound = dict(zip(positional, arguments))
        if len(arguments) > len(positional) and p.star is None:
            raise self.error(
                f"{name}() takes {len(positional)} positional arguments but {len(arguments)} "
                "were given"
            )
        more: dict[str, Abstract] = {}
        for key, value in keywords.items():
            if key in bound and key not in p.positional_only:
                raise self.error(f"{name}() got multiple values for argument '{key}'")
            if key not in p.positional and key not in p.keyword_only:
                if p.double_star is None:
                    raise self.error(f"{name}() got an unexpected keyword argument '{key}'")
                more[key] = value
            else:
                bound[key] = value
        found: list[Abstract] = []
        for parameter in p.names():
            if parameter == p.star:
                found.append(tuple_of(*arguments[len(positional) :]))
            elif parameter == p.double_star:
                found.append(dict_of(more))
            elif parameter in bound:
                found.append(bound[parameter])
            elif parameter in defaults:
                found.append(defaults[parameter])
            else:
                raise self.error(f"{name}() missing an argument: '{parameter}'")
        return found

    def call_definition(
        self,
        definition: Definition,
        scope: Any,
        values: list[Abstract],
        arrive: Callable[[Abstract], Abstract] = lambda error: error,
    ) -> Abstract:
        """Emit a call; the callee is built unless it is there already.

        ``arrive`` makes of an exception that it hands on what it is here.
        """
        if definition.is_generator:
            return self.started_later(definition, scope, values)
        packing, entry = self.packed_entry(definition, scope, values, self.catching > 0)
        entry = self._for_overlaps(entry, (*packing.atoms, *packing.captured_atoms))
        result = self._result_of(entry)
        if result is None and entry.building:
            raise Unreachable
        hidden = [atom for key in entry.hidden for atom in atoms_of(self.hidden_value(key))]
        arguments = (*packing.atoms, *packing.captured_atoms, *hidden)
        kinds = () if result is None else result.kinds()
        targets = tuple(Var("t", kind, True) for kind in kinds)
        for target, atom in zip(targets, entry.function.results):
            target.mixed = self.is_mixed(atom)
            target.unsettled = self.is_unsettled(atom)
        self.builder.add(Call(targets, entry.function, arguments, self.builder.line))
        if result is None:  # it raises always
            raise Unreachable
        self._note_aliases(entry, targets, arguments)
        self._note_stores(entry, arguments)
        pairs = zip(targets, entry.function.results)
        returned = (self._known_result(entry, *pair) for pair in pairs)
        (value, *others), _ = unpack(result, packing.order, returned, self)
        for (ref, name), new in zip(entry.writes, others):
            packing.order[ref.index].rebind(name, new)
        for ref in entry.resizes:
            changed = packing.order[ref.index]
            assert isinstance(changed, Image)
            changed.resizes += 1
        for ref in entry.changes:
            changed = packing.order[ref.index]
            if isinstance(changed, Image):
                changed.changed = True
        if entry.raises:
            raised, error = others[-2:]
            self.env.names["%error"] = arrive(error)
            raised = TRUE if value is UNBOUND else raised
            self.env.names.update(dict.fromkeys(("%raised", "%exit", "%jump"), raised))
            self.go_on()
        return value

    def _known_result(self, entry: Entry, target: Var, atom: Atom) -> Atom:
        """The result of a call; an integer that is always the same is known here too."""
        settled = not entry.building and not entry.recursive
        return atom if settled and isinstance(atom, Const) and is_integer(atom.kind) else target

    def packed_entry(
        self, definition: Definition, scope: Any, values: list[Abstract], catching: bool = False
    ) -> tuple[Packing, Entry]:
        """The callee for values; made for the constants among them if it needs to know them."""
        failure: DiffpyError | None = None
        for constants in (False, True):
            packing = Packing(constants=constants)
            packed = packing.pack(values, definition, scope)
            atoms = enumerate((*packing.atoms, *packing.captured_atoms))
            packed = replace(
                packed,
                alone=self.captured_alone(definition, packing, packed, values),
                unsettled=frozenset(i for i, atom in atoms if self.is_unsettled(atom)),
            )
            ref = None if scope is None else packing.known[scope]
            if failure is not None and not any(map(has_constants, packed.layouts)):
                raise failure
            try:
                return packing, self.entry(definition, packed, ref, catching)
            except DiffpyError as error:
                failure = failure or error
        assert failure is not None
        raise failure

    def captured_alone(
        self, definition: Definition, packing: Packing, packed: Packed, values: list[Abstract]
    ) -> frozenset[int]:
        """The objects that nothing but a captured variable refers to."""
        raise NotImplementedError

    def _result_of(self, entry: Entry) -> Packed | None:
        if entry.building:
            stack = self.program.stack
            position = stack.index(entry)
            for other in stack[position:]:
                other.recursive = True
                if other is not entry:
                    other.depends = min(other.depends, position)
        elif self.program.stack:
            current = self.program.stack[-1]
            current.depends = min(current.depends, entry.depends)
        return entry.result

    def _note_aliases(
        self, entry: Entry, targets: tuple[Var, ...], arguments: tuple[Atom, ...]
    ) -> None:
        arrays = [t for t in targets if isinstance(t.kind, Array)]
        for target, sources in zip(arrays, entry.aliases):
            group = Group(fresh=True)
            for i in sorted(sources):
                atom = arguments[i] if i >= 0 else arrays[-1 - i]
                if isinstance(atom, Var):
                    group = self.storage.union(group, self.storage.group(atom))
            self.storage.join(target, group)

    def _note_stores(self, entry: Entry, arguments: tuple[Atom, ...]) -> None:
        """What a callee writes into its arguments."""
        for i in entry.stores:
            written = arguments[i]
            assert isinstance(written, Var)
            self.may_write(written, written.name, self.node)
            self._wrote(written)

    def _for_overlaps(self, entry: Entry, arguments: tuple[Atom, ...]) -> Entry:
        """The callee that knows which arguments may share memory that it writes into."""
        groups: dict[Group, set[int]] = {}
        for i, atom in enumerate(arguments):
            if isinstance(atom, Var) and isinstance(atom.kind, Array):
                groups.setdefault(self.storage.group(atom), set()).add(i)
        overlaps = frozenset(
            frozenset(group)
            for group in groups.values()
            if len(group) > 1 and not group.isdisjoint(entry.stores)
        )
        if not overlaps:
            return entry
        packed = replace(entry.packed, overlaps=overlaps)
        return self.entry(entry.definition, packed, entry.scope, entry.catching)

    # --- building ---

    def entry(
        self,
        definition: Definition,
        packed: Packed,
        scope: ScopeRef | None,
        catching: bool = False,
        outermost: bool = False,
    ) -> Entry:
        """The function for a signature."""
        key = (definition, scope, packed, catching, outermost)
        found = self.program.entries.get(key)
        if found is None:
            if sum(e.definition is definition for e in self.program.stack) >= _DEEPEST:
                raise self.unsupported(
                    f"`{definition.name}` calls itself with ever new kinds of arguments",
                    "each kind of arguments is compiled for itself",
                    "pass arrays instead of tuples that grow or shrink",
                )
            function = Function(self.function_name(definition))
            found = Entry(definition, function, packed, scope, definition.parameters.names(), key)
            found.catching, found.outermost = catching, outermost
            self.program.entries[key] = found
            try:
                self._build(found)
            except BaseException:
                for built in (found, *found.tentative):
                    self.program.entries.pop(built.key, None)
                raise
        return found

    def function_name(self, definition: Definition) -> str:
        name = definition.name
        number = self.program.names[name] = self.program.names.get(name, 0) + 1
        return name if number == 1 else f"{name}_{number}"

    def _build(self, entry: Entry) -> None:
        """Build a function, again and again until a recursion's result is stable."""
        program = self.program
        line, node = self.builder.line, self.node
        if entry.key in program.unsettled:
            raise self._does_not_settle(entry)
        program.stack.append(entry)
        entry.building = True
        growth = 0
        try:
            for _ in range(_MOST_ROUNDS):
                entry.recursive, entry.depends = False, 1 << 30
                for tentative in entry.tentative:
                    program.entries.pop(tentative.key, None)
                entry.tentative.clear()
                before, size = entry.interface(), entry.size()
                self._build_once(entry)
                again = entry.outermost and entry.stores != before[-1]  # those are copied first
                if not again and (not entry.recursive or before == entry.interface()):
                    break
                growth += entry.size() > size
                if growth > _MOST_GROWTH:
                    raise self._does_not_settle(entry)
            else:
                raise self._does_not_settle(entry)
        finally:
            program.stack.pop()
            entry.building = False
            self.builder.line, self.node = line, node
        entry.function.recursive = entry.recursive
        position = len(program.stack)
        if entry.depends < position:
            program.stack[entry.depends].tentative.append(entry)
            program.stack[-1].depends = min(program.stack[-1].depends, entry.depends)
        elif entry.result is None and entry.recursive:
            raise self.unsupported(
                f"`{entry.definition.name}` calls itself without end",
                "no way through it returns without calling it again",
                "add a base case",
            )

    def _does_not_settle(self, entry: Entry) -> DiffpyError:
        """Each round makes another kind of result; the next reading need not find out again."""
        if entry.depends >= len(self.program.stack) - 1:  # no unfinished result had a part in it
            self.program.unsettled.add(entry.key)
        return self.unsupported(
            f"the kind of what `{entry.definition.name}` returns does not settle"
        )

    def _build_once(self, entry: Entry) -> None:
        frame = type(self)(self.program, entry.definition, None)
        frame.function = entry.function
        frame.build(entry)

    def build(self, entry: Entry) -> None:
        """Run the body of this frame's function."""
        definition, packed = entry.definition, entry.packed
        with self.builder.block() as statements, self.builder.watched_by(self):
            self.builder.line = self.line_of(definition.node)
            params = self._parameters(entry)
            values, scopes = unpack(packed, [], iter(self._arrays_from(entry, params)), self)
            self.foreign = {s for i, s in enumerate(scopes) if i not in packed.alone}
            if entry.scope is not None:
                self.parent = scopes[entry.scope.index]
            first = next(scope_serial)
            for name, value in zip(entry.names, values):
                self.bind(name, self.owned(value, name))
            arguments = [image for image in self.images if image.serial > first]
            for image in arguments:
                image.changed = False  # so far it was only made
            for key in entry.hidden:
                self.hidden_value(key)
            self.catching = int(entry.catching)
            self.run([*definition.body, lambda: self.leave(NONE)], 0)
            if entry.outermost:
                self.env.names["%result"] = self.exported(self.env.get("%result"))
            known = set(scopes)
            entry.writes = tuple(
                (ScopeRef(scopes.index(scope)), name)
                for scope, name in self.written
                if scope in known and not self._is_as_it_was(scope, name, params)
            )
            images = [(ScopeRef(i), s) for i, s in enumerate(scopes) if isinstance(s, Image)]
            entry.resizes = tuple(ref for ref, image in images if image.resizes)
            entry.changes = tuple(ref for ref, image in images if image.changed)
            entry.changes_arguments = any(state.changed for state in arguments)
            result, atoms = self._packed_result(entry, scopes)
        function = entry.function
        hidden = [atom for value in self.hidden.values() for atom in atoms_of(value)]
        function.params = (*params, *(atom for atom in hidden if isinstance(atom, Var)))
        function.body = Block(tuple(statements), tuple(atoms))
        function.overlaps = tuple(
            frozenset(params[i] for i in overlap) for overlap in entry.packed.overlaps
        )
        function.doc = definition.doc
        source = definition.source
        function.origin = Origin(source.filename, source.lines)
        entry.hidden = list(self.hidden)
        lists = (a for a in hidden if isinstance(a.kind, List))
        entry.pools = frozenset(a for a in lists if isinstance(a, Var))
        stored = {i for i, param in enumerate(params) if param in self.stored}
        entry.stores = tuple(sorted({*entry.stores, *stored}))
        entry.result = result
        entry.aliases = self._aliases(function, atoms)

    def _arrays_from(self, entry: Entry, params: list[Var]) -> list[Atom]:
        """The parameters as the body sees them: copies of the user's arrays that are written."""
        found: list[Atom] = []
        copies: list[Var] = []
        for i, param in enumerate(params):
            if not isinstance(param.kind, Array):
                found.append(param)
            elif entry.outermost and i in entry.stores:
                copied = self.builder.value(structural.copy, param)
                assert isinstance(copied, Var)
                copied.name, copied.temporary = param.name, False
                copies.append(copied)
                found.append(copied)
            else:
                self.storage.join(param, Group(fresh=True, params={param}))
                found.append(param)
        entry.copies = tuple(copies)
        for overlap in entry.packed.overlaps:
            first, *others = (params[i] for i in sorted(overlap))
            for other in others:
                self.storage.union(self.storage.group(first), self.storage.group(other))
        return found

    def _is_as_it_was(self, scope: Scope, name: str, params: list[Var]) -> bool:
        """Whether a list that was written is the caller's, changed where it is."""
        value = scope.lookup(name)
        return (
            isinstance(value, Composite)
            and bool(value.items)
            and all(
                isinstance(item, Var) and isinstance(item.kind, List) and item in params
                for item in value.items
            )
        )

    def _parameters(self, entry: Entry) -> list[Var]:
        found: list[Var] = []
        packed = entry.packed
        named = [*zip(entry.names, packed.layouts)]
        named += [(name, layout) for _, name, layout in packed.captured]
        for name, layout in named:
            hints = names_of_leaves(name, layout)
            found += [Var(hint, kind) for hint, kind in zip(hints, kinds_of(layout))]
        for number in packed.unsettled:
            found[number].unsettled = True
        return found

    def _packed_result(self, entry: Entry, scopes: list[Scope]) -> tuple[Packed | None, list[Atom]]:
        values = [self.env.get("%result")]
        entry.raises = entry.catching and self.env.flag("%raised") is not FALSE
        if values[0] is UNBOUND:
            if not entry.raises:
                return entry.result, []
        values += [scopes[ref.index].lookup(name) or UNBOUND for ref, name in entry.writes]
        if entry.raises:
            error = self.env.get("%error")
            if self.definition.is_loop_body:
                error = Composite(PASSING, (error,))
            values += [self.env.flag("%raised"), error]
        if entry.result is not None and not entry.result.scopes:
            for i, (value, known) in enumerate(zip(values, entry.result.layouts)):
                layout = layout_of(value)
                if layout != known and not has_functions(layout) and not has_functions(known):
                    values[i] = self.coerce(value, unify(known, layout, "the result"))
        packing = Packing({scope: ScopeRef(i) for i, scope in enumerate(scopes)})
        packed = packing.pack(values, None, None)
        return packed, [*packing.atoms, *packing.captured_atoms]

    def _aliases(self, function: Function, atoms: list[Atom]) -> tuple[frozenset[int], ...]:
        arrays = [i for i, p in enumerate(function.params) if isinstance(p.kind, Array)]
        found = []
        results: list[Any] = []
        for atom in atoms:
            if not isinstance(atom, Var) or not isinstance(atom.kind, Array):
                continue
            group = self.storage.group(atom)
            sources = {i for i in arrays if self.storage.group(function.params[i]) is group}
            sources |= {-1 - j for j, other in enumerate(results) if other is group}
            results.append(group)
            found.append(frozenset(sources))
        return tuple(found)

    def hidden_value(self, key: Any) -> Abstract:
        """A global or a cell in this function: parameters of its own."""
        found = self.hidden.get(key)
        if found is None:
            hidden = self.program.hidden[key]
            from diffpy.transform.values import layout_of_structure

            layout = layout_of_structure(hidden.structure)
            name = hidden.name.replace(".", "_")
            hints = names_of_leaves(name, layout)
            atoms = [Var(hint, kind) for hint, kind in zip(hints, kinds_of(layout))]
            found = self.hidden[key] = refill(layout, iter(atoms))
        return found


def default_of(function: types.FunctionType, name: str) -> Any:
    """The present default value of a parameter."""
    if function.__kwdefaults__ and name in function.__kwdefaults__:
        return function.__kwdefaults__[name]
    names = function.__code__.co_varnames[: function.__code__.co_argcount]
    values = function.__defaults__ or ()
    return values[names.index(name) - len(names)]
