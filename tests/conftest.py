"""Settings that must be there before Numba is imported, and the golden-file option."""

import atexit
import gc
import os
import shutil
import tempfile

os.environ["SRCAD_CACHE_DIR"] = tempfile.mkdtemp(prefix="srcad-tests-")  # never the user's own
os.environ.pop("SRCAD_CACHE", None)
atexit.register(shutil.rmtree, os.environ["SRCAD_CACHE_DIR"], ignore_errors=True)
os.environ.setdefault("NUMBA_BOUNDSCHECK", "1")
os.environ.setdefault("SRCAD_VERIFY", "1")

import pytest  # noqa: E402


def pytest_addoption(parser):
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the files of tests/golden/ from what is generated now",
    )


def pytest_collection_modifyitems(items):
    """Mark what runs as plain Python, in little time: `python -m pytest -m fast`."""
    for item in items:
        if not any(item.iter_markers("compiled")) and not any(item.iter_markers("slow")):
            item.add_marker("fast")


def pytest_collection_finish():
    """Let the garbage collector leave alone what stays, and look for cycles less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def update_golden(request):
    """Whether golden files are to be written instead of compared."""
    return request.config.getoption("--update-golden")
