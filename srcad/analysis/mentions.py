"""Which names does a statement mention, the statements in it included?"""

from __future__ import annotations

from srcad.ir.nodes import Stmt
from srcad.ir.walk import blocks, mentioned


class Mentions:
    """The names that statements mention, looked for once in each of them.

    One instance serves one pass: statements never change, but they are remembered.
    """

    def __init__(self) -> None:
        self._known: dict[Stmt, set[str]] = {}

    def of(self, stmt: Stmt) -> set[str]:
        """Return the names that `stmt` reads, writes or binds anywhere; not to be changed."""
        found = self._known.get(stmt)
        if found is None:
            found = mentioned(stmt)
            for block in blocks(stmt):
                for inner in block:
                    found |= self.of(inner)
            self._known[stmt] = found
        return found
