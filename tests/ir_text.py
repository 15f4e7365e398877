"""IR from Python snippets, for tests: the least that pass tests need, typed on the way.

Parameters are floats unless annotated: `i: int`, `c: bool`, `x: A1`, `m: A2` (arrays).
"""

import ast
import builtins
import math
from dataclasses import replace

import numpy as np

from srcad.backend.runtime import HELPERS
from srcad.ir.nodes import (
    Accum,
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
    Slice,
    Span,
    Store,
    Var,
    While,
)
from srcad.ir.show import show
from srcad.ir.types import BOOL, FLOAT, INT, Array
from srcad.ir.walk import map_atoms, map_block, map_operands, statements
from srcad.rules.linalg import WHOLES, settled
from srcad.rules.table import PRIMS

ANNOTATED = {
    "int": INT,
    "float": FLOAT,
    "bool": BOOL,
    "A1": Array("float64", 1),
    "A2": Array("float64", 2),
    "A3": Array("float64", 3),
}
PRIM = {
    ast.Add: "add",
    ast.Sub: "sub",
    ast.Mult: "mul",
    ast.Div: "div",
    ast.FloorDiv: "floordiv",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.Lt: "lt",
    ast.LtE: "le",
    ast.Gt: "gt",
    ast.GtE: "ge",
    ast.Eq: "eq",
    ast.NotEq: "ne",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Not: "not",
    ast.And: "and",
    ast.Or: "or",
}
BOOLEAN = {"lt", "le", "gt", "ge", "eq", "ne", "not", "and", "or"}
COUNTS = {"len", "size", "shape"}


def ir(source, file="<snippet>"):
    """Return the typed, flat IR of the one function in `source`."""
    return Lowering(file).function(ast.parse(source).body[0])


def ours(source):
    """Return the IR of a function whose additions are ours: they may be taken in any order."""
    function = ir(source)
    mark = lambda s: replace(s, any_order=True) if isinstance(s, Accum) else s
    return replace(function, body=map_block(function.body, mark))


def with_negative_literals(function):
    """Return a function with `-1` as a literal, where `ir` has made a negation of it."""
    known = {}

    def change(stmt):
        match stmt:
            case Let(target=Var(name=name), value=Op("neg", (Const(value, type_),))):
                known[name] = Const(-value, type_)
        return map_operands(stmt, lambda part: map_atoms(part, literal))

    def literal(atom):
        return known.get(atom.name, atom) if isinstance(atom, Var) else atom

    for stmt in statements(function.body):
        change(stmt)
    return replace(function, body=map_block(function.body, change))


def run(function, *args):
    """Return what the printed function returns for copies of `args`, and the copies."""
    return call(show(function)[0], function.name, *args)


def call(source, name, *args):
    """Return what function `name` of `source` returns for copies of `args`, and these."""
    space = {"np": np, "math": math} | {helper.__name__: helper for helper in HELPERS}
    exec(compile(source, "<shown>", "exec"), space)
    copies = [np.array(a) if isinstance(a, np.ndarray) else a for a in args]
    with np.errstate(all="ignore"):
        return space[name](*copies), copies


def same(left, right):
    """Return whether two results agree to the bit, nan being equal to nan."""
    if isinstance(left, tuple | list):
        return len(left) == len(right) and all(map(same, left, right))
    left, right = np.asarray(left), np.asarray(right)
    signs = left.dtype.kind != "f" or np.array_equal(np.signbit(left), np.signbit(right))
    nan = left.dtype.kind == "f"
    return (
        left.dtype == right.dtype
        and np.array_equal(left, right, equal_nan=nan)
        and (signs or bool(np.isnan(left).any()))
    )


def called(tree):
    """Return whether a call stays one."""
    match tree.func:
        case ast.Name(id=name):
            return name not in PRIMS and name not in {"float", "int", "bool"}
        case ast.Attribute(attr=name):
            return name == "dot"


def is_flipped(tree):
    """Return whether an argument is the transpose of a matrix."""
    return isinstance(tree, ast.Attribute) and tree.attr == "T"


