"""The directive `script`: a program of `examples/`, what it prints, and the figure that it draws.

A program has `main()`, which prints, and, where there is something to see, `draw(axes, found)`,
which draws what `main` returned into axes: one, `PANELS` of them in a row, or a `GRID` of rows
and columns, of the `SIZE` in inches that it says. All three are
made when the site is built, so what a page shows is what the program does.
`-D programs_run=0` leaves output and figures out.
"""

import contextlib
import importlib.util
import io
import logging
import sys
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

EXAMPLES = Path(__file__).parents[2] / "examples"
logging.getLogger("srcad").setLevel(logging.WARNING)  # how long first calls take is no news here
INK = {"light": "#222222", "dark": "#dddddd"}


class Program(SphinxDirective):
    """Show a program; `:alt:` says in words what its figure shows."""

    required_arguments = 1
    option_spec = {"alt": directives.unchanged, "only": directives.unchanged}  # noqa: RUF012

    def run(self):
        """Return the nodes of source, output and figure."""
        path = EXAMPLES / self.arguments[0]
        self.env.note_dependency(str(path))
        found = [code(path.read_text(encoding="utf-8"), "python")]
        if str(self.config.programs_run) in {"0", "False"}:
            return found
        module = loaded(path)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            result = module.main()
        command = f"$ python examples/{path.name}\n"
        found.append(code(command + out.getvalue().rstrip() + "\n", "text"))
        if hasattr(module, "draw"):
            folder = Path(self.env.srcdir) / "_figures"
            folder.mkdir(exist_ok=True)
            for theme in INK:
                file = folder / f"{path.stem}_{theme}.svg"
                save(module, result, theme, file)
                uri = f"/_figures/{file.name}"
                image = nodes.image(uri=uri, alt=self.options["alt"], classes=[f"only-{theme}"])
                found.append(image)
        return found


def code(text, language):
    """Return a block of code."""
    return nodes.literal_block(text, text, language=language)


def loaded(path):
    """Return the module of a program."""
    spec = importlib.util.spec_from_file_location(f"program_{path.stem}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def save(module, result, theme, file):
    """Write the figure of a program for a light or a dark page."""
    import matplotlib as mpl  # noqa: PLC0415  only where programs are run
    from matplotlib.figure import Figure  # noqa: PLC0415

    ink = INK[theme]
    settings = {"xtick.color": ink, "ytick.color": ink}
    settings |= {"text.color": ink, "axes.edgecolor": ink, "axes.labelcolor": ink}
    settings |= {"axes.spines.top": False, "axes.spines.right": False, "svg.hashsalt": file.stem}
    settings |= {"axes.facecolor": "none", "legend.frameon": False, "legend.labelcolor": ink}
    with mpl.rc_context(settings):
        rows, panels = getattr(module, "GRID", (1, getattr(module, "PANELS", 1)))
        size = getattr(module, "SIZE", (3.9 * max(panels, 1.7), 3.4 * rows))
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots(rows, panels)
        module.draw(axes, result)
        figure.savefig(file, transparent=True, metadata={"Date": None})


def setup(app):
    """Register the directive."""
    app.add_config_value("programs_run", True, "env", [bool, int, str])
    app.add_directive("script", Program)
    return {"parallel_read_safe": True}
