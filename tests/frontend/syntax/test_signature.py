"""How functions are called: as they are written, not as what they wrap."""

from srcad.frontend.syntax.signature import as_written, signature_of


def plain(x):
    return x


def wraps(x, k=2.0, *, shift=1.0):
    return x * k + shift


wraps.__wrapped__ = plain


def test_copies_of_wrappers():
    assert as_written(plain) is plain
    copy = as_written(wraps)
    assert copy.__code__ is wraps.__code__
    assert copy.__defaults__ == (2.0,)
    assert copy.__kwdefaults__ == {"shift": 1.0}
    assert not hasattr(copy, "__wrapped__")


def test_signatures_of_wrappers():
    assert list(signature_of(wraps).parameters) == ["x", "k", "shift"]
    assert list(signature_of(plain).parameters) == ["x"]
