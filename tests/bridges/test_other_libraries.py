"""JAX, PyTorch, PyTensor, Dask, joblib and nutpie, where they are installed."""

import contextlib
import io
import linecache
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import srcad
from srcad.backend import xla
from srcad.foreign import as_numpy
from tests.harness import as_plain_python

pytestmark = pytest.mark.compiled


def energy(x, a, n):
    value = 0.0
    for i in range(x.size):
        value += a * x[i] ** n
    return value


def scaled(x, a):
    return a * x * x


def rows(theta, x, y):
    total = 0.0
    for i in range(y.size):
        r = y[i]
        for k in range(theta.size):
            r -= x[i, k] * theta[k]
        total += r * r
    return total


def fails(theta, x):
    if x[0] > 5.0:
        raise ValueError("a chunk is bad")
    return np.sum(x) * theta[0]


def address(array):
    """Return where the elements of an array of any library are."""
    if hasattr(array, "data_ptr"):
        return array.data_ptr()
    return array.unsafe_buffer_pointer() if hasattr(array, "devices") else array.ctypes.data


def arrays():
    """Return arrays of both libraries."""
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    numbers = torch.arange(6.0, dtype=torch.float64)
    return (numbers, numbers[1::2], numbers.reshape(2, 3).T, jax.numpy.arange(6.0), numbers.float())


def test_arrays_are_read_where_they_are():
    """They are not copied; those of JAX are read-only, and stay so."""
    found = [(as_numpy(x), x) for x in arrays()]
    for array, x in found:
        assert type(array) is np.ndarray
        assert address(array) == address(x)
        assert array.shape == tuple(x.shape)
    assert not found[-2][0].flags.writeable


def test_gradients_by_arrays_of_other_libraries():
    """Gradients are NumPy's, of the dtype that went in; arrays stay as they are."""
    for x in arrays():
        plain = np.asarray(x).copy()
        with as_plain_python():
            gradient = srcad.grad(lambda x: np.sum(np.sin(x) * x))(x)
            hessian = srcad.hvp(lambda x: np.sum(x**3))(x, x)
        assert gradient.dtype == plain.dtype
        assert np.allclose(gradient, np.cos(plain) * plain + np.sin(plain))
        assert np.allclose(hessian, 6.0 * plain * plain)
        assert np.array_equal(np.asarray(x), plain)

    def doubles(x):
        x *= 2.0
        return np.sum(x * x)

    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    x = torch.ones(2, dtype=torch.float64)
    assert srcad.grad(doubles)(x).tolist() == [8.0, 8.0]
    assert x.tolist() == [1.0, 1.0]  # a derivative leaves its arguments alone
    assert srcad.differentiate(doubles)(x) == 8.0
    assert x.tolist() == [2.0, 2.0]  # the function itself writes where it writes
    with pytest.raises(Exception, match=r"(?i)read-only|readonly|immutable"):
        srcad.differentiate(doubles)(jax.numpy.ones(2))


def test_messages_about_real_tensors():
    """Arrays that cannot be read, and functions of the libraries themselves, are named."""
    torch, jax = pytest.importorskip("torch"), pytest.importorskip("jax")
    square = srcad.grad(lambda x: np.sum(x * x))
    with pytest.raises(TypeError, match="x is a tensor of PyTorch that requires a gradient"):
        square(torch.ones(2, requires_grad=True))
    with pytest.raises(TypeError, match=r"x is a tensor of PyTorch of torch.bfloat16, which NumPy"):
        square(torch.ones(2, dtype=torch.bfloat16))
    with pytest.raises(TypeError, match="x is an array of JAX of bfloat16, which NumPy"):
        square(jax.numpy.ones(2, jax.numpy.bfloat16))
    with pytest.raises(TypeError, match="x is a value that JAX traces"):
        jax.jit(square)(jax.numpy.ones(2))
    for sum_ in (torch.sum, jax.numpy.sum):
        with pytest.raises(srcad.MissingRule, match="the tape of its own library"):
            srcad.grad(lambda x: sum_(x))(np.ones(2))  # noqa: B023, PLW0108 - looked at now


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_torch(dtype):
    """Tensors in, tensors out; `backward` is the gradient."""
    torch = pytest.importorskip("torch")
    kind = getattr(torch, dtype)
    f = srcad.as_torch(energy)
    x = torch.tensor([1.0, 2.0, 3.0], dtype=kind, requires_grad=True)
    a = torch.tensor(2.0, dtype=kind, requires_grad=True)
    out = f(x, a, 2)
    assert out.dtype == kind
    (out * 3.0).backward()
    assert torch.allclose(x.grad, 12.0 * x.detach())
    assert x.grad.dtype == kind
    assert float(a.grad) == 42.0
    y = srcad.as_torch(scaled)(x[::2], 2.0)
    y.sum().backward()
    assert x.grad.tolist() == [16.0, 24.0, 48.0]
    assert srcad.as_torch(scaled)(x.detach(), 2.0).requires_grad is False


