"""The pictures of the README and of the site are those that their code makes now."""

import importlib.util
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

DOCS = Path(__file__).parent.parent / "docs"
SPEC = importlib.util.spec_from_file_location("site_pictures", DOCS / "pictures.py")
pictures = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(pictures)


@pytest.mark.parametrize("name", pictures.PICTURES)
def test_picture_is_current(name):
    """Otherwise: `python docs/pictures.py`, and look at it."""
    made = pictures.PICTURES[name]()
    ET.fromstring(made)
    assert (DOCS / "_static" / name).read_text(encoding="utf-8") == made


def test_pictures_are_shown():
    """The README and a page of the site have them."""
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    assert "docs/_static/side_by_side.svg" in readme
    assert "_static/stages.svg" in (DOCS / "how-it-works.md").read_text(encoding="utf-8")
    assert not (DOCS / "_static" / "side_by_side.png").exists()


def test_every_stage_has_words():
    """And no words are left over."""
    stages = {step.name.partition(".")[0] for step in pictures.STEPS}
    assert set(pictures.WORDS) == stages
    assert {name for mode in pictures.MODES for name in mode} < stages
