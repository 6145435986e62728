"""One file from the network: resumed, retried, checked; or from a mirror on disk."""

from __future__ import annotations

import hashlib
import http.client
import logging
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from dnngp.base.errors import UserError
from dnngp.base.seeds import file_sha256
from dnngp.base.tables import whole_file

log = logging.getLogger(__name__)

#: Environment variable with the folder of files fetched before.
MIRROR = "DNNGP_MIRROR"

#: What a server is told of who asks.
AGENT = "dnngp-workflow"

ATTEMPTS = 5
TIMEOUT = 60
BLOCK = 1 << 20

#: Answers of a server that may be another a moment later.
_PASSING = {408, 425, 429, 500, 502, 503, 504}

#: Answers of a server that does not know how to say a size.
_NO_HEAD = {405, 501}


def obtain(
    name: str,
    url: str,
    output: str | Path,
    *,
    checksums: Mapping[str, str],
    mirror: str | Path | None = None,
    pause: float = 2.0,
) -> None:
    """Put a file at ``output``: copied from ``mirror``, or fetched from ``url``.

    Parameters
    ----------
    name
        Path of the file within the mirror, ``dataset/file``.
    url
        Its address, ``http`` or ``https``.
    output
        Where to put it. What came of it before a failure stays beside it as ``.NAME.part`` and is resumed.
    checksums
        ``sha256`` and ``md5`` in hexadecimal digits, as far as known. Where none is, the file is trusted when
        it is first seen: its SHA-256 is written beside it (``NAME.sha256``) and it must be the same
        the next time.
    mirror
        Folder of files fetched before. A file that is there is taken from there alone.
    pause
        Seconds before the second attempt; doubled before each further one.

    Raises
    ------
    UserError
        If the file cannot be had, or is another than the checksum says.
    """
    output = Path(output)
    record = output.with_name(f"{output.name}.sha256")
    expected = checksums or _recorded(record)
    if mirror is not None and (copy := Path(mirror, name)).is_file():
        log.info("%s: copied from %s", name, copy)
        with whole_file(output) as temporary:
            shutil.copyfile(copy, temporary)
            _check(
                temporary,
                expected,
                str(copy),
                f"Fetch it again, or take it out of the mirror. {_first(record)}",
            )
        _trust(output, expected, record, str(copy))
        return
    if not url.startswith(("https://", "http://")):
        raise UserError(f"{url} is no address of the web.")
    part = output.with_name(f".{output.name}.part")
    part.parent.mkdir(parents=True, exist_ok=True)
    if not expected:
        part.unlink(missing_ok=True)  # nothing would tell whether the rest fits what is there
    by_hand = f"Fetch it by hand and put it into the folder that {MIRROR} names, as {name}."
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _fetch(url, part)
            break
        except urllib.error.HTTPError as error:
            if error.code not in _PASSING:
                raise UserError(f"{url} answers {error.code} ({error.reason}).", remedy=by_hand) from None
            problem = f"the server answers {error.code} ({error.reason})"
        except (OSError, http.client.HTTPException) as error:
            problem = str(getattr(error, "reason", None) or error or type(error).__name__)
        if attempt == ATTEMPTS:
            raise UserError(f"{url} cannot be fetched: {problem}.", remedy=f"Is there a network? {by_hand}")
        log.info("%s: %s; attempt %d of %d follows", name, problem, attempt + 1, ATTEMPTS)
        time.sleep(pause * 2 ** (attempt - 1))
    try:
        _check(part, expected, url, f"The file was replaced or damaged. {_first(record)}{by_hand}")
    except UserError:
        part.unlink()
        raise
    part.replace(output)
    _trust(output, expected, record, url)
    log.info("%s: %d bytes from %s", name, output.stat().st_size, url)


def remote_size(address: str) -> int | None:
    """Bytes of the file at an address of the web; None where its server or the kind of address does not say.

    Raises
    ------
    UserError
        If the server does not answer, or has no such file.
    """
    if not address.startswith(("http://", "https://")):
        return None
    request = urllib.request.Request(address, headers={"User-Agent": AGENT}, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            size = answer.headers.get("Content-Length", "")
    except urllib.error.HTTPError as error:
        if error.code in _NO_HEAD:
            return None
        raise UserError(f"{address} answers {error.code} ({error.reason}).") from None
    except (OSError, http.client.HTTPException) as error:
        raise UserError(f"{address} does not answer ({getattr(error, 'reason', error)}).") from None
    return int(size) if size.isdecimal() else None


def _fetch(url: str, part: Path) -> None:
    """Write what ``part`` lacks of the file at ``url`` behind it; an ``OSError`` if the connection breaks."""
    have = part.stat().st_size if part.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": AGENT})
    if have:
        request.add_header("Range", f"bytes={have}-")
    try:
        answer = urllib.request.urlopen(request, timeout=TIMEOUT)
    except urllib.error.HTTPError as error:
        if error.code == 416 and have:  # nothing lies behind what is there: whole, or not this file
            total = error.headers.get("Content-Range", "").rpartition("/")[2]
            if total == str(have):
                return
            part.unlink()
            raise OSError("what was fetched before is longer than the file") from None
        raise
    with answer, open(part, "ab" if answer.status == 206 else "wb") as handle:
        expected = answer.headers.get("Content-Length")
        received = 0
        while block := answer.read(BLOCK):
            handle.write(block)
            received += len(block)
    if expected is not None and received < int(expected):
        raise OSError(f"the connection broke after {received} of {expected} bytes")


def _check(path: Path, checksums: Mapping[str, str], origin: str, remedy: str) -> None:
    for kind, expected in checksums.items():
        with open(path, "rb") as handle:
            found = hashlib.file_digest(handle, kind).hexdigest()
        if found != expected:
            raise UserError(f"{origin}: its {kind} is {found}, not {expected}.", remedy=remedy)


def _recorded(record: Path) -> dict[str, str]:
    """The checksum that a file had when it was first seen; none before."""
    return {"sha256": record.read_text().partition(" ")[0]} if record.is_file() else {}


def _first(record: Path) -> str:
    """Where the checksum stands that a file had when it was first seen, as a sentence; empty before."""
    if not record.is_file():
        return ""
    return f"It was another one when it was first fetched; if the new one is right, delete {record}. "


def _trust(output: Path, expected: Mapping[str, str], record: Path, origin: str) -> None:
    """Write down the checksum of a file of which none is known; in the form that ``sha256sum -c`` reads."""
    if expected:
        return
    found = file_sha256(output)
    with whole_file(record) as temporary:
        temporary.write_text(f"{found}  {output.name}\n")
    log.warning("%s: no checksum is known; trusted as it is, sha256 %s written to %s", origin, found, record)