def test_torch_gradcheck_and_what_is_refused():
    """PyTorch's own check agrees; second derivatives are refused by PyTorch."""
    torch = pytest.importorskip("torch")
    f = srcad.as_torch(scaled)
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: f(x.t(), 3.0), (x,))
    with pytest.raises(TypeError, match=r"argument 0 is a tensor of torch.bfloat16"):
        f(torch.ones(2, dtype=torch.bfloat16), 1.0)
    with pytest.raises(TypeError, match="as_torch takes a Python function"):
        srcad.as_torch(3.0)
    (gradient,) = torch.autograd.grad(f(x, 3.0).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError):
        gradient.sum().backward()


@pytest.mark.parametrize("native", [True, False])
def test_jax(native):
    """In grad, jit and vmap, for numbers and arrays, with Python between and without."""
    jax = pytest.importorskip("jax")
    f = srcad.as_jax(energy, native=native)
    x = np.array([1.0, 2.0, 3.0], np.float32)
    value, gradient = jax.jit(jax.value_and_grad(f))(x, np.float32(2.0), 2)
    assert float(value) == 28.0
    assert gradient.dtype == np.float32
    assert gradient.tolist() == [4.0, 8.0, 12.0]
    many = jax.vmap(f, in_axes=(0, None, None))(np.stack([x, 2 * x]), np.float32(1.0), 2)
    assert many.tolist() == [14.0, 56.0]
    g = srcad.as_jax(scaled, lambda x, a: x, native)
    jacobian = jax.jacrev(g)(x, np.float32(1.0))
    assert np.array_equal(jacobian, np.diag(2.0 * x))
    message = "scaled raises an exception, or returns another" if native else r"write shape=\(3,\)"
    for shape in ((), (2,)) if not native else ((2,),):
        with pytest.raises(Exception, match=message):
            jax.block_until_ready(srcad.as_jax(scaled, shape, native)(x, np.float32(1.0)))


def test_jax_calls_back_where_it_has_to():
    """What is captured is read at each call; other numbers and partials go through Python."""
    jax = pytest.importorskip("jax")
    weights = np.ones(2)
    f = srcad.as_jax(lambda x: np.sum(weights * x))
    assert float(f(np.ones(2, np.float32))) == 2.0
    weights[:] = 3.0
    assert float(jax.grad(f)(np.ones(2, np.float32))[0]) == 3.0
    with pytest.raises(ValueError, match="cannot call <lambda> without Python"):
        srcad.as_jax(lambda x: np.sum(weights * x), native=True)(np.ones(2, np.float32))


def test_the_interface_of_xla_is_known():
    """Another order of fields would be noticed, and calls would go through Python."""
    jax = pytest.importorskip("jax")
    path = Path(jax.ffi.include_dir(), "xla", "ffi", "api", "c_api.h")
    header = path.read_text(encoding="utf-8")
    assert xla.is_known(header)
    for name, fields in xla.STRUCTURES.items():
        first = fields.split()[1]
        start = header.index(f"struct XLA_FFI_{name} {{")
        at = header.index(first, start)
        assert not xla.is_known(header[:at] + "other; int " + header[at:])
    assert not xla.is_known("")


@pytest.mark.parametrize("library", ["jax", "torch"])
def test_functions_of_theirs_inside_of_ours(library):
    """Values and derivatives are those of the same function of NumPy, in both modes."""
    module = pytest.importorskip("jax.numpy" if library == "jax" else "torch")
    from_library = getattr(srcad, f"from_{library}")

    def made(np):
        return lambda x, w, n: np.tanh(x * w) ** n + w

    ours, theirs = made(np), from_library(made(module), "float64[:]")
    x, results = np.array([0.1, 0.5, 0.2]), []
    for layer in (ours, theirs):

        def f(x, w):
            y = layer(x * 2.0, w, 2)  # noqa: B023 - called now
            return np.sum(y * y * x)

        with as_plain_python():
            gradient = srcad.grad(f, (0, 1))(x, 0.3)
            tangent = srcad.jvp(f, (x, 0.3), (x, 1.0))[1]
            second = srcad.hvp(f)(x, x, 0.3)
        results.append(np.hstack([*gradient, tangent, second]))
    assert np.allclose(*results, rtol=1e-14)
    single = from_library(made(module), "float32[:]")
    with as_plain_python():
        gradient = srcad.grad(lambda x: np.sum(single(x, np.float32(0.3), 2)))(np.float32(x))
    assert gradient.dtype == np.float32
    assert np.allclose(gradient, 0.6 * np.tanh(0.3 * x) / np.cosh(0.3 * x) ** 2, rtol=1e-5)


