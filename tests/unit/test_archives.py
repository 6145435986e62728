"""Archives that try to write where they should not."""

import io
import stat
import tarfile
import zipfile

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
