"""Lines of a VCF to dosages, compiled: the nine fixed columns once a line, then from tab to tab.

Only the genotype field of a cell is decoded; the bytes of the others are looked at for what may not be there.
The functions know nothing of files or errors: they fill arrays, and say by number what they met and where.
"""

# mypy: allow-untyped-defs, no-check-untyped-defs

from __future__ import annotations

import numpy as np

from dnngp.base.compiled import compiled

# What became of a line (`status`).
KEPT, NO_FIELD, SEVERAL_ALLELES, NO_RECORD = 0, 1, 2, 3

# What is wrong with a line (`fault`). The first group makes the line, and so the file, unreadable.
GOOD, BLANK, HEADER_LINE, CELLS, BAD_CHROM, BAD_POS, BAD_REF, BAD_ALT, NUL = range(9)
# The second group is about one cell, which is then missing.
CALL, ALLELE, PLOIDY, FIELDS, TEXT, VALUE = range(16, 22)
FIRST_OF_A_CELL = CALL

# Columns that the rules in Python have to look at (`look`).
LOOK_ID, LOOK_ALT, LOOK_QUAL, LOOK_FILTER, LOOK_INFO, LOOK_REF = 1, 2, 4, 8, 16, 32

# Kinds of dosage.
COUNT, DOSE, PROBABILITIES = 0, 1, 2

TAB, LF, CR, COLON, COMMA, DOT, SLASH, BAR, ZERO = 9, 10, 13, 58, 44, 46, 47, 124, 48

#: Columns of `fixed`: where each column of the line starts, the end of FORMAT, and the end of the line.
STARTS, END_OF_FORMAT, END_OF_LINE = 9, 9, 10

# Classes of bytes in a cell.
_END, _COLON, _TEXT, _FLOAT = 1, 2, 4, 8


def byte_classes() -> np.ndarray:
    """(256,) classes of the bytes of a cell: its end, a colon, no part of an integer, no part of a number."""
    classes = np.full(256, _TEXT, np.uint8)
    classes[list(b"0123456789.,-+")] = 0
    classes[list(b"eEinfaNI")] = _FLOAT
    classes[[TAB, LF, CR]] = _END
    classes[COLON] = _COLON
    return classes


CLASSES = byte_classes()


def base_classes() -> np.ndarray:
    """(256,) 1 for the letters of REF and ALT, 2 for IUPAC codes other than N."""
    classes = np.zeros(256, np.uint8)
    classes[list(b"RYSWKMBDHVryswkmbdhv")] = 2
    classes[list(b"ACGTNacgtn")] = 1
    return classes


BASES = base_classes()


@compiled
def _simple_calls(buf, start, n, last, row):
    """Biallelic diploid calls of three bytes each: the dosages of all cells but the last; False if any is
    not such a call."""
    bad = np.uint8(0)
    # Unsigned indices: the compiler need not think of negative ones, and handles many cells at a time.
    at = np.uint64(start)
    for i in range(np.uint64(n - 1)):
        q = at + (i << np.uint64(2))
        a = buf[q]
        s = buf[q + np.uint64(1)]
        b = buf[q + np.uint64(2)]
        t = buf[q + np.uint64(3)]
        x = np.uint8(a - 48)
        y = np.uint8(b - 48)
        no_a = np.uint8(a == 46)
        no_b = np.uint8(b == 46)
        bad |= np.uint8(x > last) & ~no_a
        bad |= np.uint8(y > last) & ~no_b
        bad |= np.uint8(s != 47) & np.uint8(s != 124)
        bad |= np.uint8(t != 9)
        missing = no_a | no_b
        row[i] = np.int8(-1) if missing else np.int8(x + y)
    return bad == 0


@compiled
def _call(buf, p, prefix, alternatives, ploidy, target, others_missing):
    """One GT from `p`: (where it ends, dosage, fault)."""
    count = 0
    number = 0
    missing = False
    fault = GOOD
    first_copy = False
    if buf[p] == 47 or buf[p] == 124:
        # Since version 4.4, a call may start with how its first allele is phased.
        p += 1
        if not prefix:
            return p, -1, CALL
    while True:
        c = buf[p]
        if c == 46:
            missing = True
            p += 1
            first_copy = False
        elif 48 <= c <= 57:
            allele = 0
            while 48 <= buf[p] <= 57:
                allele = min(allele * 10 + np.int64(buf[p]) - 48, 1_000_000)
                p += 1
            if allele > alternatives:
                fault = ALLELE if fault == GOOD else fault
            if allele == target:
                count += 1
                first_copy = True
            else:
                first_copy = False
                if allele > 0 and others_missing:
                    missing = True
        else:
            return p, -1, CALL
        number += 1
        c = buf[p]
        if c == 47 or c == 124:
            p += 1
        else:
            break
    c = buf[p]
    if not (c == 9 or c == 58 or c == 10 or (c == 13 and buf[p + 1] == 10)):
        return p, -1, CALL
    if fault != GOOD:
        return p, -1, fault
    if number == ploidy:
        return p, (-1 if missing else count), GOOD
    if number == 1:
        return p, (-1 if missing else (ploidy if first_copy else 0)), GOOD
    return p, -1, (PLOIDY if not missing or number > ploidy else GOOD)