def test_a_network_that_learns():
    """Parameters are read at each call, in compiled code too; functions pickle by name only."""
    torch = pytest.importorskip("torch")
    network = torch.nn.Linear(2, 1).double()
    learned = srcad.from_torch(lambda x: network(x)[0])
    both = srcad.value_and_grad(lambda x: learned(x) ** 2)
    x = np.array([1.0, 2.0])
    for _ in range(2):
        weight = network.weight.detach().numpy()[0]
        value = float(weight @ x + network.bias.item())
        found = both(x)
        assert np.isclose(found[0], value**2)
        assert np.allclose(found[1], 2.0 * value * weight)
        with torch.no_grad():
            network.weight *= 2.0


def test_pytensor():
    """In a graph, with its gradient."""
    pytest.importorskip("pytensor")
    import pytensor
    import pytensor.tensor as pt

    x, a = pt.vector("x", dtype="float64"), pt.scalar("a", dtype="float64")
    out = srcad.as_pytensor(energy)(x, a, np.int64(2)) ** 2
    run = pytensor.function([x, a], [out, *pytensor.grad(out, [x, a])], mode="FAST_COMPILE")
    value, x_bar, a_bar = run(np.array([1.0, 2.0]), 3.0)
    assert (float(value), x_bar.tolist(), float(a_bar)) == (225.0, [180.0, 360.0], 150.0)
    y = srcad.as_pytensor(scaled, ndim=1)(x, 2.0)
    run = pytensor.function([x], [y, pytensor.grad(y.sum(), x)], mode="FAST_COMPILE")
    assert [v.tolist() for v in run(np.array([1.0, 3.0]))] == [[2.0, 18.0], [4.0, 12.0]]


def data():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(40, 2))
    return x, x @ [1.0, -2.0] + rng.normal(size=40), np.array([0.5, 0.5])


@pytest.fixture
def _without_our_folders(monkeypatch):
    """Let `import sparse` not find the folder of tests of this name, here and in workers."""
    monkeypatch.setitem(sys.modules, "sparse", None)
    monkeypatch.setattr(sys, "path", [p for p in sys.path if not p.endswith("tests")])


@pytest.mark.usefixtures("_without_our_folders")
def test_dask():
    """The sum over chunks is that of all rows; errors in chunks are raised."""
    pytest.importorskip("dask")
    import dask.array

    x, y, theta = data()
    value, gradient = srcad.value_and_grad(rows)(theta, x, y)
    run = srcad.dask.value_and_grad(rows)
    for size in (7, 40, 13):
        parts = dask.array.from_array(x, chunks=(size, 2)), dask.array.from_array(y, chunks=size)
        found = run(theta, *parts)
        assert np.isclose(found[0], value)
        assert np.allclose(found[1], gradient)
        again = run(theta, *parts)
        assert (again[0], again[1].tolist()) == (found[0], found[1].tolist())
    bad = dask.array.from_array(np.array([1.0, 1.0, 9.0, 1.0]), chunks=2)
    with pytest.raises(ValueError, match="a chunk is bad"):
        srcad.dask.value_and_grad(fails)(theta, bad)
    with pytest.raises(TypeError, match="at least one array of Dask"):
        run(theta, x, y)
    with pytest.raises(ValueError, match="in different chunks"):
        run(theta, dask.array.from_array(x, chunks=(7, 2)), dask.array.from_array(y, chunks=5))
    with pytest.raises(ValueError, match="in several chunks along an axis"):
        run(theta, dask.array.from_array(x, chunks=(7, 1)), dask.array.from_array(y, chunks=7))
    with pytest.raises(TypeError, match="cannot be differentiated by"):
        run(dask.array.from_array(theta, chunks=2), x, y)


