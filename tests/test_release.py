"""Files that a release needs say the same, and the changelog is made of its fragments."""

import importlib.util
import re
from pathlib import Path

import pytest

import srcad

ROOT = Path(__file__).parent.parent
spec = importlib.util.spec_from_file_location("collect", ROOT / "docs" / "changes" / "collect.py")
collect = importlib.util.module_from_spec(spec)
spec.loader.exec_module(collect)


def test_files_name_the_same_version_and_requirements():
    """Citation, recipe and package."""
    citation = (ROOT / ".github" / "CITATION.cff").read_text(encoding="utf-8")
    recipe = (ROOT / ".github" / "conda" / "recipe.yaml").read_text(encoding="utf-8")
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"\nversion: {srcad.__version__}\n" in citation
    assert f'\n  version: "{srcad.__version__}"\n' in recipe
    requires = re.search(r"^dependencies = \[(.*?)\]", project, re.MULTILINE)[1]
    for name, least in re.findall(r'"(\w+)(>=[\d.]+)"', requires):
        assert f"- {name} {least}\n" in recipe
    assert re.search(r'requires-python = "(.*)"', project)[1] in recipe


def test_fragments_become_a_section():
    """They stand first, and what was unreleased follows."""
    changelog = "# Changelog\n\n## Unreleased\n\n- Old.\n\n## 0.1.0\n\n- First.\n"
    made = collect.collected(changelog, "0.2.0", ["One\nchange.\n"])
    expected = "## Unreleased\n\n## 0.2.0\n\n- One change.\n- Old.\n\n## 0.1.0\n\n- First.\n"
    assert made == f"# Changelog\n\n{expected}"
    with pytest.raises(ValueError, match="already"):
        collect.collected(changelog, "0.1.0", ["x"])
    with pytest.raises(ValueError, match="nothing"):
        collect.collected("## Unreleased\n\n## 0.1.0\n", "0.2.0", [])
