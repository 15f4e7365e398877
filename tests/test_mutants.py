"""The table of planted faults fits the source."""

import ast

from tests.mutants import ROOT, all_mutants

MUTANTS = all_mutants()


def test_the_snippet_is_there_once_and_the_fault_is_python():
    wrong = []
    for mutant in MUTANTS:
        try:
            ast.parse(mutant.applied((ROOT / "srcad" / mutant.file).read_text()))
        except (ValueError, SyntaxError) as error:
            wrong.append(f"{mutant.name}: {error}")
    assert not wrong


def test_names_differ():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)


def test_named_tests_are_there():
    named = {test for mutant in MUTANTS for test in mutant.tests}
    assert not [test for test in named if not (ROOT / test).exists()]
    assert not [mutant.name for mutant in MUTANTS if not mutant.first_tests()]
