"""Archives that try to write where they should not."""

import io
import random
import stat
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from dnngp.base.archives import take_members
from dnngp.base.errors import UserError

OUTSIDE = ["../evil.csv", "a/../../evil.csv", "/tmp/evil.csv", "C:\\evil.csv", "..\\evil.csv"]


def zipped(path, *members, mode=None):
    with zipfile.ZipFile(path, "w") as bundle:
        for name in members:
            info = zipfile.ZipInfo(name)
            if mode is not None:
                info.create_system, info.external_attr = 3, mode << 16
            bundle.writestr(info, f"content of {name}")
    return path


def tarred(path, *members, kind=tarfile.REGTYPE):
    with tarfile.open(path, "w:gz") as bundle:
        for name in members:
            content = f"content of {name}".encode()
            info = tarfile.TarInfo(name)
            info.type, info.size, info.linkname = (
                kind,
                len(content) if kind == tarfile.REGTYPE else 0,
                "/etc/passwd",
            )
            bundle.addfile(info, io.BytesIO(content))
    return path


MAKERS = pytest.mark.parametrize("make", [zipped, tarred])


@MAKERS
def test_a_member_is_found_by_its_ending_and_written_where_asked(make, tmp_path):
    archive = make(tmp_path / "a", "folder/x.csv", "folder/y.bed", "__MACOSX/folder/._x.csv")
    take_members(archive, {".csv": tmp_path / "one", ".bed": tmp_path / "two"})
    assert (tmp_path / "one").read_text() == "content of folder/x.csv"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "one", "two"]


@MAKERS
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_member_outside_refuses_the_whole_archive(make, tmp_path, name):
    folder = tmp_path / "folder"
    folder.mkdir()
    archive = make(folder / "a", "good.bed", name)
    with pytest.raises(UserError, match="lies outside of the archive"):
        take_members(archive, {".bed": folder / "out"})
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "folder"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_of_a_tar_are_refused(tmp_path, kind):
    archive = tarred(tmp_path / "a", "x.csv", kind=kind)
    with pytest.raises(UserError, match="is a link or a device"):
        take_members(archive, {".csv": tmp_path / "out"})


def test_links_of_a_zip_are_refused(tmp_path):
    archive = zipped(tmp_path / "a", "x.csv", mode=stat.S_IFLNK | 0o777)
    with pytest.raises(UserError, match="is a link or a device"):
        take_members(archive, {".csv": tmp_path / "out"})
    take_members(zipped(archive, "x.csv", mode=stat.S_IFREG | 0o644), {".csv": tmp_path / "out"})


@MAKERS
@pytest.mark.parametrize("members", [("x.txt",), ("x.csv", "y.csv")])
def test_no_or_several_members_of_an_ending(make, tmp_path, members):
    with pytest.raises(UserError, match=f"{len(members) - 1 and 2} members end in .csv, not one"):
        take_members(make(tmp_path / "a", *members), {".csv": tmp_path / "out"})


@pytest.mark.parametrize("content", [b"", b"<html>", b"PK\x03\x04 and no more", b"\x1f\x8b\x08"])
def test_what_is_no_archive(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UserError, match="no zip or tar archive, or damaged"):
        take_members(tmp_path / "a", {".csv": tmp_path / "out"})


@MAKERS
def test_a_member_without_a_name_of_a_file(make, tmp_path):
    with pytest.raises(UserError, match=r"the member '\.' has no name of a file"):
        take_members(make(tmp_path / "a", "x.csv", "."), {".csv": tmp_path / "out"})


def patched(path, offset, value):
    """A zip of one member with a field changed in both of its headers."""
    raw = bytearray(zipped(path, "x.csv").read_bytes())
    for signature, start in ((b"PK\x03\x04", 6 + offset), (b"PK\x01\x02", 8 + offset)):
        place = raw.index(signature) + start
        raw[place : place + 2] = value.to_bytes(2, "little")
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize(
    ("offset", "value", "message"), [(0, 1, "is encrypted.*password"), (2, 99, "number 99.*not known here")]
)
def test_a_zip_that_cannot_be_unpacked_here(tmp_path, offset, value, message):
    with pytest.raises(UserError, match=message):
        take_members(patched(tmp_path / "a", offset, value), {".csv": tmp_path / "out"})


#: Reads every archive of a folder with a limit of memory; a foreign exception ends it.
READER = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))
from dnngp.base.archives import take_members
from dnngp.base.errors import UserError
for path in sorted(Path(sys.argv[1]).iterdir()):
    print(path.name, flush=True)
    try:
        take_members(path, {".csv": sys.argv[2]})
    except UserError as error:
        assert chr(10) not in str(error), error
"""


def test_damaged_archives_end_in_a_message(tmp_path):
    folder = tmp_path / "archives"
    folder.mkdir()
    sources = [make(tmp_path / make.__name__, "a/x.csv", "y.bed").read_bytes() for make in (zipped, tarred)]
    for seed in range(400):
        draw = random.Random(seed)
        raw = bytearray(sources[seed % 2])
        for _ in range(draw.randint(1, 6)):
            raw[draw.randrange(len(raw))] = draw.randrange(256)
        (folder / f"{seed:03}").write_bytes(raw[: draw.randint(1, len(raw))] if seed % 7 == 0 else raw)
    process = subprocess.run(
        [sys.executable, "-c", READER, folder, tmp_path / "out"],
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "workflow" / "scripts"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert process.returncode == 0, process.stdout[-10:] + process.stderr
    assert len(process.stdout.split()) == 400
