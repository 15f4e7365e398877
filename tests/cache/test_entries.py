"""Files and directories that are not what they should be are not read; a warning says so."""

from __future__ import annotations

import hashlib
import os
import pickle
import stat
import time
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import srcad
from srcad.__main__ import main
from srcad.cache import directory, entries, eviction
from srcad.cache.entries import Entry, load, save

NAME, KEY = "0123", {"of": "f_grad", "types": "float64"}
GOOD = Entry({"key": KEY, "source": "def f(x): ..."}, b"code" * 100)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The directory of the cache; there is none yet."""
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def file(cache):
    """The file of one entry."""
    save(NAME, GOOD)
    return cache / (NAME + entries.SUFFIX)


def refused(match):
    """Check that the entry is not read, and that a warning says why."""
    with pytest.warns(srcad.CacheWarning, match=match):
        assert load(NAME, KEY) is None


def test_what_is_kept_is_found(file):
    """By this user alone; an entry that is not there is no matter for a warning."""
    assert load(NAME, KEY) == GOOD
    assert load("4567", KEY) is None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert directory.names(file.parent) == [file.name]


def damaged(data):
    """Yield damaged forms of a file."""
    yield b""
    yield data[:10]
    yield data[: len(data) // 2]
    yield data[:-1]
    yield data + b"\0"
    for place in range(0, len(data), 7):
        yield data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :]


def test_damage(file):
    """Truncated, empty, bit-flipped, longer than it was."""
    for bad in damaged(file.read_bytes()):
        file.write_bytes(bad)
        refused("compiled anew")
    save(NAME, GOOD)
    assert load(NAME, KEY) == GOOD


def test_planted_files(file):
    """Nothing is unpickled here at all, and given out only if digest, manifest and key agree."""
    code = pickle.dumps(print)
    file.write_bytes(code)
    refused("another format")
    file.write_bytes(entries.MAGIC + bytes(32) + code)
    refused("damaged")
    for rest in (code, b"", (9).to_bytes(8, "little"), (2).to_bytes(8, "little") + b"[]" + code):
        file.write_bytes(entries.MAGIC + hashlib.sha256(rest).digest() + rest)
        refused("no manifest")
    deep = b"[" * 100_000
    rest = len(deep).to_bytes(8, "little") + deep
    file.write_bytes(entries.MAGIC + hashlib.sha256(rest).digest() + rest)
    refused("no manifest")
    for key in ({}, {**KEY, "types": "float32"}, None, [*KEY]):
        file.write_bytes(entries.packed(Entry({"key": key}, code)))
        refused("something else")


needs_owners = pytest.mark.skipif(not directory.HAS_OWNERS, reason="files have no owners here")


@needs_owners
def test_foreign_owners(file, monkeypatch):
    """Neither read nor written."""
    with monkeypatch.context() as other:
        other.setattr(os, "geteuid", lambda: os.getuid() + 1)
        refused("belongs to somebody else")
        with pytest.warns(srcad.CacheWarning, match="nothing is kept"):
            save("4567", GOOD)
    assert load(NAME, KEY) == GOOD
    assert directory.names(file.parent) == [file.name]


@needs_owners
@pytest.mark.parametrize("mode", [0o020, 0o002, 0o077])
def test_writable_by_others(file, mode):
    """A directory or a file that others may write to; it stays as it is."""
    for path in (file.parent, file):
        own = path.stat().st_mode
        path.chmod(own | mode)
        refused("others may write")
        assert stat.S_IMODE(path.stat().st_mode) & mode == mode
        path.chmod(own)
    assert load(NAME, KEY) == GOOD


@needs_owners
def test_links(file, tmp_path):
    """Links in the place of the directory and of the file; saving replaces the latter."""
    cache = file.parent
    cache.rename(tmp_path / "real")
    cache.symlink_to(tmp_path / "real")
    refused("symbolic link")
    with pytest.warns(srcad.CacheWarning, match="symbolic link"):
        save("4567", GOOD)
    cache.unlink()
    (tmp_path / "real").rename(cache)
    target = tmp_path / "target"
    file.rename(target)
    file.symlink_to(target)
    refused("symbolic link")
    save(NAME, Entry({"key": KEY}, b"new"))
    assert not file.is_symlink()
    assert entries.unpacked(target.read_bytes()) == GOOD


def test_other_things_in_these_places(cache):
    """A file where the directory should be, a directory or a pipe where the file should be."""
    cache.write_text("mine")
    refused("")
    with pytest.warns(srcad.CacheWarning, match="nothing is kept"):
        save(NAME, GOOD)
    assert cache.read_text() == "mine"
    cache.unlink()
    cache.mkdir(mode=0o700)
    place = cache / (NAME + entries.SUFFIX)
    place.mkdir()
    refused("")
    place.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(place)
        refused("no file")


@pytest.mark.parametrize("step", ["fdopen", "replace", "mkdir"])
def test_a_full_disk(cache, monkeypatch, step):
    """A warning, and nothing half-written stays; later it works again."""

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Path if step == "mkdir" else os, step, full)
        with pytest.warns(srcad.CacheWarning, match=r"No space left.*nothing is kept"):
            save(NAME, GOOD)
    assert not cache.exists() or not list(cache.iterdir())
    save(NAME, GOOD)
    assert load(NAME, KEY) == GOOD


def test_a_read_only_directory(file, monkeypatch):
    """What is there is found; nothing can be kept, and a warning says so."""
    real = os.open

    def read_only(path, flags, *args, **kwargs):
        if flags & os.O_CREAT:
            raise PermissionError(13, "Permission denied", path)
        return real(path, flags, *args, **kwargs)

    monkeypatch.setattr(os, "open", read_only)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert load(NAME, KEY) == GOOD
    with pytest.warns(srcad.CacheWarning, match=r"Permission denied.*nothing is kept"):
        save("4567", GOOD)


def test_a_directory_that_cannot_be_looked_into(file, monkeypatch):
    """Of a home that is somebody else's, say: a warning, and on it goes."""

    def closed(path, *args, **kwargs):
        raise PermissionError(13, "Permission denied", path)

    for name in ("lstat", "open"):
        with monkeypatch.context() as other:
            other.setattr(os, name, closed)
            refused("Permission denied")
            with pytest.warns(srcad.CacheWarning, match=r"Permission denied.*nothing is kept"):
                save("4567", GOOD)
    assert load(NAME, KEY) == GOOD


