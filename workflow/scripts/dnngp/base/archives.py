"""Members of zip and tar files, taken out one by one: no name inside an archive becomes a path."""

from __future__ import annotations

import errno
import lzma
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from dnngp.base.errors import UserError

#: Ways in which the members of a zip file may be packed.
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)

#: What the readers of the standard library raise of an archive that they cannot read.
DAMAGE = (
    *(tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, ValueError, NotImplementedError),
)


def take_members(archive: str | Path, wanted: dict[str, str | Path]) -> None:
    """Write members of a zip or tar archive to given files.

    Parameters
    ----------
    archive
        Zip, or tar with any compression that Python knows.
    wanted
        Where to write the one member whose name ends so (``.bed``).

    Raises
    ------
    UserError
        If the archive cannot be read, holds a member outside of itself (an absolute path, ``..``) or
        anything but files and folders (links, devices), or no or several members for one ending.
    """
    archive = Path(archive)
    with _members(archive) as (names, opened):
        for ending, output in wanted.items():
            found = [name for name in names if name.endswith(ending) and not name.startswith("__MACOSX/")]
            if len(found) != 1:
                listed = ", ".join(names[:10])
                raise UserError(
                    f"{len(found)} members end in {ending}, not one. It holds: {listed}.", file=archive
                )
            with opened(found[0]) as source, open(output, "wb") as target:
                shutil.copyfileobj(source, target)


@contextmanager
def _members(archive: Path) -> Iterator[tuple[list[str], Callable[[str], IO[bytes]]]]:
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as bundle:
                infos = [info for info in bundle.infolist() if not info.filename.endswith("/")]
                for info in infos:
                    # The highest four bits are the kind of file in Unix; 0 if made elsewhere.
                    kind = info.external_attr >> 28
                    _refuse_unsafe(archive, info.filename, kind in (0, 0o10))
                    _refuse_unreadable(archive, info)
                yield [info.filename for info in infos], bundle.open
            return
        with tarfile.open(archive) as tape:
            files = {member.name: member for member in tape if not member.isdir()}
            for name, member in files.items():
                _refuse_unsafe(archive, name, member.isreg())

            def opened(name: str) -> IO[bytes]:
                handle = tape.extractfile(files[name])
                assert handle is not None  # a regular file
                return handle

            yield list(files), opened
    except DAMAGE as error:
        # A damaged offset lies before the file; other numbers are of the disk, not of the archive.
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            raise
        said = " ".join(str(error).split())
        raise UserError(f"is no zip or tar archive, or damaged ({said}).", file=archive) from None


def _refuse_unsafe(archive: Path, name: str, regular: bool) -> None:
    path = PurePosixPath(name.replace("\\", "/"))
    if not path.parts:
        raise UserError(f"the member {name!r} has no name of a file.", file=archive)
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise UserError(f"the member {name!r} lies outside of the archive.", file=archive)
    if not regular:
        raise UserError(f"the member {name!r} is a link or a device, not a file.", file=archive)


def _refuse_unreadable(archive: Path, info: zipfile.ZipInfo) -> None:
    if info.flag_bits & 1:
        raise UserError(
            f"the member {info.filename!r} is encrypted.", file=archive, remedy="Unpack it with its password."
        )
    if info.compress_type not in PACKED:
        raise UserError(
            f"the member {info.filename!r} is compressed in a way (number {info.compress_type}) that is not "
            "known here.",
            file=archive,
            remedy="Unpack it with the program that made it, and pack it as a usual zip or tar file.",
        )
