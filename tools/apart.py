"""Run a function in a process of its own, which may crash or hang."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable


def apart(function: Callable[[], str], patience: float) -> str:
    """What the function returns, or what happened to its process within so many seconds."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(function()), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(patience):
            return f"takes longer than {patience:.0f} seconds"
        return str(receiver.recv())
    except EOFError:
        process.join()
        return f"ends the process with {process.exitcode}"
    finally:
        process.kill()
        process.join()
