"""The IR as Python that runs and that people can read.

Temporaries are printed as they are: run `refold` first to have expressions. Above the
statements that one line of the user's became, that line stands as a comment, unless it
is among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from srcad.ir.hints import free_sums, runs_backwards
from srcad.ir.layout import wrapped
from srcad.ir.nodes import (
    Accum,
    Atom,
    Block,
    Call,
    Const,
    For,
    Function,
    If,
    Let,
    Load,
    Op,
    Param,
    Raise,
    Restore,
    Save,
    Span,
    Stmt,
    Store,
    Value,
    Var,
    While,
)
from srcad.ir.printed import Printed
from srcad.ir.quotes import HEADS, UNQUOTED, prepares, users_text, written_by
from srcad.ir.records import ComplexArray, Made, is_complex_record
from srcad.ir.text import AUGMENTED, NOT, TERNARY, TIGHT, expression, subscript
from srcad.ir.types import Array
from srcad.ir.walk import nested_op, statements

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from srcad.ir.records import Record


def show(
    function: Function,
    *,
    comments: bool = True,
    classes: Mapping[Record, str] | None = None,
    hints: bool = True,
) -> tuple[str, dict[int, Span]]:
    """Return `function` as Python text, and the user's place of each generated line.

    classes: the names of the classes that results are made of. hints: whether the text tells
    the compiler more than it says.
    Lines count from 1. The text needs `np`, `math`, the function's constants and the classes.
    """
    writer = _Writer(comments=comments, hints=hints)
    writer.line(f"def {function.name}({', '.join(_parameters(function.params))}):", function.span)
    writer.indent += 4
    for line in _prologue(function):
        writer.line(line, function.span)
    writer.block(function.body)
    if function.result is not None or len(writer.lines) == 1:
        writer.line(
            f"return {_result(function.result, function.returns, classes or {})}", function.span
        )
    return "\n".join(writer.lines) + "\n", writer.spans


class _Writer:
    """The lines written so far, which of the user's lines was last quoted, and those around."""

    def __init__(self, *, comments: bool, hints: bool) -> None:
        self.comments = comments
        self.hints = hints
        self.indent = 0
        self.lines: list[str] = []
        self.spans: dict[int, Span] = {}
        self.quoted: tuple[str, int] | None = None
        self.around: list[tuple[str, int] | None] = []
        self.known: list[set[object]] = [set()]
        self.unquoted = UNQUOTED if hints else ("def ", "@", *HEADS)
        self.free: frozenset[Accum] = frozenset()

    def line(self, text: str, span: Span | None) -> None:
        """Write one logical line."""
        for line in wrapped(text, self.indent):
            self.lines.append(line)
            if span is not None:
                self.spans[len(self.lines)] = span

    def block(self, block: Block) -> None:
        """Write a block, the simple statements of one user line as a group."""
        at = 0
        while at < len(block):
            end = at
            texts: list[str] = []
            while end < len(block) and not _is_compound(block[end]):
                if _place(block[end].span) != _place(block[at].span):
                    break
                texts.append(self.text(block[end]))
                end += 1
            if end == at:
                self.compound(block[at])
                at += 1
                continue
            self.quote(block[at:end], texts)
            for stmt, text in zip(block[at:end], texts, strict=True):
                self.line(text, stmt.span)
            at = end

    def text(self, stmt: Stmt) -> str:
        """Return the line of a simple statement; sums in any order say so."""
        if isinstance(stmt, Accum) and stmt in self.free:
            name = stmt.target.name
            return f"{name} = added({name}, {expression(stmt.value)})"
        return first_line(stmt)

    def quote(self, block: Block, texts: list[str]) -> None:
        """Write the user's line as a comment, unless it is among `texts` or just above."""
        span = block[0].span
        place = _place(span)
        if not self.comments or span is None or place == self.quoted or place in self.around:
            return
        if not self.hints and (all(map(prepares, block)) or self.is_known(block, place)):
            return
        self.quoted = place
        quote = users_text(span)
        if quote and not quote.startswith(self.unquoted) and quote not in texts:
            room = max(20, 98 - self.indent)
            short = quote if len(quote) <= room else quote[: room - 4] + " ..."
            self.line(f"# {short}", span)

    def is_known(self, block: Block, place: tuple[str, int] | None) -> bool:
        """Return whether a line was quoted in this block before, on the same way."""
        back = any(var.name.endswith(("_bar", "_dot")) for s in block for var in written_by(s))
        is_known = (place, back) in self.known[-1]
        self.known[-1].add((place, back))
        return is_known

    def nested(self, block: Block, span: Span | None = None) -> None:
        """Write a block one level deeper, inside the statement at `span`."""
        self.indent += 4
        self.around.append(_place(span))
        self.known.append(set())
        if block:
            self.block(block)
        else:
            self.line("pass", None)
        self.known.pop()
        self.around.pop()
        self.indent -= 4

    def leave_if(self, condition: str, span: Span | None) -> None:
        """Write `if condition: break` inside the body of a loop."""
        self.indent += 4
        self.line(f"if {condition}:", span)
        self.indent += 4
        self.line("break", span)
        self.indent -= 8

    def compound(self, stmt: Stmt) -> None:
        """Write a statement that has blocks."""
        self.quote((stmt,), [first_line(stmt)])
        match stmt:
            case For(var=var, body=body, until=until, span=span):
                self.line(first_line(stmt), span)
                if self.hints and runs_backwards(stmt):
                    self.line(f"    {var.name} = hidden({var.name})", span)
                outer = self.free
                self.free = free_sums(stmt) if self.hints else outer
                if body or until is None:
                    self.nested(body, span)
                self.free = outer
                if until is not None:
                    self.leave_if(until.name, span)
            case While(cond_body=cond_body, cond=cond, body=body, span=span):
                self.line(first_line(stmt), span)
                if cond_body:
                    self.nested(cond_body, span)
                    self.leave_if(f"not {expression(cond, NOT)}", span)
                if body or not cond_body:
                    self.nested(body, span)
            case If():
                self.branch(stmt)

    def branch(self, stmt: If) -> None:
        """Write an `if`, its `elif`s and its `else`."""
        prefix = ""
        while True:
            self.line(prefix + first_line(stmt), stmt.span)
            then, orelse = stmt.then, stmt.orelse
            if not then:
                then, orelse = orelse, ()
            self.nested(then, stmt.span)
            if len(orelse) != 1 or not isinstance(orelse[0], If):
                break
            stmt, prefix = orelse[0], "el"
        if orelse:
            self.line("else:", stmt.span)
            self.nested(orelse, stmt.span)