def test_folders_above_are_for_the_user_alone(tmp_path, monkeypatch):
    """Whatever the user's mask allows."""
    place = tmp_path / "above" / "more" / "cache"
    monkeypatch.setenv("SRCAD_CACHE_DIR", str(place))
    before = os.umask(0)
    try:
        save(NAME, GOOD)
    finally:
        os.umask(before)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (*place.parents[:2], place)]
    assert modes == [0o700] * 3 or not directory.HAS_OWNERS


def test_stamps_of_an_archive(tmp_path):
    """The files of a folder, or the archive that it is in."""
    archive = tmp_path / "all.zip"
    archive.write_bytes(b"12345")
    ((name, size, _),) = directory.stamps(archive / "srcad" / "cache")
    assert (name, size) == (str(archive), 5)
    (tmp_path / "code.py").write_text("a = 1")
    assert len(directory.stamps(tmp_path)) == 1


def test_many_writers_at_once(cache):
    """A file is one of those that were written, whole; nothing else stays."""
    written = [Entry({"key": KEY, "by": k}, bytes([k]) * 100_000) for k in range(8)]

    def work(k):
        found = []
        for _ in range(20):
            save(NAME, written[k])
            found.append(load(NAME, KEY))
        return found

    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(work, range(8)):
            assert all(entry in written for entry in found)
    assert directory.names(cache) == [NAME + entries.SUFFIX]


def used(path, ago):
    """Let a file be used so many seconds ago."""
    os.utime(path, (time.time() - ago,) * 2)


def test_what_was_not_used_for_longest_goes(cache, monkeypatch):
    """A use counts, whatever it is; what others put there stays."""
    entry = Entry({"key": KEY}, bytes(1000))
    size = len(entries.packed(entry))
    for name, ago in (("a", 300), ("b", 200), ("c", 100)):
        save(name, entry)
        used(cache / (name + entries.SUFFIX), ago)
    (cache / "mine").write_bytes(bytes(5000))
    used(cache / "mine", 400)
    assert load("a", KEY) == entry
    monkeypatch.setenv("SRCAD_CACHE_LIMIT", str(3 * size))
    save("d", entry)
    kept = [name + entries.SUFFIX for name in "acd"]
    assert directory.names(cache) == [*kept, "mine"]
    monkeypatch.setenv("SRCAD_CACHE_LIMIT", "1k")
    save("e", entry)  # larger than all that may be there
    assert directory.names(cache) == [*kept, "mine"]
    monkeypatch.setenv("SRCAD_CACHE_LIMIT", "many")
    with pytest.warns(srcad.CacheWarning, match=r"SRCAD_CACHE_LIMIT.*nothing is kept"):
        save("e", entry)