@compiled
def _number(buf, p):
    """One decimal number from `p`: (where it ends, value); NaN for a dot, -1 as the end if it is none."""
    c = buf[p]
    if c == 46 and not 48 <= buf[p + 1] <= 57:
        return p + 1, np.nan
    sign = 1.0
    if c == 45:
        sign = -1.0
        p += 1
    digits = 0
    value = 0.0
    scale = 0
    while 48 <= buf[p] <= 57:
        value = value * 10.0 + (np.float64(buf[p]) - 48.0)
        digits += 1
        p += 1
    if buf[p] == 46:
        p += 1
        while 48 <= buf[p] <= 57:
            value = value * 10.0 + (np.float64(buf[p]) - 48.0)
            scale -= 1
            digits += 1
            p += 1
    if digits == 0:
        return np.int64(-1), np.nan
    if buf[p] == 101 or buf[p] == 69:
        p += 1
        down = buf[p] == 45
        if buf[p] == 45 or buf[p] == 43:
            p += 1
        exponent = 0
        if not 48 <= buf[p] <= 57:
            return np.int64(-1), np.nan
        while 48 <= buf[p] <= 57:
            exponent = min(exponent * 10 + np.int64(buf[p]) - 48, 400)
            p += 1
        scale += -exponent if down else exponent
    return p, sign * (value / 10.0**-scale if scale < 0 else value * 10.0**scale)


@compiled
def _estimate(buf, p, kind, ploidy):
    """A DS or GP from `p`: (dosage, fault)."""
    end, value = _number(buf, p)
    total = value if kind == DOSE else 0.0
    copies = 0
    if kind == PROBABILITIES:
        sum = value
        while end >= 0 and buf[end] == 44:
            end, value = _number(buf, end + 1)
            copies += 1
            total += copies * value
            sum += value
        if end >= 0 and np.isnan(sum):
            total = np.nan
        elif end >= 0 and (copies != ploidy or abs(sum - 1.0) > 0.05):
            return np.nan, VALUE
    if end < 0:
        return np.nan, VALUE
    c = buf[end]
    if not (c == 9 or c == 58 or c == 10 or c == 13):
        return np.nan, VALUE
    # Rounding by the program that wrote it may leave the range by a little.
    if total < -0.01 or total > ploidy + 0.01:
        return np.nan, VALUE
    return min(max(total, 0.0), ploidy), GOOD


_EACH = np.uint64(0x0101010101010101)
_LOW, _HIGH = np.uint64(0x7F7F7F7F7F7F7F7F), np.uint64(0x8080808080808080)
_COLONS, _SLASHES = np.uint64(0x3A3A3A3A3A3A3A3A), np.uint64(0x2F2F2F2F2F2F2F2F)
_BELOW_PLUS, _ABOVE_COLON = np.uint64(0x5555555555555555), np.uint64(0x0505050505050505)
_LETTERS = np.uint64(0xC0C0C0C0C0C0C0C0)
_ONE, _SEVEN, _LAST, _TOP = np.uint64(1), np.uint64(7), np.uint64(63), np.uint64(56)