def _is_compound(stmt: Stmt) -> bool:
    return isinstance(stmt, For | While | If)


def _place(span: Span | None) -> tuple[str, int] | None:
    return None if span is None else (span.file, span.line)


# Statements -------------------------------------------------------------------------


def first_line(stmt: Stmt) -> str:
    """Return the line of a statement, or the first of those of a compound one."""
    match stmt:
        case Let(target=target, value=value):
            return _let(target, value)
        case Store(array=array, index=index, value=value):
            return _store(subscript(array, index), Load(array, index), value)
        case Accum(target=target, index=index, value=value):
            name = target.name if index is None else subscript(target, index)
            return f"{name} {_signed(value)}"
        case Save(slot=slot, value=value):
            return f"{slot.name}.append({expression(value)})"
        case Restore(slot=slot, target=target):
            return f"{target.name} = {slot.name}.pop()"
        case Call(targets=targets, function=Printed(text=text), args=args):
            call = text.format(*map(_call_argument, args))
            return f"{targets[0].name} = {call}" if targets else call
        case Call(targets=targets, name=name, args=args):
            call = written_call(name, args)
            return f"{', '.join(target.name for target in targets)} = {call}" if targets else call
        case Raise(kind=kind, args=args):
            return f"raise {kind.__name__}({', '.join(map(repr, args))})"
        case For(var=var):
            return f"for {var.name} in range({_range(stmt)}):"
        case While(cond_body=(), cond=cond):
            return f"while {expression(cond)}:"
        case While():
            return "while True:"
        case If(test=test, then=(), orelse=(_, *_)):
            return f"if not {expression(test, NOT)}:"
        case If(test=test):
            return f"if {expression(test)}:"
        case _:
            assert_never(stmt)


def written_call(name: str, args: tuple[object, ...]) -> str:
    """Return the text of a call; `name` may say where the arguments stand."""
    if "{" not in name:
        return f"{name}({', '.join(map(_call_argument, args))})"
    given = [
        expression(arg, TIGHT) if f"{{{k}}}." in name else _call_argument(arg)  # type: ignore[arg-type]
        for k, arg in enumerate(args)
    ]
    return name.format(*given)


def _let(target: Var, value: Value) -> str:
    if isinstance(target.type, Array):
        return f"{target.name} = {expression(value)}"
    return _store(target.name, target, value)


def _store(place: str, old: Value, value: Value) -> str:
    """Return `place = value`, or `place += ...` when `value` starts from the old one."""
    match value:
        case Op("add" | "sub" as prim, (first, change)) if _is_old(first, old):
            return f"{place} {_signed(change if prim == 'add' else Op('neg', (change,)))}"
        case Op(prim, (first, change)) if prim in AUGMENTED and _is_old(first, old):
            return f"{place} {AUGMENTED[prim]} {expression(change)}"
        case _:
            return f"{place} = {expression(value)}"


def _is_old(first: Value, old: Value) -> bool:
    if isinstance(first, Var) and isinstance(old, Var):
        return first.name == old.name
    return isinstance(first, Load) and first == old


def _signed(change: Value) -> str:
    """Return `+= change`, or `-= ...` when it starts with a minus."""
    negated = _negated(change)
    return f"+= {expression(change)}" if negated is None else f"-= {expression(negated)}"


