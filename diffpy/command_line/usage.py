"""What is wrong with a command, apart from the function that it is about."""

from __future__ import annotations


class UsageError(Exception):
    """The command line does not make sense."""