def test_drafts_of_writers_that_were_killed(cache):
    """They go after a while; those of others, who write now, stay."""
    save("a", GOOD)
    old, new = (cache / f".b{entries.SUFFIX}.{pid}.ab" for pid in (11, 12))
    old.write_bytes(b"half")
    new.write_bytes(b"half")
    used(old, 2 * eviction.ABANDONED)
    save("c", GOOD)
    assert not old.exists()
    assert new.exists()


def test_places(monkeypatch):
    """The variable, then the platform's own place; never the working directory."""
    monkeypatch.setenv("SRCAD_CACHE_DIR", "")
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr("sys.platform", "linux")
    assert directory.place() == Path.home() / ".cache" / "srcad"
    monkeypatch.setenv("XDG_CACHE_HOME", "/somewhere")
    assert directory.place() == Path("/somewhere/srcad")
    monkeypatch.setattr("sys.platform", "darwin")
    assert directory.place() == Path.home() / "Library" / "Caches" / "srcad"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    assert directory.place() == Path("/local/srcad/Cache")
    monkeypatch.setenv("SRCAD_CACHE_DIR", "here")
    assert directory.place() == Path.cwd() / "here"
    monkeypatch.setenv("SRCAD_CACHE_DIR", "~/here")
    assert directory.place() == Path.home() / "here"


def nowhere():
    raise RuntimeError("could not determine home directory")


def test_no_home(monkeypatch):
    """A warning, for reading and writing."""
    monkeypatch.delenv("SRCAD_CACHE_DIR")
    monkeypatch.setattr(Path, "home", nowhere)
    refused("there is no place for it")
    with pytest.warns(srcad.CacheWarning, match="nothing is kept"):
        save(NAME, GOOD)


def test_commands(cache, capsys):
    """`show`, `clear` and `path`; a directory that cannot be trusted is an error."""
    key = {**KEY, "of": "f_grad"}
    written = {"source": "def f(x):\n    return x\n"}
    save("abc123", Entry({"key": key, "written": written}, b"code"))
    save("def456", Entry({"key": key, "written": written}, b"code"))
    (cache / ("def456" + entries.SUFFIX)).write_bytes(b"damaged")
    assert main(["cache", "path"]) == 0
    assert capsys.readouterr().out == f"{cache}\n"
    assert main(["cache", "show"]) == 0
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.split() == ["abc123", "0.2", "kB", "f_grad(float64)"]
    assert second.split(maxsplit=1) == ["def456", "a file of the cache has another format"]
    assert last == f"2 entries, 0.2 kB of 1074 MB in {cache}"
    assert main(["cache", "show", "abc"]) == 0
    out = capsys.readouterr().out
    assert out == "of: f_grad\ntypes: float64\n\ndef f(x):\n    return x\n\n"
    assert main(["cache", "show", "xyz"]) == 2
    assert capsys.readouterr().err == "python -m srcad cache: there is no entry xyz\n"
    halves = {"parts": [{"source": "def a(): ..."}, {"source": "def b(): ..."}]}
    save("abd", Entry({"key": key, "written": halves}, b""))
    save("abe", Entry({"key": key, "written": {"parts": None}}, b""))
    assert main(["cache", "show", "abd"]) == main(["cache", "show", "abe"]) == 0
    assert "def a(): ...\n\ndef b(): ...\n" in capsys.readouterr().out
    assert main(["cache", "clear", "ab"]) == 0
    assert capsys.readouterr().out == f"3 files removed from {cache}\n"
    assert main(["cache", "clear", "ab"]) == 2
    assert capsys.readouterr().err == "python -m srcad cache: there is no entry ab\n"
    save("abc123", Entry({"key": key, "written": written}, b"code"))
    (cache / "mine").write_text("")
    assert main(["cache", "clear"]) == 0
    assert capsys.readouterr().out == f"2 files removed from {cache}\n"
    assert [path.name for path in cache.iterdir()] == ["mine"]
    cache.chmod(0o777)
    assert main(["cache", "clear"]) == 2
    assert "others may write" in capsys.readouterr().err
