"""Where to cut a run of steps in two, so that going back repeats as few of them as possible."""


def split(count: int, slots: int) -> int:
    """Return the length of the first part of `count` steps, of two or more.

    slots: how many states may be kept, that before the first step included. The first part is
    gone back through with all of them, the second one with one less. By binomial numbers
    (Griewank & Walther, ACM Transactions on Mathematical Software 26 (2000), algorithm 799).
    """
    if slots <= 1:
        return count - 1
    repeats = 1
    reach = slots + 1
    while reach < count:
        repeats += 1
        reach = reach * (slots + repeats) // repeats
    once_less = reach * repeats // (slots + repeats)
    twice_less = once_less * (repeats - 1) // (slots + repeats - 1)
    rest = reach * slots // (slots + repeats)
    return max(twice_less, count - rest, 1)
