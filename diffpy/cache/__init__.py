"""Compiled derivatives on disk, found again in the next process.

Two kinds of entries, each a file whose name is a digest of all that it depends on:

- ``.code``: machine code, by the text that was compiled and the types it was compiled for;
- ``.entry``: the text of a derivative, by the function and the kinds of its arguments. The globals,
  cells and callees that the compiler read are listed in it and compared before it is used.

Whatever cannot be read, checked or written is generated as if there were no cache.
"""
