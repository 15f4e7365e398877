"""One file of the cache: a manifest in plain text, and code, read only if all of it agrees.

    srcad cache 1        the format
    32 bytes             SHA-256 of everything after them
    8 bytes              the length of the manifest
    manifest             JSON: what the code is for, the generated source, its line map
    code                 a pickle

The digest finds damage; it keeps nobody out (`directory` does). Nothing is unpickled before the
digest, the length and the manifest agree.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import dataclass
from typing import Any

from srcad.cache import directory
from srcad.cache.eviction import make_room
from srcad.errors import CacheWarning
from srcad.options import cache_limit

MAGIC = b"srcad cache 1\n"
HEAD = len(MAGIC) + 32
SUFFIX = ".srcad"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known about compiled code, and the code.

    manifest: `key`, a dict of texts that the reader compares with what it looks for, and
    whatever else the writer says.
    """

    manifest: dict[str, Any]
    code: bytes


def load(name: str, key: dict[str, str]) -> Entry | None:
    """Return the entry of this name and this very key, None (after a warning) for any other."""
    try:
        path = directory.place()
        data = directory.read(path, name + SUFFIX)
        entry = None if data is None else unpacked(data)
    except directory.Refused as problem:
        warn(f"{problem}; compiled anew")
        return None
    if entry is not None and entry.manifest.get("key") != key:
        warn(f"{path / name}{SUFFIX} is for something else; compiled anew")
        return None
    return entry


def save(name: str, entry: Entry) -> None:
    """Keep an entry; warn, and go on, where that is not possible.

    What was not used for longest is removed where there is too much.
    """
    try:
        limit, data, path = cache_limit(), packed(entry), directory.place()
        if len(data) <= limit:
            directory.write(path, name + SUFFIX, data)
            make_room(path, SUFFIX, limit)
    except (directory.Refused, OSError, ValueError) as problem:
        warn(f"{problem}; nothing is kept")


def packed(entry: Entry) -> bytes:
    """Return the bytes of an entry."""
    manifest = json.dumps(entry.manifest).encode()
    rest = len(manifest).to_bytes(8, "little") + manifest + entry.code
    return MAGIC + hashlib.sha256(rest).digest() + rest


def unpacked(data: bytes) -> Entry:
    """Return the entry that bytes hold. Raises Refused for damage."""
    if not data.startswith(MAGIC):
        raise directory.Refused("a file of the cache has another format")
    rest = memoryview(data)[HEAD:]
    if hashlib.sha256(rest).digest() != data[len(MAGIC) : HEAD]:
        raise directory.Refused("a file of the cache is damaged")
    count = int.from_bytes(rest[:8], "little")
    try:
        manifest = json.loads(str(rest[8 : 8 + count], "utf-8"))
    except (ValueError, RecursionError):
        manifest = None
    if len(rest) < 8 + count or not isinstance(manifest, dict):
        raise directory.Refused("a file of the cache has no manifest")
    return Entry(manifest, bytes(rest[8 + count :]))


def warn(text: str) -> None:
    """Warn of something about the cache that does not stop anything."""
    warnings.warn(f"cache of derivatives: {text}", CacheWarning, stacklevel=2)
