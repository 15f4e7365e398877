"""Docstrings as they are written here, as numpydoc reads them.

In the source, an argument is a line `name: what it is`, with lines after it indented; errors are a
paragraph that begins with `Raises`; examples follow at the end.
"""

import re
import textwrap

ARGUMENT = re.compile(r"(?P<names>\*{0,2}[a-z_]\w*(, (\w+|\.\.\.))*): (?P<about>.+)")
RAISES = re.compile(r"Raises (?P<error>\w+) ")


def paragraphs(lines):
    """Yield the blocks of lines between lines of text that begin at the margin after a blank."""
    block = []
    for line in lines:
        if block and not block[-1].strip() and line and not line[0].isspace():
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def arguments(block):
    """Return [(names, lines)] of a block of arguments and the lines after it."""
    found, rest = [], []
    for line in block:
        match = ARGUMENT.fullmatch(line)
        if match and not rest:
            found.append((match["names"], [match["about"]]))
        elif rest or not found or (line and not line[0].isspace()):
            rest.append(line)
        else:
            found[-1][1].append(line)
    return found, rest


def without_raises(block):
    """Return a block of plain lines without its sentences about errors, and these."""
    for k, line in enumerate(block):
        if RAISES.match(line):
            return block[:k], block[k:]
    return block, []


def converted(lines):
    """Return a docstring with the sections of numpydoc."""
    text, known, errors, examples = [], [], [], []
    for block in paragraphs(lines):
        if examples or block[0].startswith(">>>"):
            examples += block
        elif ARGUMENT.fullmatch(block[0]):
            found, rest = arguments(block)
            known += found
            plain, raised = without_raises(rest)
            text, errors = [*text, *plain, ""], [*errors, *raised]
        else:
            plain, raised = without_raises(block)
            text, errors = [*text, *plain, ""], [*errors, *raised]
    if known:
        text += ["Parameters", "----------"]
        for names, about in known:
            more = verbatim(textwrap.dedent("\n".join(about[1:])).splitlines())
            text += [
                names,
                *textwrap.indent("\n".join((about[0], *more)), "    ").splitlines(),
            ]
        text.append("")
    if errors:
        match = RAISES.match(errors[0])
        text += ["Raises", "------", match["error"]]
        text += textwrap.indent(
            "\n".join([errors[0][match.end() :], *errors[1:]]), "    "
        ).splitlines()
        text.append("")
    if examples:
        text += ["Examples", "--------", *examples]
    return text


def verbatim(lines):
    """Return lines with tables, which stand further to the right, as literal blocks."""
    made = []
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("    ") and not before.strip():
            made += ["::", ""]
        made.append(line)
    return made


def convert(_app, _what, _name, _obj, _options, lines):
    """Change the lines of a docstring of ours before numpydoc sees them."""
    if "----------" not in lines:
        lines[:] = converted(lines)


def setup(app):
    """Register the conversion, before that of numpydoc."""
    app.connect("autodoc-process-docstring", convert, priority=10)
    return {"parallel_read_safe": True}