@pytest.mark.slow
@pytest.mark.usefixtures("_without_our_folders")
@pytest.mark.filterwarnings("ignore")
def test_dask_with_a_worker_that_dies(tmp_path):
    """Several processes; one ends in the middle, and another takes its chunk."""
    pytest.importorskip("distributed")
    import dask.array
    from distributed import Client, LocalCluster

    x, y, theta = data()
    value, gradient = srcad.value_and_grad(rows)(theta, x, y)
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=str(tmp_path)
        ) as cluster,
        Client(cluster) as client,
    ):
        parts = dask.array.from_array(x, chunks=(10, 2)), dask.array.from_array(y, chunks=10)
        run = srcad.dask.value_and_grad(rows)
        assert np.allclose(run(theta, *parts)[1], gradient)
        flag = tmp_path / "flag"

        def once(block):
            """End the first process that comes here."""
            if not flag.exists():
                flag.write_text("done")
                os._exit(1)
            return block

        mortal = parts[1].map_blocks(once, meta=np.zeros(0))
        found = run(theta, parts[0], mortal)
        assert flag.exists()
        assert np.isclose(found[0], value)
        assert client.status == "running"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_joblib():
    """Processes, whose large arrays are read-only maps of files, and threads; errors come back."""
    joblib = pytest.importorskip("joblib")
    x, y, theta = data()
    value, gradient = srcad.value_and_grad(rows)(theta, x, y)
    for how in ({"max_nbytes": 100}, {"prefer": "threads"}):
        parts = joblib.Parallel(n_jobs=2, **how)(
            joblib.delayed(srcad.value_and_grad(rows))(theta, x[k : k + 10], y[k : k + 10])
            for k in range(0, 40, 10)
        )
        assert np.isclose(sum(part for part, _ in parts), value)
        assert np.allclose(sum(part for _, part in parts), gradient)
    with pytest.raises(ValueError, match="a chunk is bad"):
        joblib.Parallel(n_jobs=2)(
            joblib.delayed(srcad.value_and_grad(fails))(theta, np.full(2, size))
            for size in (1.0, 9.0)
        )


def test_a_function_sent_without_its_source():
    """What processes get of a main program is refused, and the message says what to send."""
    code = energy.__code__.replace(co_filename="<dynamic-code>")
    sent = type(energy)(code, globals())
    with pytest.raises(srcad.NotDifferentiable, match=r"send what srcad has made of it"):
        srcad.grad(sent)(np.ones(2), 1.0, 2)


LIBRARIES = ("torch", "jax", "pytensor", "dask", "joblib", "nutpie")


@pytest.mark.usefixtures("_without_our_folders")
@pytest.mark.filterwarnings("ignore")
def test_the_page_of_the_documentation():
    """Its blocks run in turn and print what they say."""
    for name in LIBRARIES:
        pytest.importorskip(name)
    text = (Path(__file__).parents[2] / "docs" / "libraries.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```py\n(.*?)^```\n```text\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == text.count("```py")
    space = {"__name__": "snippets"}
    for k, (code, expected) in enumerate(blocks):
        file = f"<libraries {k}>"
        linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, file, "exec"), space)
        assert out.getvalue() == expected


def log_density(x, data):
    value = -x[1] * data.size - 0.5 * x[0] ** 2 - 0.5 * x[1] ** 2
    for i in range(data.size):
        value -= 0.5 * (data[i] - x[0]) ** 2 * np.exp(-2.0 * x[1])
    return value


@pytest.mark.filterwarnings("ignore")
def test_nutpie_calls_the_callback():
    """Its native sampler, given the address: means are those of the posterior."""
    pytest.importorskip("nutpie")
    import dataclasses

    import nutpie
    from numba import carray, cfunc, types
    from nutpie import compile_pymc

    x = np.random.default_rng(1).normal(1.0, 2.0, 200)
    logp = srcad.cfunc(log_density, "int64(uint64, double*, double*, double*, void*)", args=(x,))
    doubles = types.CPointer(types.float64)

    @cfunc(types.int64(types.uint64, types.uint64, doubles, doubles, types.voidptr))
    def expand(n, size, source, target, user):
        carray(target, (2,))[:] = carray(source, (2,))
        return 0

    fields = {f.name: None for f in dataclasses.fields(compile_pymc.CompiledPyMCModel)}
    fields |= {
        "dims": {},
        "_n_dim": 2,
        "n_expanded": 2,
        "compiled_logp_func": logp,
        "compiled_expand_func": expand,
        "initial_point_func": lambda seed: np.zeros(2),
        "shared_data": {},
        "user_data": np.zeros(1),
        "shape_info": (["theta"], [slice(0, 2)], [(2,)]),
        "_shapes": {"theta": (2,)},
        "_coords": {},
    }
    model = compile_pymc.CompiledPyMCModel(**fields)
    trace = nutpie.sample(model, draws=300, tune=300, chains=2, seed=5, progress_bar=False)
    theta = trace.posterior.theta.values.reshape(-1, 2)
    assert np.allclose(theta.mean(axis=0), [x.mean(), np.log(x.std())], atol=0.05)
    assert np.allclose(theta.std(axis=0), [x.std() / 200**0.5, 1 / 400**0.5], rtol=0.25)
