"""Tables in generated code: which place a key has among those of a dict or a set.

A table is a list of integers, a hash table with linear probing: how many keys there are, then a row
for each slot, which is a place counted from one (zero: nobody's) and the integers of the key there.
Compiled code runs these same functions (`lowering.tables`).

>>> table = []
>>> table_place(table, (7, 1)), table_place(table, (5, 1)), table_place(table, (7, 1))
(0, 1, 0)
>>> table_find(table, (5, 1)), table_find(table, (5, 5))
(1, -1)
>>> table_remove(table, (7, 1)), table_find(table, (5, 1))
(0, 0)
"""

from __future__ import annotations

_BITS = (1 << 62) - 1  # what is left of a hash, so that compiled code and Python agree


def table_find(table: list[int], key: tuple[int, ...]) -> int:
    """The place of a key, -1 if there is none."""
    if len(table) == 0:
        return -1
    return table[table_row(table, key)] - 1


def table_place(table: list[int], key: tuple[int, ...]) -> int:
    """The place of a key; one that is new gets the place after the others."""
    width = len(key) + 1
    if len(table) == 0:
        table.append(0)
        table_enlarge(table, 8 * width)
    elif (table[0] + 1) * 3 * width > 2 * (len(table) - 1):
        table_rebuild(table, width, 2 * (len(table) - 1), 0)
    row = table_row(table, key)
    if table[row] == 0:
        table[0] += 1
        table[row] = table[0]
        for n in range(len(key)):
            table[row + 1 + n] = int(key[n])
    return table[row] - 1


def table_remove(table: list[int], key: tuple[int, ...]) -> int:
    """Take a key away, so that those after it move up; its place, -1 if there is none."""
    if len(table) == 0:
        return -1
    number = table[table_row(table, key)]
    if number != 0:
        table_rebuild(table, len(key) + 1, len(table) - 1, number)
    return number - 1


def table_row(table: list[int], key: tuple[int, ...]) -> int:
    """Where the row of a key begins, or the one that it would get."""
    width = len(key) + 1
    slots = (len(table) - 1) // width
    found = 0
    for n in range(len(key)):
        found = ((found ^ (int(key[n]) & _BITS)) * 1000003) & _BITS
    slot = (found ^ (found >> 29)) & (slots - 1)
    while True:
        row = 1 + slot * width
        same = table[row] != 0
        for n in range(len(key)):
            same = same and table[row + 1 + n] == int(key[n])
        if same or table[row] == 0:
            return row
        slot = (slot + 1) & (slots - 1)


def table_enlarge(table: list[int], size: int) -> None:
    """More slots, which are nobody's."""
    for _ in range(size):
        table.append(0)


def table_rebuild(table: list[int], width: int, size: int, gone: int) -> None:
    """Enter all keys anew into ``size`` numbers of rows, but for the one with number ``gone``."""
    rows = table[1:]
    count = table[0]
    table.clear()
    table.append(count - 1 if gone else count)
    table_enlarge(table, size)
    slots = size // width
    for start in range(0, len(rows), width):
        number = rows[start]
        if number == 0 or number == gone:
            continue
        found = 0
        for n in range(1, width):
            found = ((found ^ (rows[start + n] & _BITS)) * 1000003) & _BITS
        slot = (found ^ (found >> 29)) & (slots - 1)
        while table[1 + slot * width] != 0:
            slot = (slot + 1) & (slots - 1)
        row = 1 + slot * width
        table[row] = number - 1 if gone and number > gone else number
        for n in range(1, width):
            table[row + n] = rows[start + n]
