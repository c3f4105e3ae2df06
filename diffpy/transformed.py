"""What a transform returns: a function with the derivative's source at hand."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MethodType
from typing import TYPE_CHECKING, Any

from diffpy.compilation import prepare
from diffpy.dispatch import Dispatch
from diffpy.display.colours import print_coloured
from diffpy.display.source_text import SourceText
from diffpy.display.write_file import write_whole
from diffpy.parameters import Parameters
from diffpy.transform.check_request import Transform
from diffpy.transform.pipeline import check_source

if TYPE_CHECKING:
    import graphviz

Function = Callable[..., Any]

#: objects whose bound derivatives are kept, so that calling them again finds their versions
KEPT_INSTANCES = 8


class Transformed:
    """A derivative: a function like the one that it is of, with its source at hand.

    Attributes
    ----------
    py_func : callable
        The function that this is a derivative of.
    transform : Transform
        What was asked for.
    """

    __wrapped__: Function

    def __new__(cls, transform: Transform) -> Transformed:
        # Python looks `__call__` up on the class. A class for each derivative can have the entry
        # itself there, which spares every call a frame and the packing of its arguments.
        return object.__new__(type(cls.__name__, (cls,), {"__module__": cls.__module__}))

    def __init__(self, transform: Transform) -> None:
        fun = transform.fun
        check_source(fun)
        prepare(transform.backend)
        functools.update_wrapper(self, fun, updated=())
        self.transform = transform
        self._parameters = Parameters.of_derivative(transform.name, fun)
        if self._parameters.signature is not None:
            self.__signature__ = self._parameters.signature
            if transform.name not in ("jvp", "pullback"):
                transform.positions(self._parameters)  # refuses what is not there
        self._dispatch = Dispatch(transform, self._parameters, self._enter)
        self._bound: dict[int, Transformed] = {}

    def _enter(self, entry: Function) -> None:
        type(self).__call__ = staticmethod(entry)  # type: ignore[method-assign]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The derivative; takes what the function takes."""
        raise NotImplementedError

    def __get__(self, instance: Any, owner: type | None = None) -> Transformed:
        """The derivative of a method is a method: ``self`` is not counted in ``argnums``."""
        if instance is None:
            return self
        kept = self._bound.get(id(instance))
        if kept is None or kept.py_func.__self__ is not instance:  # type: ignore[attr-defined]
            kept = Transformed(replace(self.transform, fun=MethodType(self.py_func, instance)))
            while len(self._bound) >= KEPT_INSTANCES:
                self._bound.pop(next(iter(self._bound)), None)
            self._bound[id(instance)] = kept
        return kept

    def __repr__(self) -> str:
        return f"<{self.transform.name} of {self._parameters.name}>"

    @property
    def py_func(self) -> Function:
        """The function that this is a derivative of."""
        return self.transform.fun

    @property
    def signatures(self) -> list[str]:
        """The kinds of the arguments that it has been generated for."""
        return [version.signature for version in self._dispatch.table]

    @property
    def source(self) -> str:
        """The derivative as Python: of the latest call, or for the kinds that the code implies.

        A string; notebooks show it in colours.
        """
        return self.inspect_source()

    def inspect_source(self, stage: str = "final") -> str:
        """The program at a stage of the compiler.

        Parameters
        ----------
        stage : {"final", "primal", "numba"}
            The derivative as people read it; the function itself in the form that derivatives are
            made of; the derivative as numba compiles it, with checks that raise what Python raises.

        Examples
        --------
        >>> from diffpy import grad
        >>> def square(x):
        ...     y = x * x
        ...     return y
        >>> print(grad(square).inspect_source("primal"))
        \"\"\"square, written by diffpy.\"\"\"
        <BLANKLINE>
        <BLANKLINE>
        def square(x):
            y = x * x
            return y
        <BLANKLINE>
        """
        return SourceText(self._dispatch.inspect(stage))

    def show(self, stage: str = "final") -> None:
        """Print the program at a stage of the compiler; in colours on a terminal, with `rich`.

        Parameters
        ----------
        stage : {"final", "primal", "numba"}
            See `inspect_source`.
        """
        print_coloured(self.inspect_source(stage))

    def save_html(self, path: str | os.PathLike[str]) -> Path:
        """Write a page with the function and its derivative side by side.

        Each line is tied to the lines that belong to it, and says what it saves for the reverse
        sweep. The page is one file. It needs the extra ``display``.

        Parameters
        ----------
        path
            A file that is there is replaced once the page is complete.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        OSError
            If the path is a folder, or the folder is not there.
        """
        from diffpy.display.page import page

        return write_whole(path, page(self.transform, self._dispatch.shown()[0]))

    def graph(self, max_nodes: int = 50) -> graphviz.Digraph:
        """A picture of how the data flows from the arguments to the result.

        Active values are highlighted, branches and loops are frames, and short partial derivatives
        stand on the edges. Notebooks show the picture; ``graph().render(path)`` writes it, for
        which the program ``dot`` must be installed. It needs the extra ``display``.

        Parameters
        ----------
        max_nodes : int
            Blocks are drawn as one node, innermost first, until there are no more nodes than this.
        """
        from diffpy.display.graph import graph

        return graph(self.transform, self._dispatch.shown()[0], max_nodes)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the derivative to a file that runs with NumPy and ``diffpy.runtime`` alone."""
        return write_whole(path, self._dispatch.standalone())

    def compile(self, /, *args: Any, **kwargs: Any) -> Transformed:
        """Generate and compile for arguments like these now, without running anything."""
        self._dispatch.find(self._parameters.bind(args, kwargs))
        return self
