"""What is said of the sites and calls of a VCF or BCF that are read as they stand."""

from __future__ import annotations

from collections import Counter

from dnngp.genotypes.parsing.format import Reading
from dnngp.genotypes.store import GenotypesWriter

#: What the reason of a site begins with that is skipped since it failed a filter.
FAILED = "FILTER"

#: Filters that are named.
_NAMED = 3


def warn_of_filters(writer: GenotypesWriter, failed: Counter[bytes], sites: int, reading: Reading) -> None:
    """Say how many sites did not pass the filters of their caller, by the texts of FILTER."""
    if not failed:
        return
    names = ", ".join(
        f"{name.decode(errors='replace')} {count}" for name, count in failed.most_common(_NAMED)
    )
    done = "are left out" if reading.filter == "pass" else "are used (`filter: pass` leaves them out)"
    writer.warn(
        f"{failed.total()} of {sites} sites did not pass the filters of their caller ({names}) and {done}."
    )


def warn_of_reads(writer: GenotypesWriter, count: int, reading: Reading) -> None:
    """Say how many calls of REF have no reads."""
    if not count:
        return
    calls = writer.n_variants * len(writer.samples)
    done = "count as REF (`no_reads: missing` makes them missing)"
    if reading.no_reads == "missing":
        done = "are missing"
    writer.warn(
        f"{count} calls ({count / calls:.1%}) are 0/0 without any reads, as GATK 4.2.3 to 4.5 and GLnexus "
        f"write what they did not see, and {done}."
    )
