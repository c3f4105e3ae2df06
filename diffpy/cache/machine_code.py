"""Machine code of the numba backend on disk.

numba's own cache begins with a refresh of its registries (0.7 s, imports SciPy) and does not say
which code must not be stored. This one, a cache object that numba's dispatcher asks as it would
ask its own, loads without either:

- Stored is only code whose every symbol is found again. Code that mutual recursion, or recursion
  with arguments of changing types, leaves to be filled in at run time (``.numba.unresolved$``)
  would call address 0 after loading (numba issue 6061), and so would its callers.
- An entry lists the symbols that it needs from outside. If one is not there it is not loaded,
  because LLVM would end the process.
"""

from __future__ import annotations

import pickle
from typing import Any

from numba.core import compiler
from numba.core.caching import NullCache
from numba.core.environment import Environment, lookup_environment
from numba.core.runtime.nrt import rtsys
from numba.core.serialize import dumps

from diffpy.cache import store
from diffpy.cache.stamp import digest, machine_stamp
from diffpy.runtime.overloads import register_overloads

_UNRESOLVED = ".numba.unresolved$"
_ENVIRONMENT = "_ZN08NumbaEnv"

#: environments made for loaded code, which refers to them by address
_kept: dict[str, Environment] = {}


class MachineCode(NullCache):
    """The cache of one dispatcher: its compiled code by its text and the argument types.

    Parameters
    ----------
    module, text : str
        Name and text of the generated module, of which the dispatcher compiles one function.
    function : str
        Its name.
    """

    def __init__(self, module: str, text: str, function: str) -> None:
        self._module = module
        self._text = text
        self._function = function

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled function for argument types, or None; then numba compiles."""
        name = self._name(sig)
        data = None if name is None else store.read(name)
        if name is not None and data is not None:
            try:
                found = self._rebuild(target_context, data)
                if found is not None:
                    return found
            except Exception:  # another program wrote it, or pickle cannot read it
                store.discard(name)
                store.warn_damaged(name)
        register_overloads()
        return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Write what was compiled, unless it could not be loaded safely."""
        name = self._name(sig)
        if name is None or data.lifted or data.objectmode or data.library.has_dynamic_globals:
            return
        symbols = needed_symbols(data.library)
        if symbols is None or not all(map(_is_known, symbols)):
            return
        try:
            # The annotation, which takes long to print, is for `inspect_types` only.
            reduced = data._replace(type_annotation="")._reduce()
            parts = [_stored(part, self._module) for part in reduced]
            contents = dumps((symbols, parts))
        except Exception:  # something that cannot be pickled
            return
        store.write(name, contents)

    def _name(self, sig: Any) -> str | None:
        common = machine_stamp()
        if common is None:
            return None
        return digest(common, self._module, self._function, self._text, str(sig)) + ".code"

    def _rebuild(self, target_context: Any, data: bytes) -> Any:
        symbols, parts = pickle.loads(data)
        rtsys.initialize(target_context)
        if not all(map(_is_known, symbols)):
            from diffpy.runtime.lowering import symbols as _registers_them  # noqa: F401
            from diffpy.runtime.lowering.scipy_symbols import provide_symbols

            provide_symbols(symbols)
        if not all(map(_is_known, symbols)):
            register_overloads()
            target_context.refresh()
        if not all(map(_is_known, symbols)):
            return None
        loaded = [_restored(part) for part in parts]
        return compiler.CompileResult._rebuild(target_context, *loaded)


def needed_symbols(library: Any) -> list[str] | None:
    """The symbols that compiled code takes from outside; None if it cannot be stored."""
    module = library._final_module
    needed = []
    for value in module.global_variables:
        if value.name.startswith(_UNRESOLVED):
            return None
        if value.is_declaration and not value.name.startswith(_ENVIRONMENT):
            needed.append(value.name)
    for value in module.functions:
        if value.is_declaration and not value.name.startswith("llvm."):
            needed.append(value.name)
    return needed


def _is_known(symbol: str) -> bool:
    """Whether LLVM will find a symbol."""
    import llvmlite.binding as llvm

    return llvm.address_of_symbol(symbol) is not None


class _Environment:
    """Stands for an environment of numba's, which pickle would bring with its whole module."""

    def __init__(self, module: str, consts: list[Any], name: str) -> None:
        self.module, self.consts, self.name = module, consts, name


def _stored(part: Any, module: str) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(_stored(item, module) for item in part) if _has_any(part) else part
    if not isinstance(part, Environment):
        return part
    home = part.globals["__name__"]
    if part.consts and home != module:
        # Two processes may give one name to environments with different constants.
        raise ValueError(f"{part.env_name} has constants")
    return _Environment(home, part.consts, part.env_name)


def _restored(part: Any) -> Any:
    if isinstance(part, list | tuple):
        return type(part)(map(_restored, part)) if _has_any(part) else part
    if not isinstance(part, _Environment):
        return part
    known = lookup_environment(part.name) or _kept.get(part.name)
    if known is None:
        known = Environment({"__name__": part.module})
        known.consts[:] = part.consts
        known.env_name = part.name
        _kept[part.name] = known
    return known


def _has_any(parts: Any) -> bool:
    return any(isinstance(part, Environment | _Environment) for part in parts)
