"""Where compiled derivatives are kept on disk, and whether that place can be trusted.

Whoever can write there can run code as this user. So the directory belongs to the user, no
others may write to it, and it is no link; so it is with the files. What is not so is refused,
never repaired.
"""

from __future__ import annotations

import os
import stat
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from srcad.options import cache_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

HAS_OWNERS = hasattr(os, "geteuid")
"""Where files have none (Windows), the profile of the user is protected by the system."""

NO_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
DIRECTORY = getattr(os, "O_DIRECTORY", 0)
NO_WAITING = getattr(os, "O_NONBLOCK", 0)  # for whoever writes into a pipe
REMEMBERED = 60
"""Seconds within which a second use of a file is none."""

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Refused(Exception):  # noqa: N818 - the name states the fact
    """A directory or a file that cannot be trusted; the text says why."""


def place() -> Path:
    """Return the directory of the cache: `SRCAD_CACHE_DIR`, or the platform's own place.

    Raises Refused where there is none: users without a home, a working directory that is gone.
    """
    given = cache_directory()
    try:
        return Path(given).expanduser().absolute() if given else _own_place(Path.home())
    except (RuntimeError, OSError) as problem:
        raise Refused(f"there is no place for it ({problem})") from None


def _own_place(home: Path) -> Path:
    """Return the directory that the platform has for caches of this user."""
    if sys.platform == "darwin":
        return home / "Library" / "Caches" / "srcad"
    if sys.platform == "win32":
        return (
            Path(os.environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "srcad" / "Cache"
        )
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else home / ".cache") / "srcad"


@contextmanager
def opened(path: Path, *, make: bool = False) -> Iterator[int | None]:
    """Give a descriptor of a directory that can be trusted, None where there are none.

    make: make the directory if there is none, for this user alone.
    Raises Refused, FileNotFoundError, and OSError for what the system refuses.
    """
    if make:
        for above in (*reversed(path.parents), path):
            if not above.is_dir():  # `mkdir(parents=True)` lets others write there
                with suppress(FileExistsError):
                    above.mkdir(mode=0o700)
    if not HAS_OWNERS:
        if not path.is_dir():
            raise FileNotFoundError(path)
        yield None
        return
    try:
        found = os.lstat(path)
        if stat.S_ISLNK(found.st_mode):
            raise Refused(f"{path} is a symbolic link")
        handle = os.open(path, os.O_RDONLY | DIRECTORY | NO_LINKS)
    except NotADirectoryError:
        raise Refused(f"{path} is no directory") from None
    try:
        check(os.fstat(handle), str(path))
        yield handle
    finally:
        os.close(handle)


def check(found: os.stat_result, name: str) -> None:
    """Raise Refused unless this belongs to the user and nobody else may write to it."""
    if not HAS_OWNERS:
        return
    if found.st_uid != os.geteuid():
        raise Refused(f"{name} belongs to somebody else")
    if found.st_mode & OTHERS_WRITE:
        raise Refused(f"others may write to {name}")


def read(path: Path, name: str) -> bytes | None:
    """Return the bytes of a file of the directory, None if there is none. Raises Refused."""
    try:
        with opened(path) as directory:
            handle = os.open(
                _inside(path, directory, name),
                os.O_RDONLY | NO_LINKS | NO_WAITING,
                dir_fd=directory,
            )
            with os.fdopen(handle, "rb") as file:
                found = os.fstat(handle)
                if not stat.S_ISREG(found.st_mode):
                    raise Refused(f"{path / name} is no file")
                check(found, str(path / name))
                _note_use(handle, found)
                return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        if os.path.islink(path / name):  # it does not raise
            raise Refused(f"{path / name} is a symbolic link") from None
        raise Refused(str(error)) from None


def _note_use(handle: int, found: os.stat_result) -> None:
    """Note that a file that is open is used now; not where that is forbidden."""
    if abs(time.time() - found.st_mtime) > REMEMBERED and os.utime in os.supports_fd:
        with suppress(OSError):
            os.utime(handle)


def write(path: Path, name: str, data: bytes) -> None:
    """Write a file of the directory at once: others see all of it, or what was there before.

    Raises Refused, and OSError where there is no space or no permission.
    """
    with opened(path, make=True) as directory:
        draft = f".{name}.{os.getpid()}.{os.urandom(8).hex()}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_LINKS
        handle = os.open(_inside(path, directory, draft), flags, 0o600, dir_fd=directory)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            source, target = (_inside(path, directory, n) for n in (draft, name))
            os.replace(source, target, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            os.unlink(_inside(path, directory, draft), dir_fd=directory)
            raise


def names(path: Path) -> list[str]:
    """Return the names of all files, sorted; those that are not written to the end as well."""
    try:
        with opened(path) as directory:
            return sorted(os.listdir(path if directory is None else directory))
    except FileNotFoundError:
        return []


class File(NamedTuple):
    """A file of the directory: when it was used, its size, and its name."""

    used: float
    size: int
    name: str


def files(path: Path) -> list[File]:
    """Return all files."""
    with opened(path) as directory, os.scandir(path if directory is None else directory) as found:
        rows = []
        for file in found:
            with suppress(OSError):  # removed meanwhile
                about = file.stat(follow_symlinks=False)
                rows.append(File(about.st_mtime, about.st_size, file.name))
        return rows


def remove(path: Path, name: str) -> None:
    """Remove a file, if it is still there."""
    with opened(path) as directory, suppress(FileNotFoundError):
        os.unlink(_inside(path, directory, name), dir_fd=directory)


def stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return the names, sizes and times of all Python files in a folder and those below.

    Those of the archive, for a folder that is in one.
    """
    rows: list[tuple[str, int, int]] = []
    for archive in () if folder.is_dir() else folder.parents:
        if archive.is_file():
            found = archive.stat()
            return ((str(archive), found.st_size, found.st_mtime_ns),)
    for inside, _, files in os.walk(folder):
        for file in (os.path.join(inside, name) for name in files if name.endswith(".py")):
            found = os.stat(file)
            rows.append((file, found.st_size, found.st_mtime_ns))
    return tuple(sorted(rows))


def _inside(path: Path, directory: int | None, name: str) -> str:
    """Return how to call a file of a directory that is open."""
    return str(path / name) if directory is None else name
