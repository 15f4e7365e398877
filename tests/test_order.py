"""The same function and types give the same text, in every process."""

import json
import os
import subprocess
import sys
from pathlib import Path

import srcad
from tests.set_order import texts

ROOT = Path(srcad.__file__).parents[1]


def test_text_does_not_follow_the_order_of_sets():
    """Neither where objects lie nor how strings hash decides anything."""
    command = [sys.executable, "-m", "tests.set_order"]
    variables = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    expected = texts()
    for found in json.loads(done.stdout):
        assert found == expected
