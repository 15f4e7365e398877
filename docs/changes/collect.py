"""Move the fragments of this folder into CHANGELOG.md: `python docs/changes/collect.py 0.2.0`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
CHANGELOG = HERE.parents[1] / "CHANGELOG.md"
MARK = "## Unreleased\n"


def collected(changelog, version, fragments):
    """Return the changelog with a section for the version: the fragments, then what was unreleased.

    Raises ValueError where the version has a section already, or nothing has changed.
    """
    if f"## {version}\n" in changelog:
        message = f"the changelog has a section for {version} already"
        raise ValueError(message)
    before, _, rest = changelog.partition(MARK)
    unreleased, mark, older = rest.partition("\n## ")
    items = [f"- {' '.join(text.split())}\n" for text in fragments]
    if not items and not unreleased.strip():
        message = "nothing has changed"
        raise ValueError(message)
    section = f"## {version}\n\n{''.join(items)}{unreleased.lstrip()}"
    return f"{before}{MARK}\n{section}{mark}{older}"


def main(version):
    """Write the section of a version, and remove the fragments."""
    files = sorted(file for file in HERE.glob("*.md") if file.name != "README.md")
    texts = [file.read_text(encoding="utf-8") for file in files]
    made = collected(CHANGELOG.read_text(encoding="utf-8"), version, texts)
    CHANGELOG.write_text(made, encoding="utf-8")
    for file in files:
        file.unlink()


if __name__ == "__main__":
    main(*sys.argv[1:])