@compiled
def _end_of_cell(words, p):
    """From byte `p`, eight bytes at a time: the first byte below `+`, how many colons come before it, and
    whether anything does that is neither a colon nor in `0123456789+-.,`.

    Per byte x of a word, without carries into the next: bit 7 of (x & 127) + 85 tells x >= 43, bit 6 of
    x | (x + 5) tells x >= 59; bit 7 of ~(((x ^ c) & 127) + 127 | x ^ c | 127) tells x = c.
    """
    colons = np.uint64(0)
    seen = np.uint64(0)
    while True:
        shift = np.uint64((p & 7) << 3)
        w = (words[p >> 3] >> shift) | ((words[(p >> 3) + 1] << _ONE) << (_LAST - shift))
        x = w & _LOW
        low = ~((x + _BELOW_PLUS) | w) & _HIGH
        colon = w ^ _COLONS
        colon = ~(((colon & _LOW) + _LOW) | colon | _LOW)
        slash = w ^ _SLASHES
        slash = ~(((slash & _LOW) + _LOW) | slash | _LOW)
        odd = ((w | (x + _ABOVE_COLON)) & _LETTERS) | slash
        if low == 0:
            colons += ((colon >> _SEVEN) * _EACH) >> _TOP
            seen |= odd
            p += 8
        else:
            # Bits of the bytes before the first low one.
            before = ((low & (~low + _ONE)) >> _SEVEN) - _ONE
            colons += (((colon & before) >> _SEVEN) * _EACH) >> _TOP
            seen |= odd & before
            return p + np.int64(((before & _EACH) * _EACH) >> _TOP), np.int64(colons), seen != 0


@compiled
def scan_cells(
    buf,
    words,
    p,
    n,
    position,
    types,
    fields,
    kind,
    prefix,
    alternatives,
    ploidy,
    target,
    others_missing,
    classes,
    row,
    real,
    reads,
    clear,
):
    """All cells of a line from `p`, the byte after FORMAT's tab.

    Parameters: `words`, the same text as `buf`, as uint64; `position`, the place of the field in FORMAT;
    `types`, of the fields: 0 any text, 1 integer, 2 float; `fields`, how many; `row` (int8) or `real`
    (float32) take the dosages; `reads`, whether the other fields tell how many reads a call has; `clear`,
    whether calls without any are missing.

    Returns: the end of the line (its LF), the number of cells, the first fault of a cell and its index,
    whether a byte is NUL, and how many calls of REF have nothing but zeros in their other fields.
    """
    fault = GOOD
    where = -1
    cells = 0
    nul = False
    unread = 0
    while True:
        begin = p
        dosage = -1
        estimate = np.nan
        found = GOOD
        if position == 0 and kind == COUNT:
            a = buf[p]
            if a == 10 or a == 13 or a == 9:
                found = CALL
            else:
                x = np.int64(a) - 48
                s = buf[p + 1]
                simple = False
                if ploidy == 2 and (s == 47 or s == 124) and alternatives == 1 and target == 1:
                    y = np.int64(buf[p + 2]) - 48
                    e = buf[p + 3]
                    if (e == 58 or e == 9) and 0 <= x <= 1 and 0 <= y <= 1:
                        dosage = x + y
                        p += 3
                        simple = True
                if not simple:
                    p, dosage, found = _call(buf, p, prefix, alternatives, ploidy, target, others_missing)
        # One test that is nearly always false, by `&`: three that are not cost a tenth of the scan.
        first = buf[p + 1]
        if reads & (dosage == 0) & (found == GOOD) & (buf[p] == 58) & ((first == 48) | (first == 46)):
            q = p + 1
            zero = False
            while buf[q] == 48 or buf[q] == 44 or buf[q] == 46 or buf[q] == 58:
                zero |= buf[q] == 48
                q += 1
            if zero and (buf[q] == 9 or buf[q] == 10 or buf[q] == 13):
                unread += 1
                if clear:
                    dosage = -1
        # To the end of the cell.
        after = p
        p, colons, seen = _end_of_cell(words, p)
        if not (buf[p] == 9 or buf[p] == 10 or (buf[p] == 13 and buf[p + 1] == 10)):
            # A byte that may not be there: step by step.
            p, colons, seen = after, 0, True
            while not (buf[p] == 9 or buf[p] == 10 or (buf[p] == 13 and buf[p + 1] == 10)):
                colons += buf[p] == 58
                nul |= buf[p] == 0
                p += 1
        if colons >= fields and fields > 0 and found == GOOD:
            found = FIELDS
        if seen and found == GOOD:
            # Something that is no digit: does its field allow it?
            k = 0
            q = after if position == 0 and kind == COUNT else begin
            while q < p:
                c = classes[buf[q]]
                if c == _COLON:
                    k += 1
                elif k < fields and ((types[k] >= 1 and c == _TEXT) or (types[k] == 1 and c == _FLOAT)):
                    found = TEXT
                    break
                q += 1
        if (position > 0 or kind != COUNT) and found == GOOD:
            q = begin
            k = 0
            while q < p and k < position:
                if buf[q] == 58:
                    k += 1
                q += 1
            if k == position and (q < p or k == 0):
                if kind == COUNT:
                    q, dosage, found = _call(buf, q, prefix, alternatives, ploidy, target, others_missing)
                elif q < p:
                    estimate, found = _estimate(buf, q, kind, ploidy)
        if found != GOOD:
            dosage = -1
            estimate = np.nan
            if fault == GOOD:
                fault = found
                where = cells
        if cells < n:
            if kind == COUNT:
                row[cells] = dosage
            else:
                real[cells] = estimate
        cells += 1
        if buf[p] == 9:
            p += 1
            continue
        if buf[p] == 13:
            p += 1
        break
    return p, cells, fault, where, nul, unread


