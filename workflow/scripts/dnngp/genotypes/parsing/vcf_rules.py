"""What the VCF specification (versions 4.1 to 4.5) demands, and what of it a file does not keep.

Nothing here stops the reading: every breach is handed out as a :class:`Breach`, which says whether it touches
the genotypes. The compiled scan finds the lines that need a second look; the texts they hold are judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

#: Version line of a VCF that is read.
_VERSION = re.compile(rb"##fileformat=VCFv4\.[1-5]")

_STRUCTURED = {"INFO", "FORMAT", "FILTER", "ALT", "contig", "META", "SAMPLE", "PEDIGREE"}
_FIELD_LINES = {"INFO", "FORMAT"}
_TYPES = {
    "INFO": {"Integer", "Float", "Flag", "Character", "String"},
    "FORMAT": {"Integer", "Float", "Character", "String"},
}
_NUMBER = re.compile(r"\d+|[AGR.]|LA|LR|LG|P|M")
_PAIR = re.compile(r'\s*([A-Za-z0-9_.]+)=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^,"<>]*)(,|$)')
_KEY = re.compile(r"[A-Za-z_][0-9A-Za-z_.]*|1000G")
_CONTIG = re.compile(r"[0-9A-Za-z!#$%&+./:;?@^_|~-][0-9A-Za-z!#$%&*+./:;=?@^_|~-]*")
_STRUCTURAL = re.compile(r"(DEL|INS|DUP|INV|CNV|BND)(:[^:<>\s]+)*|\*|NON_REF|[RYMKWSBDHVN]")
_LINK = re.compile(r"(?:file|https?|ftp)://\S+")

_BASES = re.compile(rb"[ACGTNacgtn]+")
_AMBIGUOUS = re.compile(rb"[ACGTNRYSWKMBDHVacgtnryswkmbdhv]+")
_SYMBOL = re.compile(rb"<[^\s,<>]+>")
_PLACE = rb"(?:[^\s,<>\[\]:][^\s,<>\[\]]*|<[^\s,<>\[\]]+>):[0-9]+"
_BREAKEND = re.compile(
    rb"[ACGTNacgtn.]+\[" + _PLACE + rb"\[|[ACGTNacgtn.]+\]" + _PLACE + rb"\]"
    rb"|\[" + _PLACE + rb"\[[ACGTNacgtn.]+|\]" + _PLACE + rb"\][ACGTNacgtn.]+"
    rb"|\.[ACGTNacgtn]+|[ACGTNacgtn]+\."
    rb"|[ACGTNacgtn]+(?:\[<[^\s,<>]+>\[|\]<[^\s,<>]+>\])|(?:\[<[^\s,<>]+>\[|\]<[^\s,<>]+>\])[ACGTNacgtn]+"
)
_QUAL = re.compile(
    rb"\.|nan|NaN|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+]?(?:inf|Inf|INF)(?:inity)?"
)
_INTEGER = re.compile(r"\.|[+-]?[0-9]+")
_FLOAT = re.compile(
    r"\.|[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|infinity)|nan", re.IGNORECASE
)

#: Reserved keys of FORMAT and INFO: number and type.
RESERVED: dict[str, dict[str, tuple[str | None, str | None]]] = {
    "FORMAT": {
        "AD": ("R", "Integer"), "ADF": ("R", "Integer"), "ADR": ("R", "Integer"), "DP": ("1", "Integer"),
        "EC": ("A", "Integer"), "FT": ("1", "String"), "GL": ("G", "Float"), "GP": ("G", "Float"),
        "GQ": ("1", "Integer"), "GT": ("1", "String"), "HQ": ("2", "Integer"), "MQ": ("1", "Integer"),
        "PL": ("G", "Integer"), "PQ": ("1", "Integer"), "PS": ("1", "Integer"), "CN": ("1", "Integer"),
        "CNQ": ("1", "Float"), "CNL": ("G", "Float"), "NQ": ("1", "Integer"), "HAP": ("1", "Integer"),
        "AHAP": ("1", "Integer"), "GLE": (".", "String"), "DS": (None, "Float"),
    },
    "INFO": {
        "AA": ("1", "String"), "AC": ("A", "Integer"), "AD": ("R", "Integer"), "ADF": ("R", "Integer"),
        "ADR": ("R", "Integer"), "AF": ("A", "Float"), "AN": ("1", "Integer"), "BQ": ("1", "Float"),
        "CIGAR": ("A", "String"), "DB": ("0", "Flag"), "DP": ("1", "Integer"), "END": ("1", "Integer"),
        "H2": ("0", "Flag"), "H3": ("0", "Flag"), "MQ": ("1", "Float"), "MQ0": ("1", "Integer"),
        "NS": ("1", "Integer"), "SB": (None, None), "SOMATIC": ("0", "Flag"), "VALIDATED": ("0", "Flag"),
        "1000G": ("0", "Flag"), "IMPRECISE": ("0", "Flag"), "NOVEL": ("0", "Flag"),
        "SVTYPE": (None, "String"), "SVLEN": (None, "Integer"), "CIPOS": (None, "Integer"),
        "CIEND": (None, "Integer"), "HOMLEN": (None, "Integer"), "HOMSEQ": (None, "String"),
        "BKPTID": (None, "String"), "MEINFO": (None, "String"), "METRANS": (None, "String"),
        "DGVID": ("1", "String"), "DBVARID": ("1", "String"), "DBRIPID": ("1", "String"),
        "MATEID": (None, "String"), "PARID": ("1", "String"), "EVENT": (None, "String"),
        "CILEN": (None, "Integer"), "DPADJ": (None, "Integer"), "CN": (None, None),
        "CNADJ": (None, "Integer"), "CICN": (None, None), "CICNADJ": (None, "Integer"),
    },
}  # fmt: skip


@dataclass(frozen=True)
class Breach:
    """One rule that a file does not keep: in which column, and what was found.

    ``touches``: the genotypes may be wrong or lost through it, so that strict reading stops.
    """

    column: str
    what: str
    touches: bool = False


@dataclass(frozen=True)
class Format:
    """A FORMAT column: its keys, the types of the fields (0 text, 1 integer, 2 float), the declared numbers
    of values ("" where none is), its breaches.
    """

    keys: list[str]
    types: list[int]
    numbers: list[str]
    breaches: list[Breach]


@dataclass
class Header:
    """Meta lines of a VCF: what they declare, and their breaches by line."""

    version: int = 0
    declared: dict[str, dict[str, tuple[str, str]]] = field(
        default_factory=lambda: {"INFO": {}, "FORMAT": {}}
    )
    ids: dict[str, set[str]] = field(default_factory=dict)
    breaches: list[tuple[int, Breach]] = field(default_factory=list)

    @classmethod
    def of(cls, lines: list[bytes]) -> Header:
        """Judge the header lines, the one of ``#CHROM`` included."""
        header = cls()
        if not _VERSION.fullmatch(lines[0]):
            text = lines[0].decode(errors="replace")
            header._note(1, "fileformat", f"{text!r} is not a version from 4.1 to 4.5")
        found = re.search(rb"VCFv4\.(\d)", lines[0])
        header.version = int(found[1]) if found else 3
        for number, line in enumerate(lines[1:-1], start=2):
            header._meta(number, line)
        return header

    def _note(self, line: int, column: str, what: str) -> None:
        self.breaches.append((line, Breach(column, what)))

    def _meta(self, number: int, line: bytes) -> None:
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._note(number, "header", "the line is not UTF-8")
            text = line.decode(errors="replace")
        key, equals, value = text[2:].partition("=")
        if not equals or not key or not value:
            self._note(number, "header", "the line is not of the form ##key=value")
        elif key == "fileformat":
            self._note(number, "fileformat", "the line is there twice")
        elif key in _STRUCTURED:
            self._structured(number, key, value)
        elif key == "assembly":
            if not _LINK.fullmatch(value):
                self._note(number, key, "the value is no link")
        elif key == "pedigreeDB":
            if not (value.startswith("<") and value.endswith(">") and _LINK.fullmatch(value[1:-1])):
                self._note(number, key, "the value is no link in angle brackets")
        elif value.startswith("<") and not value.endswith(">"):
            self._note(number, key, "the angle bracket is not closed")

    def _structured(self, number: int, key: str, value: str) -> None:
        if not (value.startswith("<") and value.endswith(">") and len(value) > 2):
            self._note(number, key, "the value is not in angle brackets")
            return
        pairs: dict[str, str] = {}
        order: list[str] = []
        at, inner = 0, value[1:-1]
        while at < len(inner):
            match = _PAIR.match(inner, at)
            if not match or (match[3] == "," and match.end() == len(inner)):
                self._note(number, key, f"{inner[at : at + 40]!r} is not of the form key=value")
                return
            if match[1] in pairs:
                self._note(number, key, f"{match[1]} is there twice")
            if match[2] == "":
                self._note(number, key, f"{match[1]} is empty")
            pairs[match[1]] = match[2]
            order.append(match[1])
            at = match.end()
        self._judge(number, key, pairs, order)

    def _judge(self, number: int, key: str, pairs: dict[str, str], order: list[str]) -> None:
        id = pairs.get("ID", "")
        if not id:
            if key != "PEDIGREE":
                self._note(number, key, "ID is missing")
        else:
            if id in self.ids.setdefault(key, set()):
                self._note(number, key, f"{id} is declared twice")
            self.ids[key].add(id)
            if key != "PEDIGREE" and order[0] != "ID":
                self._note(number, key, "ID is not the first")
        if key in _FIELD_LINES | {"FILTER", "ALT"}:
            description = pairs.get("Description", "")
            if not (len(description) >= 2 and description.startswith('"')):
                self._note(number, key, "Description is missing or not in quotes")
        for name in ("Source", "Version"):
            if key == "INFO" and name in pairs and not pairs[name].startswith('"'):
                self._note(number, key, f"{name} is not in quotes")
        if key in _FIELD_LINES:
            self._judge_field(number, key, id, pairs)
        elif key == "ALT" and id and not _STRUCTURAL.fullmatch(id):
            self._note(number, key, f"{id} is no kind of structural variant")
        elif key == "FILTER" and (id == "0" or re.search(r"[\s;]", id)):
            self._note(number, key, f"{id!r} is no name of a filter")
        elif key == "contig" and id and not _CONTIG.fullmatch(id):
            self._note(number, key, f"{id!r} is no name of a contig")
        elif key == "contig" and "length" in pairs and not re.fullmatch(r'"?\d+"?', pairs["length"]):
            self._note(number, key, "length is no whole number")
        elif key == "META":
            for name in ("Type", "Number", "Values"):
                if name not in pairs:
                    self._note(number, key, f"{name} is missing")
        elif key == "SAMPLE" and self.version < 3:
            self._judge_sample(number, pairs)
        elif key == "PEDIGREE":
            self._judge_pedigree(number, pairs, order)

    def _judge_field(self, number: int, key: str, id: str, pairs: dict[str, str]) -> None:
        count, kind = pairs.get("Number", ""), pairs.get("Type", "")
        if (id and not _KEY.fullmatch(id) and self.version >= 3) or re.search(r"[\s;=,]", id):
            self._note(number, key, f"{id!r} is no key")
        if not _NUMBER.fullmatch(count) or (count == "R" and self.version < 2):
            self._note(number, key, f"Number {count!r} is not valid")
        if kind not in _TYPES[key]:
            self._note(number, key, f"Type {kind!r} is not valid")
        if (kind == "Flag") != (count == "0"):
            self._note(number, key, "Number 0 and Type Flag belong together")
        must_count, must_kind = RESERVED[key].get(id, (None, None))
        if must_kind and kind != must_kind:
            self._note(number, key, f"{id} has Type {kind}; the specification reserves it as {must_kind}")
        elif must_count and count != must_count and not (self.version < 2 and must_count == "R"):
            self._note(number, key, f"{id} has Number {count}; the specification reserves it as {must_count}")
        if id and kind in _TYPES[key]:
            self.declared[key].setdefault(id, (count, kind))

    def _judge_sample(self, number: int, pairs: dict[str, str]) -> None:
        for name in ("Genomes", "Mixture"):
            if name not in pairs:
                self._note(number, "SAMPLE", f"{name} is missing")
        sizes = {len(pairs.get(name, "").split(";")) for name in ("Genomes", "Mixture", "Description")}
        if len(sizes) > 1 and "Description" in pairs:
            self._note(number, "SAMPLE", "Genomes, Mixture and Description differ in length")

    def _judge_pedigree(self, number: int, pairs: dict[str, str], order: list[str]) -> None:
        if self.version >= 3 and (order[0] != "ID" or len(order) < 2):
            self._note(number, "PEDIGREE", "there is no ID, or no relation")
        if any(not value for value in pairs.values()):
            self._note(number, "PEDIGREE", "a value is empty")

    # -- columns of the records --------------------------------------------------------------------------

    def format(self, text: bytes) -> Format:
        """Judge a FORMAT column."""
        keys = text.decode(errors="replace").split(":")
        breaches = []
        if len(set(keys)) < len(keys):
            breaches.append(Breach("FORMAT", f"a key is there twice ({':'.join(keys)})", touches=True))
        if "" in keys:
            breaches.append(Breach("FORMAT", f"a key is empty ({':'.join(keys)!r})", touches=True))
        elif text != b".":
            for key in keys:
                if not _KEY.fullmatch(key):
                    breaches.append(Breach("FORMAT", f"{key!r} is no key"))
                elif key not in self.declared["FORMAT"]:
                    breaches.append(Breach("FORMAT", f"{key} is not declared in the header"))
        if "GT" in keys and keys[0] != "GT":
            breaches.append(Breach("FORMAT", "GT is not the first key"))
        types, numbers = [], []
        for key in keys:
            kind = self.declared["FORMAT"].get(key) or RESERVED["FORMAT"].get(key, ("", ""))
            types.append(0 if key == "GT" else {"Integer": 1, "Float": 2}.get(str(kind[1]), 0))
            numbers.append("" if key == "GT" else str(kind[0] or ""))
        return Format(keys, types, numbers, breaches)

    def chromosome(self, name: str) -> Iterator[Breach]:
        """Judge a chromosome where it begins."""
        plain = name[1:-1] if name.startswith("<") and name.endswith(">") else name
        if re.search(r"[<>]", plain):
            yield Breach("CHROM", f"{name!r} is no name of a chromosome", touches=True)
        elif re.search(r"[:*]", plain) and plain not in self.ids.get("contig", ()):
            # HLA alleles have both in their names, and a header that has such contigs declares them.
            yield Breach(
                "CHROM", f"{name!r} holds a colon or an asterisk, and the header does not declare it"
            )
        elif self.ids.get("contig") and plain not in self.ids["contig"]:
            yield Breach("CHROM", f"{name} is not among the contigs of the header")

    @staticmethod
    def ids_of(text: bytes) -> Iterator[Breach]:
        """Judge an ID column."""
        names = text.split(b";")
        if b"" in names or re.search(rb"\s", text):
            yield Breach("ID", "an id is empty or holds white space")
        elif len(set(names)) < len(names):
            yield Breach("ID", "an id is there twice")
        elif b"," in text:
            yield Breach("ID", "ids are separated by a comma")

    @staticmethod
    def reference(text: bytes) -> Iterator[Breach]:
        """Judge a REF column of IUPAC letters."""
        yield Breach("REF", f"{text.decode(errors='replace')!r} holds an ambiguous base")

    @staticmethod
    def alternatives(ref: bytes, text: bytes) -> Iterator[Breach]:
        """Judge an ALT column that is not one allele of plain bases."""
        alleles = text.split(b",")
        shown = text[:60].decode(errors="replace")
        for allele in alleles:
            if _BASES.fullmatch(allele) or allele == b"*" or _SYMBOL.fullmatch(allele):
                continue
            if _BREAKEND.fullmatch(allele):
                continue
            if _AMBIGUOUS.fullmatch(allele):
                yield Breach("ALT", f"{shown!r} holds an ambiguous base")
                continue
            yield Breach("ALT", f"{shown!r} is not valid", touches=True)
            return
        upper = [allele.upper() for allele in alleles if _BASES.fullmatch(allele)]
        if ref.upper() in upper:
            yield Breach("ALT", f"{shown!r} is the same as REF", touches=True)
        if len(set(upper)) < len(upper):
            yield Breach("ALT", f"an allele is there twice ({shown})", touches=True)

    @staticmethod
    def quality(text: bytes) -> Iterator[Breach]:
        """Judge a QUAL column."""
        if not _QUAL.fullmatch(text) or text.startswith(b"-"):
            yield Breach("QUAL", f"{text.decode(errors='replace')!r} is no quality")

    def filters(self, text: bytes) -> Iterator[Breach]:
        """Judge a FILTER column."""
        names = text.decode(errors="replace").split(";")
        if "" in names or "0" in names or re.search(r"\s", "".join(names)):
            yield Breach("FILTER", f"{text.decode(errors='replace')!r} is not valid")
        elif len(set(names)) < len(names):
            yield Breach("FILTER", "a filter is there twice")
        elif len(names) > 1 and ("PASS" in names or "." in names):
            yield Breach("FILTER", "PASS stands among failed filters")
        else:
            for name in names:
                if name not in ("PASS", ".") and name not in self.ids.get("FILTER", ()):
                    yield Breach("FILTER", f"{name} is not declared in the header")

    def info(self, text: bytes, alternatives: int) -> Iterator[Breach]:
        """Judge an INFO column."""
        try:
            entries = text.decode().split(";")
        except UnicodeDecodeError:
            yield Breach("INFO", "the text is not UTF-8")
            return
        if entries[-1] == "" and len(entries) > 1:
            yield Breach("INFO", "the column ends with a semicolon")
            entries.pop()
        seen = set()
        for entry in entries:
            key, equals, value = entry.partition("=")
            if not (_KEY.fullmatch(key) if self.version >= 3 else re.fullmatch(r"[^\s;=,]+", key)):
                yield Breach("INFO", f"{key[:40]!r} is no key")
                return
            if key in seen:
                yield Breach("INFO", f"{key} is there twice")
            seen.add(key)
            yield from self._entry(key, equals, value, alternatives)

    def _entry(self, key: str, equals: str, value: str, alternatives: int) -> Iterator[Breach]:
        declared = self.declared["INFO"].get(key)
        if declared is None:
            yield Breach("INFO", f"{key} is not declared in the header")
        count, kind = declared or RESERVED["INFO"].get(key, (None, None))
        if kind == "Flag":
            if equals and value not in ("0", "1"):
                yield Breach("INFO", f"the flag {key} has a value")
            return
        if equals and value == "":
            yield Breach("INFO", f"{key} has no value")
            return
        if not equals:
            if kind is not None:
                yield Breach("INFO", f"{key} has no value")
            return
        if re.search(r"\s", value):
            yield Breach("INFO", f"the value of {key} holds white space")
        if value == ".":
            return
        values = value.split(",")
        pattern = {"Integer": _INTEGER, "Float": _FLOAT}.get(str(kind))
        if pattern and not all(pattern.fullmatch(part) for part in values):
            yield Breach("INFO", f"{key}={value[:40]} is not of type {kind}")
        wanted = {"A": alternatives, "R": alternatives + 1}.get(str(count))
        if wanted is None and count and count.isdigit():
            wanted = int(count)
        if wanted is not None and len(values) != wanted and kind != "String":
            yield Breach("INFO", f"{key} has {len(values)} values, not {wanted}")
        if key == "END" and _INTEGER.fullmatch(value) and int(value) < 0:
            yield Breach("INFO", f"END={value} is no position")
        ancestral = r"[ACGTUNRYSWKMBDHVacgtunryswkmbdhv.*-]+[|]*.*|-?[0-9.]+"  # some write a score
        if key == "AA" and not re.fullmatch(ancestral, value):
            yield Breach("INFO", f"{key}={value[:40]} is no allele")
        if key == "CIGAR" and not all(re.fullmatch(r"(\d+[MIDNSHP=X])+", part) for part in values):
            yield Breach("INFO", f"{key}={value[:40]} is no alignment")
        if key in {"AF", "AC", "AN", "DP", "MQ0", "NS"} and value.startswith("-"):
            yield Breach("INFO", f"{key} is negative")
        if (
            key == "AF"
            and kind == "Float"
            and any(part != "." and _FLOAT.fullmatch(part) and float(part) > 1 for part in values)
        ):
            yield Breach("INFO", f"{key}={value[:40]} is no frequency")