class Lowering:
    """From `ast` to flat IR; `types` holds the type of each name met so far."""

    def __init__(self, file):
        self.file = file
        self.types = {}
        self.block = []
        self.temps = 0
        self.taken = set()

    def span(self, tree):
        return Span(self.file, tree.lineno, tree.col_offset, tree.end_lineno, tree.end_col_offset)

    def function(self, tree):
        self.taken = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        params = []
        for arg in tree.args.args:
            note = arg.annotation.id if arg.annotation else "float"
            self.types[arg.arg] = ANNOTATED[note]
            params.append(Param(arg.arg, Var(arg.arg, ANNOTATED[note])))
        *body, last = tree.body
        self.statements(body)
        self.where = self.span(last)
        values = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
        returns = tuple(self.atom(value) for value in values)
        result = tuple(range(len(values))) if isinstance(last.value, ast.Tuple) else 0
        return Function(tree.name, tuple(params), tuple(self.block), returns, result)

    def statements(self, trees):
        for tree in trees:
            self.statement(tree)

    def nested(self, trees):
        outer, self.block = self.block, []
        self.statements(trees)
        inner, self.block = self.block, outer
        return tuple(inner)

    def emit(self, kind, *args):
        self.block.append(kind(*args, self.where))

    def statement(self, tree):
        self.where = where = self.span(tree)
        match tree:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.IfExp() as value):
                self.choice(name, value)
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as value) if called(
                value
            ):
                self.call(value, name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                self.let(name, self.value(value))
            case ast.Expr(value=ast.Call(func=ast.Name(id="save" | "restore" as kind), args=args)):
                slot, other = Var(args[0].id, FLOAT), args[1]
                if kind == "restore":
                    self.types.setdefault(other.id, FLOAT)
                self.emit(Save if kind == "save" else Restore, slot, self.atom(other))
            case ast.Expr(value=ast.Call() as value):
                self.call(value)
            case ast.Assign(targets=[ast.Subscript() as place], value=value):
                value = self.atom(value)
                self.emit(Store, self.name(place.value.id), self.index(place.slice), value)
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add(), value=value):
                self.emit(Accum, self.name(name), None, self.atom(value))
            case ast.AugAssign(target=ast.Name(id=name), op=op, value=value):
                self.let(name, Op(PRIM[type(op)], (self.name(name), self.atom(value))))
            case ast.AugAssign(target=ast.Subscript() as place, op=ast.Add(), value=value):
                value = self.atom(value)
                self.emit(Accum, self.name(place.value.id), self.index(place.slice), value)
            case ast.AugAssign(target=ast.Subscript() as place, op=op, value=value):
                array, index = self.name(place.value.id), self.index(place.slice)
                old, new = self.temp(FLOAT), self.temp(FLOAT)
                self.emit(Let, old, Load(array, index))
                self.emit(Let, new, Op(PRIM[type(op)], (old, self.atom(value))))
                self.emit(Store, array, index, new)
            case ast.For(target=ast.Name(id=name), iter=ast.Call(args=args), body=body):
                self.loop(name, args, body, where)
            case ast.While(test=test, body=body):
                outer, self.block = self.block, []
                cond = self.atom(test)
                inner, self.block = tuple(self.block), outer
                self.block.append(While(inner, cond, self.nested(body), where))
            case ast.If(test=test, body=body, orelse=orelse):
                test = self.atom(test)
                then, orelse = self.nested(body), self.nested(orelse)
                self.block.append(If(test, then, orelse, where))
            case ast.Raise(exc=ast.Call(func=ast.Name(id=kind), args=args)):
                self.emit(Raise, getattr(builtins, kind), tuple(arg.value for arg in args))
            case ast.Pass():
                pass
            case _:
                raise TypeError(ast.dump(tree))

    def call(self, tree, name=None):
        """Emit a call that stays one: of a product of matrices, or of anything unknown."""
        text = tree.func.attr if isinstance(tree.func, ast.Attribute) else tree.func.id
        function, args = (
            text,
            [self.atom(arg.value if is_flipped(arg) else arg) for arg in tree.args],
        )
        if text == "dot":
            function = settled(WHOLES["dot_" + "".join("nt"[is_flipped(a)] for a in tree.args)])
            text = function.text
        targets = ()
        if name is not None:
            self.types.setdefault(name, args[0].type)
            targets = (self.name(name),)
        self.emit(Call, targets, function, text, tuple(args))

    def loop(self, name, args, body, where):
        bounds = [self.atom(arg) for arg in args]
        if len(bounds) == 1:
            bounds = [Const(0, INT), *bounds]
        if len(bounds) == 2:
            bounds.append(Const(1, INT))
        self.types[name] = INT
        until = None
        match body[-1]:
            case ast.If(test=ast.Name(id=flag), body=[ast.Break()]):
                *body, _ = body
                until = flag
        inner = self.nested(body)
        self.block.append(For(self.name(name), *bounds, inner, until and self.name(until), where))

    def choice(self, name, value):
        """Emit the branches of a conditional expression, as lowering does."""
        test = self.atom(value.test)
        temp = self.temp(FLOAT)
        blocks = []
        for side in (value.body, value.orelse):
            outer, self.block = self.block, []
            self.emit(Let, temp, self.value(side))
            blocks.append(tuple(self.block))
            self.block = outer
        self.emit(If, test, *blocks)
        self.let(name, temp)

    def name(self, name):
        return Var(name, self.types.get(name))

    def temp(self, type_):
        while f"_t{self.temps}" in self.taken:
            self.temps += 1
        name = f"_t{self.temps}"
        self.temps += 1
        self.types[name] = type_
        return Var(name, type_)

    def let(self, name, value):
        self.types.setdefault(name, self.type_of(value))
        self.emit(Let, self.name(name), value)

    def type_of(self, value):
        match value:
            case Var(type=type_) | Const(type=type_):
                return type_
            case Load(array=Var(type=Array(dtype, ndim)), index=index):
                ndim -= sum(not isinstance(part, Slice) for part in index)
                return Array(dtype, ndim) if ndim else FLOAT
            case Op(prim) if prim in BOOLEAN:
                return BOOL
            case Op(prim) if prim in COUNTS:
                return INT
            case Op("cast", static=(dtype,)):
                return {"float64": FLOAT, "int64": INT, "bool": BOOL}[dtype]
            case Op("zeros" | "empty" | "ones", args):
                return Array("float64", len(args))
            case Op("zeros_like" | "empty_like" | "copy" | "asarray" | "transpose", (array,)):
                return array.type
            case Op(prim, args):
                integer = all(a.type == INT for a in args) and prim != "div"
                arrays = [a.type for a in args if isinstance(a.type, Array)]
                return arrays[0] if arrays else INT if integer else FLOAT

    def atom(self, tree):
        value = self.value(tree)
        if isinstance(value, Var | Const):
            return value
        temp = self.temp(self.type_of(value))
        self.emit(Let, temp, value)
        return temp

    def value(self, tree):
        match tree:
            case ast.Constant(value=bool() as value):
                return Const(value, BOOL)
            case ast.Constant(value=int() as value):
                return Const(value, INT)
            case ast.Constant(value=value):
                return Const(value, FLOAT)
            case ast.Name(id=name):
                return self.name(name)
            case ast.BinOp(op=op, left=left, right=right):
                return Op(PRIM[type(op)], (self.atom(left), self.atom(right)))
            case ast.UnaryOp(op=op, operand=operand):
                return Op(PRIM[type(op)], (self.atom(operand),))
            case ast.BoolOp(op=op, values=[left, right]):
                return Op(PRIM[type(op)], (self.atom(left), self.atom(right)))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return Op(PRIM[type(op)], (self.atom(left), self.atom(right)))
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return Op("select", (self.atom(test), self.atom(body), self.atom(orelse)))
            case ast.Subscript(value=ast.Attribute(value=array), slice=ast.Constant(value=axis)):
                return Op("shape", (self.atom(array),), (axis,))
            case ast.Subscript(value=array, slice=index):
                return Load(self.atom(array), self.index(index))
            case ast.Attribute(value=array, attr="T"):
                return Op("transpose", (self.atom(array),))
            case ast.Attribute(value=array, attr="size"):
                return Op("size", (self.atom(array),))
            case ast.Attribute(attr="inf"):
                return Const(math.inf, FLOAT)
            case ast.Attribute(attr="nan"):
                return Const(math.nan, FLOAT)
            case ast.Call(func=ast.Attribute(value=array, attr="copy")):
                return Op("copy", (self.atom(array),))
            case ast.Call(func=func, args=args):
                return self.operation(func, args)
        raise TypeError(ast.dump(tree))

    def operation(self, func, args):
        prim = func.attr if isinstance(func, ast.Attribute) else func.id
        if prim in {"zeros", "ones", "empty"}:
            shape = args[0].elts if isinstance(args[0], ast.Tuple) else args
            return Op(prim, tuple(map(self.atom, shape)), ("float64",))
        values = tuple(map(self.atom, args))
        if prim in {"float", "int", "bool"}:
            return Op("cast", values, ({"float": "float64", "int": "int64"}.get(prim, prim),))
        static = (None,) if prim.endswith("_like") else ()
        return Op(prim, values, static)

    def index(self, tree):
        trees = tree.elts if isinstance(tree, ast.Tuple) else [tree]
        return tuple(
            Slice(*(bound and self.atom(bound) for bound in (t.lower, t.upper, t.step)))
            if isinstance(t, ast.Slice)
            else self.atom(t)
            for t in trees
        )