@compiled
def _same(buf, a, b, size):
    i = 0
    while i < size and buf[a + i] == buf[b + i]:
        i += 1
    return i == size


@compiled
def scan(
    buf, words, start, stop, n, kind, prefix, ploidy, keep_first, others_missing, classes, bases,
    format_text, format_start, format_position, format_fields, format_types,
    format_reads, clear,
    fixed, pos, status, fault, where, look, begins, alternatives, format, unread, name, dosages, reals,
    names, free,
):  # fmt: skip
    """Scan the lines from `start` to `stop`, both after a line end.

    The text of CHROM to ALT is copied to `names` as well, from `free`; that of a line starts at `name`. To
    fetch it from `buf` later would cost as much as the scan: it has left the caches by then.

    Returns: the number of lines scanned, the number of rows filled, where the scan stopped (at `stop`, at a
    line for which there is no room, or at one whose FORMAT is not among the known ones, `format_*`), and
    where `names` is free.
    """
    p = start
    line = 0
    rows = 0
    spare_row = np.empty(n, np.int8)
    spare_real = np.empty(n, np.float32)
    known = len(format_position)
    recent = 0
    while p < stop:
        begin = p
        if line == len(pos):
            return line, rows, begin, free
        fault[line] = GOOD
        where[line] = -1
        look[line] = 0
        pos[line] = 0
        alternatives[line] = 0
        format[line] = -1
        unread[line] = 0
        begins[line] = 1
        # The nine fixed columns.
        column = 0
        nul = False
        fixed[line, 0] = p
        while column < 9:
            c = buf[p]
            if c == 9:
                column += 1
                fixed[line, column] = p + 1
            elif c == 10:
                break
            nul |= c == 0
            p += 1
        if column < 9:
            fixed[line, END_OF_LINE] = p
            where[line] = column
            fault[line] = CELLS
            status[line] = NO_RECORD
            if begin == p or (begin + 1 == p and buf[begin] == 13):
                fault[line] = BLANK
            elif buf[begin] == 35:
                fault[line] = HEADER_LINE
            if nul:
                fault[line] = NUL
            line += 1
            p += 1
            continue
        end_of_format = p - 1
        problem = HEADER_LINE if buf[begin] == 35 else GOOD
        # CHROM
        if line > 0 and status[line - 1] != NO_RECORD:
            size = fixed[line, 1] - begin
            if fixed[line - 1, 1] - fixed[line - 1, 0] == size and _same(
                buf, begin, fixed[line - 1, 0], size
            ):
                begins[line] = 0
        if fixed[line, 1] - begin < 2 and problem == GOOD:
            problem = BAD_CHROM
        for q in range(begin, fixed[line, 1] - 1):
            c = buf[q]
            if c <= 32 or c == 44 or (q == begin and (c == 42 or c == 61)):
                problem = BAD_CHROM if problem == GOOD else problem
        # POS
        value = 0
        q = fixed[line, 1]
        if q == fixed[line, 2] - 1 and problem == GOOD:
            problem = BAD_POS
        while q < fixed[line, 2] - 1:
            c = np.int64(buf[q]) - 48
            if 0 <= c <= 9:
                value = min(value * 10 + c, 1_000_000_000_000)
            elif problem == GOOD:
                problem = BAD_POS
            q += 1
        pos[line] = value
        # ID
        for q in range(fixed[line, 2], fixed[line, 3] - 1):
            c = buf[q]
            if c <= 32 or c == 59 or c == 44:
                look[line] |= LOOK_ID
        if fixed[line, 2] == fixed[line, 3] - 1:
            look[line] |= LOOK_ID
        # REF
        if fixed[line, 3] == fixed[line, 4] - 1 and problem == GOOD:
            problem = BAD_REF
        for q in range(fixed[line, 3], fixed[line, 4] - 1):
            c = bases[buf[q]]
            if c == 2:
                look[line] |= LOOK_REF
            elif c == 0 and problem == GOOD:
                problem = BAD_REF
        # ALT
        first, last = fixed[line, 4], fixed[line, 5] - 1
        count = 1
        if first == last:
            if problem == GOOD:
                problem = BAD_ALT
        elif last - first == 1 and buf[first] == 46:
            count = 0
        else:
            if last - first == fixed[line, 4] - 1 - fixed[line, 3] and _same(
                buf, first, fixed[line, 3], last - first
            ):
                look[line] |= LOOK_ALT
            for q in range(first, last):
                if buf[q] == 44:
                    count += 1
                    look[line] |= LOOK_ALT
                elif bases[buf[q]] != 1:
                    look[line] |= LOOK_ALT
        alternatives[line] = count
        # QUAL, FILTER, INFO
        first, last = fixed[line, 5], fixed[line, 6] - 1
        if not (last - first == 1 and buf[first] == 46):
            dots = 0
            for q in range(first, last):
                if buf[q] == 46 and q > first:
                    dots += 1
                elif not 48 <= buf[q] <= 57:
                    dots = 9
            if dots > 1 or first == last:
                look[line] |= LOOK_QUAL
        first, last = fixed[line, 6], fixed[line, 7] - 1
        if not (
            (last - first == 1 and buf[first] == 46)
            or (
                last - first == 4
                and buf[first] == 80
                and buf[first + 1] == 65
                and buf[first + 2] == 83
                and buf[first + 3] == 83
            )
        ):
            look[line] |= LOOK_FILTER
        first, last = fixed[line, 7], fixed[line, 8] - 1
        if not (last - first == 1 and buf[first] == 46):
            look[line] |= LOOK_INFO
        # FORMAT
        first = fixed[line, 8]
        size = end_of_format - first
        fixed[line, END_OF_FORMAT] = end_of_format
        chosen = -1
        for k in range(known):
            candidate = (recent + k) % known
            at = format_start[candidate]
            if format_start[candidate + 1] - at == size:
                equal = True
                for q in range(size):
                    if format_text[at + q] != buf[first + q]:
                        equal = False
                        break
                if equal:
                    chosen = candidate
                    break
        if chosen < 0:
            return line, rows, begin, free
        recent = chosen
        format[line] = chosen
        name[line] = free
        for q in range(begin, fixed[line, 5]):
            names[free] = buf[q]
            free += 1
        position = format_position[chosen]
        keep = position >= 0 and (count <= 1 or (keep_first and kind == COUNT))
        status[line] = KEPT if keep else NO_FIELD if position < 0 else SEVERAL_ALLELES
        row = dosages[rows] if keep and kind == COUNT else spare_row
        real = reals[rows] if keep and kind != COUNT else spare_real
        done = False
        if position == 0 and kind == COUNT and format_fields[chosen] == 1 and ploidy == 2 and count <= 1:
            last = p + 4 * n - 1
            done = last < stop and (buf[last] == 10 or (buf[last] == 13 and buf[last + 1] == 10))
            done = done and _simple_calls(buf, p, n, np.uint8(count), row)
            if done:
                end, x, code = _call(buf, last - 3, prefix, count, ploidy, 1, False)
                done = code == GOOD and end == last
                row[n - 1] = x
            if done:
                p = last if buf[last] == 10 else last + 1
        if not done:
            # Counts are checked at every site; real values only at those that are kept.
            judged = position >= 0 and (keep or kind == COUNT)
            p, cells, code, sample, found, unread[line] = scan_cells(
                buf, words, p, n, position if judged else 1_000_000, format_types[chosen],
                format_fields[chosen], kind if judged else COUNT, prefix,
                count, ploidy, 1, others_missing, classes, row, real,
                format_reads[chosen] and judged and position == 0 and kind == COUNT, clear,
            )  # fmt: skip
            if cells != n:
                problem = CELLS
                where[line] = cells + 8
            elif problem == GOOD:
                problem = code
                where[line] = sample
            nul |= found
        if nul:
            problem = NUL
        fixed[line, END_OF_LINE] = p
        fault[line] = problem
        if keep:
            rows += 1
        line += 1
        p += 1
    return line, rows, p, free


@compiled
def pack(buf, starts, ends, offsets, data):
    """Copy texts of `buf` from `starts` to `ends` behind one another, for an Arrow array."""
    at = 0
    for i in range(len(starts)):
        offsets[i] = at
        for q in range(starts[i], ends[i]):
            data[at] = buf[q]
            at += 1
    offsets[len(starts)] = at
