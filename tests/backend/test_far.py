"""Functions that leave large arguments of either sign to the C library, alone and in vectors."""

import ctypes
import math

import llvmlite.binding as llvm
import numpy as np
import pytest
from llvmlite import ir

from srcad.backend.far import replaced_where_far
from srcad.backend.real import DOUBLE, Real

LIMIT = 10.0
LANES = 2


def module_of_both():
    """Return a module: `one(x)`, and `two(x, y)` that stores what the variant for two gives."""
    module = ir.Module("far")
    module.triple = llvm.get_default_triple()
    number = DOUBLE.type
    one = ir.Function(module, ir.FunctionType(number, [number]), "one")
    builder = ir.IRBuilder(one.append_basic_block())
    x = Real(builder, one.args[0], DOUBLE)
    builder.ret(replaced_where_far(x, x.number(-1.0), "sin", LIMIT))
    vector = ir.VectorType(number, LANES)
    place = ir.PointerType(number)
    two = ir.Function(module, ir.FunctionType(ir.VoidType(), [place, place]), "two")
    builder = ir.IRBuilder(two.append_basic_block())
    source, target = (builder.bitcast(arg, ir.PointerType(vector)) for arg in two.args)
    given = builder.load(source, align=8)
    variant = next(f for f in module.functions if f.name.endswith(f".{LANES}"))
    builder.store(builder.call(variant, [given]), target, align=8)
    builder.ret_void()
    return module


@pytest.fixture(scope="module")
def engine():
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    parsed = llvm.parse_assembly(str(module_of_both()))
    parsed.verify()
    machine = llvm.Target.from_default_triple().create_target_machine()
    made = llvm.create_mcjit_compiler(parsed, machine)
    made.finalize_object()
    return made


@pytest.mark.parametrize("x", [5.0, -5.0, 10.0, -10.0, 10.5, -10.5, 1e6, -1e6])
def test_numbers(engine, x):
    call = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(engine.get_function_address("one"))
    assert call(x) == (math.sin(x) if abs(x) > LIMIT else -1.0)


@pytest.mark.parametrize("pair", [(1.0, 2.0), (20.0, 30.0), (-20.0, -30.0), (-20.0, 1.0)])
def test_vectors(engine, pair):
    """The library is asked where any of the numbers is far; they come back as they are else."""
    place = ctypes.POINTER(ctypes.c_double)
    call = ctypes.CFUNCTYPE(None, place, place)(engine.get_function_address("two"))
    given, found = np.array(pair), np.zeros(LANES)
    call(given.ctypes.data_as(place), found.ctypes.data_as(place))
    is_far = np.any(np.abs(given) > LIMIT)
    assert np.array_equal(found, [math.sin(x) for x in pair] if is_far else given)


def test_the_variants_are_named_in_the_function():
    text = str(module_of_both())
    for lanes in (2, 4, 8):
        assert f"_ZGV_LLVM_N{lanes}v_srcad.sin.far.double(srcad.sin.far.double.{lanes})" in text
