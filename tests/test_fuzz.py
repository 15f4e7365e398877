"""The campaign of random programs: what it counts, what it writes, how it goes on."""

import os
import time

import pytest

from tests.fuzz import Fuzz, InvalidProgramError
from tests.fuzz import campaign as module
from tests.fuzz.campaign import Campaign, Task
from tests.fuzz.kinds import KINDS, Kind

PROGRAM = "def f(x):\n    y = x * 2.0\n    return y + 1.0\n"


def check(source, args, seed):
    """Do to seed 1, 2, ... what may happen to a program."""
    match seed:
        case 1:
            assert "* 2.0" not in source, "forward: value"
        case 2:
            os._exit(3)
        case 3:
            time.sleep(60)
        case 4:
            raise InvalidProgramError
        case 5:
            raise ZeroDivisionError


@pytest.fixture
def fake(monkeypatch):
    """A kind of programs whose seeds say what happens."""
    fuzz = Fuzz(lambda seed, size: (PROGRAM, (1.5,)), check)
    monkeypatch.setitem(KINDS, "fake", Kind(fuzz, fuzz, (1,)))


@pytest.mark.usefixtures("fake")
def test_every_kind_of_end_is_counted_written_and_not_run_again(tmp_path, capsys):
    tasks = [Task("fake", "plain", seed) for seed in range(8)]
    campaign = Campaign(tmp_path, timeout=1.0, shrink_for=5.0)
    campaign.run(tasks, jobs=2)
    found = {result.seed: (result.status, result.what) for result in campaign.results}
    assert found == {
        0: ("right", ""),
        1: ("wrong", "AssertionError forward: value"),
        2: ("crash", "exit code 3"),
        3: ("slow", "more than 1 s"),
        4: ("invalid", ""),
        5: ("error", "ZeroDivisionError"),
        6: ("right", ""),
        7: ("right", ""),
    }
    files = {path.name: path.read_text() for path in (tmp_path / "failures").iterdir()}
    assert set(files) == {f"plain-fake-{seed}.txt" for seed in (1, 2, 3, 5)}
    assert "* 2.0" in files["plain-fake-1.txt"]
    assert "wrong: AssertionError forward: value" in capsys.readouterr().out
    again = Campaign(tmp_path, timeout=1.0, shrink_for=5.0)
    assert again.resume() == set(tasks)
    assert again.table() == campaign.table()


@pytest.mark.usefixtures("fake")
def test_a_worker_is_replaced_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PER_WORKER", 2)
    monkeypatch.setattr(module.Worker.__init__, "__defaults__", (2, None, False, 0.0, 0.0))
    campaign = Campaign(tmp_path, timeout=10.0, shrink_for=1.0)
    campaign.run((Task("fake", "plain", seed) for seed in range(10, 17)), jobs=1)
    assert [result.seed for result in campaign.results] == list(range(10, 17))


def test_a_program_that_cannot_be_written_is_a_finding_and_not_the_end(tmp_path, monkeypatch):
    def generate(seed, size):
        return (PROGRAM, (1.5,)) if seed else [][size]

    fuzz = Fuzz(generate, check)
    monkeypatch.setitem(KINDS, "unwritten", Kind(fuzz, fuzz, (1,)))
    campaign = Campaign(tmp_path, timeout=5.0, shrink_for=5.0)
    campaign.run([Task("unwritten", "plain", seed) for seed in (0, 7)], jobs=1)
    assert [result.status for result in campaign.results] == ["crash", "right"]
    assert "exit code 1" in (tmp_path / "failures" / "plain-unwritten-0.txt").read_text()
