"""Pictures of what studies, patterns and checks find, drawn by matplotlib where it is installed.

Each function takes axes to draw into, or None for new ones, and returns the axes. Colours are those
of matplotlib's cycle, so a style sheet decides how pictures look.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

LETTER = 0.6
"""The width of a letter of fixed pitch over its size."""

LETTERS_SIZE = 8
POWERS = {1: "as the step", 2: "as its square"}
MOST_LETTERS = 52
"""Lines that are longer are cut: the picture beside them needs its place."""
MOST_POINTS = 20_000
"""So many statements are drawn; of longer runs, every second, third, ... one."""


def new_axes(axes: Any, size: tuple[float, float], heights: tuple[float, ...] = (1.0,)) -> Any:
    """Return axes to draw into: those that are given, or new ones, one above the other.

    size: of the new figure, in inches. Raises ImportError without matplotlib.
    """
    if axes is not None:
        return axes
    try:
        pyplot = importlib.import_module("matplotlib.pyplot")
    except ImportError as error:
        message = "plot() draws with matplotlib: pip install 'srcad[plots]', or matplotlib alone"
        raise ImportError(message) from error
    ratios = {"height_ratios": heights}
    _, made = pyplot.subplots(
        len(heights),
        sharex=len(heights) > 1,
        figsize=size,
        layout="constrained",
        gridspec_kw=ratios,
    )
    return made


def pattern(axes: Any, shades: npt.NDArray[np.int64], shape: tuple[int, int], nnz: int) -> Any:
    """Draw a pattern. shades: of its blocks, from 0 (empty) to 3 (full)."""
    axes = new_axes(axes, (4.2, 4.2))
    colours = importlib.import_module("matplotlib.colors")
    image = np.zeros((*shades.shape, 4))
    image[..., :3] = colours.to_rgb("C0")
    image[..., 3] = np.array([0.0, 0.35, 0.65, 1.0])[shades]
    height, width = shape
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)
    axes.imshow(image, extent=extent, interpolation="nearest")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.set_title(f"{height} x {width}, {nnz} nonzeros", fontsize="medium")
    return axes


def errors(axes: Any, source: Sequence[str], rows: Mapping[int, tuple[float, float]]) -> Any:
    """Draw errors beside source. rows: for lines of it, the bound and what is typical."""
    axes = new_axes(axes, (7.5, 0.8 + 0.21 * len(source)))
    _beside(axes, source)
    finite = {k: pair for k, pair in rows.items() if 0.0 < pair[0] < np.inf}
    at = list(finite)
    axes.barh(at, [finite[k][0] for k in at], 0.75, color="C0", alpha=0.35, label="at most")
    axes.barh(at, [finite[k][1] for k in at], 0.4, color="C0", label="typical")
    if finite:
        axes.set_xscale("log")
        largest = max(pair[0] for pair in finite.values())
        least = min(pair[1] for pair in finite.values() if pair[1] > 0.0)
        axes.set_xlim(max(least, 1e-12 * largest) / 3.0, 3.0 * largest)
        axes.legend(loc="lower right", fontsize="small")
    for k in rows.keys() - finite.keys():
        axes.text(0.02, k, f"{rows[k][0]:.2g}", va="center", transform=axes.get_yaxis_transform())
    axes.set_xlabel("rounding error of the result")
    return axes


def timeline(
    axes: Any,
    source: Sequence[str],
    rows: npt.NDArray[np.int64],
    is_derivative: npt.NDArray[np.bool_],
    kept: Mapping[str, npt.NDArray[np.int64]],
) -> Any:
    """Draw what is kept over time, above the lines that run. Return both axes."""
    heights = (1.0, max(0.6, 0.12 * len(source)))
    upper, lower = new_axes(axes, (7.5, 2.4 + 0.21 * len(source)), heights)
    time = np.arange(rows.size)
    every = max(1, rows.size // MOST_POINTS)
    if kept:
        sizes = [held[::every] for held in kept.values()]
        upper.stackplot(time[::every], *sizes, labels=list(kept), alpha=0.8, step="post")
        upper.legend(loc="upper right", fontsize="small")
    else:
        upper.text(0.5, 0.5, "nothing is kept", ha="center", transform=upper.transAxes)
    upper.set_ylabel("bytes kept")
    upper.margins(x=0.0)
    _beside(lower, source)
    for chosen, colour, name in (
        (~is_derivative, "C0", "values"),
        (is_derivative, "C3", "adjoints"),
    ):
        at = time[chosen & (rows >= 0)]
        at = at[:: max(1, at.size // MOST_POINTS)]
        lower.plot(at, rows[at], "|", color=colour, markersize=6, label=name)
    lower.set_xlim(upper.get_xlim())
    lower.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize="small")
    lower.set_xlabel("statements run")
    return upper, lower


def convergence(
    axes: Any, steps: Sequence[float], curves: Mapping[str, tuple[Sequence[float], int]]
) -> Any:
    """Draw errors of differences over their steps. curves: by name, with the order of each."""
    axes = new_axes(axes, (5.2, 3.8))
    shown = np.asarray(steps)
    for k, (name, (values, order)) in enumerate(curves.items()):
        found = np.asarray(values)
        at = found > 0.0
        axes.loglog(shown[at], found[at], "o-", color=f"C{k}", markersize=4, label=name)
        if np.any(at):
            line = found[at][0] * (shown / shown[at][0]) ** order
            near = line >= 0.1 * found[at].min()
            axes.loglog(shown[near], line[near], ":", color=f"C{k}", label=POWERS[order])
    axes.set(xlabel="step", ylabel="difference quotient - derivative")
    axes.legend(fontsize="small")
    return axes


def _beside(axes: Any, source: Sequence[str]) -> None:
    """Make the lines of a program the labels of the vertical axis."""
    cut = [
        line if len(line) <= MOST_LETTERS else f"{line[: MOST_LETTERS - 3]}..." for line in source
    ]
    widest = max(map(len, cut), default=0)
    labels = [line.ljust(widest) for line in cut]
    letters = {"family": "monospace", "fontsize": LETTERS_SIZE, "ha": "left"}
    axes.set_yticks(range(len(source)), labels, **letters)
    axes.tick_params(axis="y", length=0, pad=LETTER * LETTERS_SIZE * widest + 4)
    axes.set_ylim(len(source) - 0.5, -0.5)