def _negated(value: Value) -> Value | None:
    """Return `-value` if `value` starts with a minus, which then goes away."""
    match value:
        case Op("neg", (inner,)):
            return inner
        case Const(value=number, type=type_) if number < 0:
            return Const(-number, type_)
        case Op("mul" | "div" as prim, (left, right)):
            factor = _negated(left)
            return None if factor is None else nested_op(prim, factor, right)
        case _:
            return None


def _range(stmt: For) -> str:
    """Return the arguments of `range`, without those that are the usual ones."""
    bounds = [expression(bound) for bound in (stmt.start, stmt.stop, stmt.step)]
    if bounds[2] == "1":
        bounds = bounds[1:2] if bounds[0] == "0" else bounds[:2]
    return ", ".join(bounds)


def _call_argument(arg: object) -> str:
    match arg:
        case tuple():
            return _tuple([_call_argument(item) for item in arg])
        case Var() | Const() | Op() | Load():
            return expression(arg, TERNARY)
        case _:
            return repr(arg)


# The function around the body -------------------------------------------------------


def _parameters(params: tuple[Param, ...]) -> list[str]:
    """Return the parameters; trailing ones that were omitted show their default."""
    texts: list[str] = []
    may_have_default = True
    for param in reversed(params):
        if may_have_default and isinstance(param.value, Const):
            texts.append(f"{param.name}={expression(param.value)}")
        else:
            may_have_default = False
            texts.append(param.name)
    return texts[::-1]


def _prologue(function: Function) -> Iterable[str]:
    """Return the lines that unpack tuple arguments and make the stacks."""
    for param in function.params:
        match param.value:
            case Var(name=name) if name != param.name:
                yield f"{name} = {param.name}"
            case Made(record=record) if is_complex_record(record):
                yield _complex_parts(param.value, record, param.name)
            case tuple() if param.value:
                yield f"{_unpacked(param.value)} = {param.name}"
                yield from _complex_parts_in(param.value)
    slots = {s.slot.name: None for s in statements(function.body) if isinstance(s, Save | Restore)}
    for slot in slots:
        yield f"{slot} = []"


def _complex_parts(parts: tuple[object, ...], record: Record, name: str) -> str:
    """Return the line that takes the parts of a complex number, or of an array of them."""
    re, im = _unpacked(parts).split(", ")
    sign = "-" if record.keys[1] == "conjugate" else ""
    return f"{re}, {im} = {name}.real, {sign}{name}.imag"


def _complex_parts_in(items: tuple[object, ...]) -> Iterable[str]:
    """Yield lines for complex items of a tuple, which have the names of their real parts."""
    for item in items:
        if isinstance(item, Made) and is_complex_record(item.record):
            yield _complex_parts(item, item.record, _unpacked(item).partition(",")[0])
        elif isinstance(item, tuple):
            yield from _complex_parts_in(item)


def _unpacked(items: tuple[object, ...]) -> str:
    """Return the left side that unpacks a tuple, without the outer parentheses."""
    texts = []
    for item in items:
        match item:
            case Var(name=name):
                texts.append(name)
            case Made(record=record) if is_complex_record(record):
                texts.append(_unpacked(item).partition(",")[0])
            case tuple() if item:
                texts.append(f"({_unpacked(item)})")
            case _:
                texts.append("_")
    return texts[0] + "," if len(texts) == 1 else ", ".join(texts)


def _result(structure: object, returns: tuple[Atom, ...], classes: Mapping[Record, str]) -> str:
    """Return the expression after `return`."""
    text = _structured(structure, returns, classes)
    is_row = isinstance(structure, tuple) and not isinstance(structure, Made)
    return text[1:-1] if is_row and len(structure) > 1 else text  # type: ignore[arg-type]


def _structured(structure: object, returns: tuple[Atom, ...], classes: Mapping[Record, str]) -> str:
    match structure:
        case None:
            return "None"
        case int():
            return expression(returns[structure], TERNARY)
        case Made(record=record) if is_complex_record(record):
            return _complex([_structured(part, returns, classes) for part in structure], record)
        case Made(record=record):
            parts = ", ".join(_structured(item, returns, classes) for item in structure)
            return f"{classes.get(record, record.name)}({parts})"
        case tuple():
            return _tuple([_structured(item, returns, classes) for item in structure])
        case _:
            raise TypeError(structure)


def _complex(parts: list[str], record: Record) -> str:
    """Return what makes a complex number, or an array of them, of the texts of its parts."""
    re, im = parts
    is_conjugate = record.keys[1] == "conjugate"
    if record.kind is ComplexArray:
        return f"{'conjugate_array' if is_conjugate else 'complex_array'}({re}, {im})"
    if is_conjugate:
        im = f"-{im}" if im.isidentifier() else f"-({im})"
    return f"complex({re}, {im})"


def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
