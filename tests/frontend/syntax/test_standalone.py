"""Files that are only parsed: what a name means must not depend on what did not run."""

import pytest

from srcad.frontend.syntax.standalone import parsed_functions

F = "def f(x):\n    return N * x\n"


def parsed(tmp_path, text):
    path = tmp_path / "some.py"
    path.write_text(text, encoding="utf-8")
    return parsed_functions(path)


@pytest.mark.parametrize(
    "text",
    [
        "N = 3\n",
        "N = -3\nN = 3\n",
        "N: int = 3\n",
        "N = compute()\nN = 3\n",
        "import sys\nM = 4\nM += N\nN = 3\n",
        "N = 3\nif __name__ == '__main__':\n    N = 9\n",
        "N = 3\nclass A:\n    N = 9\n",
        "N = 3\ndef g():\n    N = 9\n    return N\n",
        "N = 3\nM = [N for N in range(9)]\n",
        "N = 3\nf = jit(f)\n",
    ],
)
def test_known(tmp_path, text):
    assert parsed(tmp_path, F + text)["f"](2.0) == 6.0


@pytest.mark.parametrize(
    "text",
    [
        "N = 3\nN = compute()\n",
        "N = 3\nN += 1\n",
        "N = 3\nN: int = compute()\n",
        "N = 3\nfor N in range(9):\n    pass\n",
        "N = 3\nif fast:\n    N = 4\n",
        "N = 3\nwhile (N := N - 1) > 0:\n    pass\n",
        "N = 3\nwith open(0) as N:\n    pass\n",
        "N = 3\ntry:\n    pass\nexcept E as N:\n    pass\n",
        "N = 3\nmatch a:\n    case [N, *M]:\n        pass\n",
        "N = 3\nM, N = 4, 5\n",
        "N = 3\nM = N = compute()\n",
        "N = 3\nimport some.thing as N\n",
        "N = 3\nfrom constants import N\n",
        "N = 3\ndel N\n",
        "N = 3\nclass N:\n    pass\n",
        "N = 3\nasync def N():\n    pass\n",
        "def g():\n    global N\n    N = 9\n\nN = 3\n",
        "N = [3]\n",
    ],
)
def test_not_known(tmp_path, text):
    with pytest.raises(NameError, match="'N'"):
        parsed(tmp_path, F + text)["f"](2.0)


def test_functions_that_are_bound_again(tmp_path):
    text = "def g(x):\n    return x\n\ndef h(x):\n    return x\n\ng = other\nh = jit(h)\n"
    assert sorted(parsed(tmp_path, text)) == ["h"]
    text = "def g(x):\n    return x\n\ndef g(x):\n    return 2.0 * x\n"
    assert parsed(tmp_path, text)["g"](1.5) == 3.0
    star = "from others import *\n"
    assert not parsed(tmp_path, f"def g(x):\n    return x\n\n{star}")
    assert parsed(tmp_path, f"{star}N = 3\n{F}")["f"](2.0) == 6.0
    with pytest.raises(NameError, match="'N'"):
        parsed(tmp_path, f"N = 3\n{star}{F}")["f"](2.0)


def test_modules(tmp_path):
    body = "def f(x):\n    return m.sqrt(x)\n"
    assert parsed(tmp_path, f"import math as m\n{body}")["f"](4.0) == 2.0
    assert parsed(tmp_path, f"import numpy as m\n{body}")["f"](4.0) == 2.0
    for text in ("import math as m\nimport mine as m\n", "import math as m\nm = mine\n"):
        with pytest.raises(NameError, match="'m'"):
            parsed(tmp_path, text + body)["f"](4.0)


def test_literal_defaults(tmp_path):
    text = "def f(x, k=-2, *, t=(1, (2.0, True)), n=None):\n    return x * k + t[1][0]\n"
    assert parsed(tmp_path, text)["f"](1.0) == 0.0
    for default in ("[1]", "N", "1 + 1", "'a'", "not 1", "(1, [2])"):
        with pytest.raises(ValueError, match="only literal defaults"):
            parsed(tmp_path, f"def f(x, *, k={default}):\n    return x\n")
