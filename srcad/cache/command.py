"""What `python -m srcad cache` does: look at what is kept, and remove it."""

from __future__ import annotations

from collections.abc import Iterator

from srcad.cache import directory, entries
from srcad.cache.entries import SUFFIX, Entry


def shown(wanted: str = "") -> str:
    """Return a line for each entry, or all that one says: its key and its text.

    wanted: how the name of the entry begins. Raises Refused for a directory that cannot be
    trusted, LookupError for a name that no entry has.
    """
    if wanted:
        for name, entry in _entries():
            if name.startswith(wanted) and isinstance(entry, Entry):
                key = "\n".join(f"{word}: {text}" for word, text in entry.manifest["key"].items())
                return f"{key}\n\n{entry.manifest['written']['source']}"
        message = f"there is no entry {wanted}"
        raise LookupError(message)
    lines, total = [], 0
    for name, entry in _entries():
        if isinstance(entry, str):
            lines.append(f"{name[:12]}  {entry}")
            continue
        key, size = entry.manifest["key"], len(entries.packed(entry))
        total += size
        lines.append(f"{name[:12]}  {size / 1000:7.1f} kB  {key['of']}({key['types']})")
    count = f"{len(lines)} entr{'y' if len(lines) == 1 else 'ies'}"
    return "\n".join((*lines, f"{count}, {total / 1000:.1f} kB in {directory.place()}"))


def clear() -> str:
    """Remove all entries, and what writers have left behind; return how much that was."""
    path, count = directory.place(), 0
    for name in directory.names(path):
        if SUFFIX in name:
            directory.remove(path, name)
            count += 1
    return f"{count} file{'s' * (count != 1)} removed from {path}"


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
