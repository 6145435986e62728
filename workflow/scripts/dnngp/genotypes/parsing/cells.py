"""Cells of a line of text to numbers, or to codes of the texts that they hold, in one compiled pass."""

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled

#: Different texts that a file of genotype calls may hold; hexaploid calls in letters have a few hundred.
MOST_TEXTS = 20_000

#: Bytes of the longest of them that is worth a code.
LONGEST_TEXT = 200

_SLOTS = 1 << 16

#: 10**22 is the largest power of ten that a double holds exactly.
_POWERS = 10.0 ** np.arange(23)


def numbers(text: bytes, separator: bytes, count: int) -> tuple[np.ndarray, int, np.ndarray]:
    """Values of the cells of a line, of which there should be ``count``.

    Returns
    -------
    values
        (count,) float32, NaN where the cell is empty, ``.`` or ``NA``, or in ``odd``.
    found
        Cells that there are.
    odd
        (m, 3) index, first byte and byte after the last of the cells that need a slower look.
    """
    line = np.frombuffer(text, np.uint8)
    values = np.full(count, np.nan, np.float32)
    odd = np.empty((count, 3), np.int64)
    found, n_odd = _numbers(line, separator[0], values, odd, _POWERS)
    return values, found, odd[:n_odd]


@compiled
def _numbers(line, separator, values, odd, powers):  # type: ignore[no-untyped-def]
    """A sign, digits and a decimal point, of 15 digits at most, are exact in double precision: the mantissa
    is a whole number below 2**53, and the division by an exact power of ten rounds once.
    """
    size, count = line.size, values.size
    n_odd, index, start = 0, 0, 0
    while True:
        end = start
        while end < size and line[end] != separator:
            end += 1
        if index < count:
            first, last = start, end
            while first < last and line[first] == 32:
                first += 1
            while last > first and line[last - 1] == 32:
                last -= 1
            length = last - first
            missing = length == 0
            if length == 1 and line[first] == 46:
                missing = True
            if length == 2 and line[first] == 78 and line[first + 1] == 65:
                missing = True
            if not missing:
                place, negative = first, False
                if line[place] == 45:
                    negative = True
                    place += 1
                mantissa, digits, decimals, point = 0, 0, 0, False
                simple = True
                while place < last:
                    byte = line[place]
                    if 48 <= byte <= 57:
                        mantissa = mantissa * 10 + (byte - 48)
                        digits += 1
                        if point:
                            decimals += 1
                    elif byte == 46 and not point:
                        point = True
                    else:
                        simple = False
                        break
                    place += 1
                    if digits > 15:
                        simple = False
                        break
                if simple and digits > 0:
                    value = mantissa / powers[decimals]
                    values[index] = -value if negative else value
                else:
                    odd[n_odd, 0] = index
                    odd[n_odd, 1] = first
                    odd[n_odd, 2] = last
                    n_odd += 1
        index += 1
        if end >= size:
            break
        start = end + 1
    return index, n_odd


class Texts:
    """The different texts of a file's cells, numbered as they turn up.

    Attributes
    ----------
    texts
        The texts, without outer spaces; the code of a text is its place.
    """

    def __init__(self) -> None:
        self.texts: list[bytes] = []
        self._slots = np.full(_SLOTS, -1, np.int32)
        self._bounds = np.zeros((MOST_TEXTS + 1, 2), np.int64)
        self._pool = np.zeros(MOST_TEXTS * LONGEST_TEXT // 20, np.uint8)
        self._n = np.zeros(1, np.int64)

    def codes(self, text: bytes, separator: bytes, count: int) -> tuple[np.ndarray | None, int]:
        """Codes of the cells of a line; arguments as of :func:`numbers`.

        Returns
        -------
        codes
            (count,) uint16; None if there are more different or longer texts than genotypes have.
        found
            Cells that there are; where ``codes`` is None, those before the one that is too much.
        """
        line = np.frombuffer(text, np.uint8)
        codes = np.zeros(count, np.uint16)
        found = _codes(
            line,
            separator[0],
            self._slots,
            self._bounds,
            self._pool,
            self._n,
            codes,
            MOST_TEXTS,
            LONGEST_TEXT,
        )
        for code in range(len(self.texts), int(self._n[0])):
            self.texts.append(self._pool[slice(*self._bounds[code])].tobytes())
        return (codes, found) if found >= 0 else (None, -1 - found)


@compiled
def _codes(line, separator, slots, bounds, pool, n, codes, most, longest):  # type: ignore[no-untyped-def]
    """Number of cells, or -1 - the index of the cell without room. Slots are an open hash table."""
    size, count = line.size, codes.size
    index, start = 0, 0
    while True:
        end = start
        while end < size and line[end] != separator:
            end += 1
        if index < count:
            first, last = start, end
            while first < last and line[first] == 32:
                first += 1
            while last > first and line[last - 1] == 32:
                last -= 1
            hashed = np.uint32(2166136261)  # FNV-1a
            for place in range(first, last):
                hashed = np.uint32((hashed ^ np.uint32(line[place])) * np.uint32(16777619))
            slot = np.int64(hashed ^ (hashed >> np.uint32(16))) & (slots.size - 1)
            while True:
                code = slots[slot]
                if code < 0:
                    begin = bounds[n[0] - 1, 1] if n[0] > 0 else 0
                    if n[0] >= most or last - first > longest or begin + last - first > pool.size:
                        return -1 - index
                    for place in range(first, last):
                        pool[begin + place - first] = line[place]
                    code = n[0]
                    bounds[code, 0] = begin
                    bounds[code, 1] = begin + last - first
                    slots[slot] = code
                    n[0] += 1
                    break
                same = bounds[code, 1] - bounds[code, 0] == last - first
                if same:
                    for place in range(first, last):
                        if pool[bounds[code, 0] + place - first] != line[place]:
                            same = False
                            break
                if same:
                    break
                slot = (slot + 1) & (slots.size - 1)
            codes[index] = code
        index += 1
        if end >= size:
            break
        start = end + 1
    return index
