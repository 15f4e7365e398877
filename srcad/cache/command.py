"""What `python -m srcad cache` does: look at what is kept, and remove it."""

from __future__ import annotations

from collections.abc import Iterator

from srcad.cache import directory, entries
from srcad.cache.entries import SUFFIX, Entry
from srcad.options import cache_limit


def shown(wanted: str = "") -> str:
    """Return a line for each entry, or all that one says: its key and its text.

    wanted: how the name of the entry begins. Raises Refused for a directory that cannot be
    trusted, LookupError for a name that no entry has.
    """
    if wanted:
        for name, entry in _entries():
            if name.startswith(wanted) and isinstance(entry, Entry):
                says = "\n".join(f"{word}: {text}" for word, text in _key(entry).items())
                return "\n\n".join((says, *_sources(entry)))
        message = f"there is no entry {wanted}"
        raise LookupError(message)
    lines, total = [], 0
    for name, entry in _entries():
        if isinstance(entry, str):
            lines.append(f"{name[:12]}  {entry}")
            continue
        key, size = _key(entry), len(entries.packed(entry))
        total += size
        what = f"{key.get('of', '?')}({key.get('types', '?')})"
        lines.append(f"{name[:12]}  {size / 1000:7.1f} kB  {what}{'' if entry.code else ', text'}")
    count = f"{len(lines)} entr{'y' if len(lines) == 1 else 'ies'}"
    limit = f"{cache_limit() / 1e6:.0f} MB"
    sizes = f"{total / 1000:.1f} kB of {limit}"
    return "\n".join((*lines, f"{count}, {sizes} in {directory.place()}"))


def clear(wanted: str = "") -> str:
    """Remove all entries, and what writers have left behind; return how much that was.

    wanted: how the names begin of those that are to go. Raises as `shown`.
    """
    path, count = directory.place(), 0
    for name in directory.names(path):
        if SUFFIX in name and name.startswith(wanted):
            directory.remove(path, name)
            count += 1
    if wanted and not count:
        message = f"there is no entry {wanted}"
        raise LookupError(message)
    return f"{count} file{'s' * (count != 1)} removed from {path}"


def _key(entry: Entry) -> dict[str, str]:
    """Return what an entry is for."""
    found = entry.manifest.get("key")
    return found if isinstance(found, dict) else {}


def _sources(entry: Entry) -> Iterator[str]:
    """Yield the texts that an entry is of: one, or those of the halves of a derivative."""
    written = entry.manifest.get("written") or {}
    for part in written.get("parts", [written]) or [{"source": "is not cut into parts"}]:
        yield part.get("source", "")


def _entries() -> Iterator[tuple[str, Entry | str]]:
    """Yield the name of each entry, and what it is, or why it is none."""
    path = directory.place()
    for file in directory.names(path):
        if not file.endswith(SUFFIX):
            continue
        name = file.removesuffix(SUFFIX)
        try:
            data = directory.read(path, file)
            if data is not None:
                yield name, entries.unpacked(data)
        except directory.Refused as problem:
            yield name, str(problem)
