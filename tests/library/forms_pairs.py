"""Forms of functions of numbers, and of several arrays."""

LINES = {
    "pair": """
        x + y
        x - y
        x * y
        x / y
        x // y
        x % y
        x < y
        x == y
        np.add(x, y)
        np.subtract(x, y)
        np.multiply(x, y)
        np.divide(x, y)
        np.true_divide(x, y)
        np.floor_divide(x, y)
        np.remainder(x, y)
        np.mod(x, y)
        np.fmod(x, y)
        np.divmod(x, y)
        np.arctan2(x, y)
        np.copysign(x, y)
        np.equal(x, y)
        np.not_equal(x, y)
        np.greater(x, y)
        np.greater_equal(x, y)
        np.less(x, y)
        np.less_equal(x, y)
        np.fmax(x, y)
        np.fmin(x, y)
        np.maximum(x, y)
        np.minimum(x, y)
        np.hypot(x, y)
        np.isclose(x, y)
        np.allclose(x, y)
        np.array_equal(x, y)
        np.logaddexp(x, y)
        np.logaddexp2(x, y)
        np.logical_and(x, y)
        np.logical_or(x, y)
        np.logical_xor(x, y)
        np.nextafter(x, y)
        np.heaviside(x, y)
        np.where(x > y, x, y)
        np.clip(x, y, 2)
        np.broadcast_arrays(x, y)
        np.inner(x, y)
        np.outer(x, y)
        np.dot(x, y)
        np.vdot(x, y)
        np.matmul(x, y)
        x @ y
        np.kron(x, y)
        np.cov(x, y)
        np.cov(x, y, rowvar=False)
        np.corrcoef(x, y)
        np.append(x, y)
        np.append(x, y, axis=0)
        np.concatenate((x, y))
        np.concatenate((x, y), axis=-1)
        np.stack((x, y))
        np.hstack((x, y))
        np.vstack((x, y))
        np.dstack((x, y))
        np.column_stack((x, y))
        np.block([x, y])
        np.block([[x], [y]])
        np.array([x, y])
        np.tensordot(x, y, 0)
        np.tensordot(x, y, 1)
        np.tensordot(x, y)
        np.add.outer(x, y)
        np.multiply.outer(x, y)
        np.isin(x, y)
        np.trapezoid(x, y)
        np.ediff1d(x, to_end=y)
        np.polyval(x, y)
        np.diff(x, prepend=y)
        np.average(x, weights=y)
        np.meshgrid(x, y)
        np.meshgrid(x, y, indexing="ij")
        np.extract(x, y)
    """,
    "positive pair": """
        x ** y
        np.power(x, y)
        np.pow(x, y)
        np.float_power(x, y)
        np.average(x, axis=0, weights=y)
    """,
    "special pair": """
        np.maximum(x, y)
        np.minimum(x, y)
        np.fmax(x, y)
        np.fmin(x, y)
        np.copysign(x, y)
        np.arctan2(x, y)
        np.hypot(x, y)
        np.logaddexp(x, y)
        x % y
        x // y
        np.fmod(x, y)
        x * y
        x == y
        np.isclose(x, y)
        np.allclose(x, y)
        np.nextafter(x, y)
        np.heaviside(x, y)
        np.where(x > y, x, y)
        x ** y
    """,
    "integer pair": """
        np.bitwise_and(x, y)
        np.bitwise_or(x, y)
        np.bitwise_xor(x, y)
        np.gcd(x, y)
        np.lcm(x, y)
        x & y
        x | y
        x ^ y
    """,
    "shifted": """
        np.left_shift(x, y)
        np.bitwise_left_shift(x, y)
        np.right_shift(x, y)
        np.bitwise_right_shift(x, y)
        np.ldexp(x, y)
    """,
    "number": """
        math.atan(x)
        math.asinh(x)
        math.cos(x)
        math.sin(x)
        math.tan(x)
        math.cosh(x)
        math.sinh(x)
        math.tanh(x)
        math.exp(x)
        math.expm1(x)
        math.exp2(x)
        math.erf(x)
        math.erfc(x)
        math.fabs(x)
        math.ceil(x)
        math.floor(x)
        math.trunc(x)
        math.isnan(x)
        math.isinf(x)
        math.isfinite(x)
        math.degrees(x)
        math.radians(x)
        math.pow(x, 2)
        math.copysign(x, -1.0)
        math.ldexp(x, 3)
    """,
    "positive number": """
        math.log(x)
        math.log10(x)
        math.log1p(x)
        math.log2(x)
        math.sqrt(x)
        math.gamma(x)
        math.lgamma(x)
        math.acosh(x)
    """,
    "unit number": """
        math.acos(x)
        math.asin(x)
        math.atanh(x)
    """,
    "number pair": """
        math.atan2(x, y)
        math.copysign(x, y)
        math.hypot(x, y)
        math.nextafter(x, y)
        np.arange(x, y)
        np.arange(x, y, 0.5)
        np.arange(x, y, 2)
        np.arange(x)
        np.arange(x, y, dtype=np.float32)
        np.linspace(x, y)
        np.linspace(x, y, 5)
        np.linspace(x, y, 1)
        np.linspace(x, y, 0)
        np.linspace(x, y, 4, endpoint=False)
        np.linspace(x, y, 4, retstep=True)
        np.logspace(x, y, 4)
        np.logspace(x, y, 3, base=2.0)
        np.full(3, x)
        np.full((2, 3), x)
        np.array([x, y])
    """,
    "positive number pair": """
        math.pow(x, y)
        np.geomspace(x, y)
        np.geomspace(x, y, 4)
        np.geomspace(x, y, 1)
        np.geomspace(x, y, 4, endpoint=False)
    """,
    "integer numbers": """
        math.gcd(x, y)
    """,
    "vectors": """
        np.convolve(x, y)
        np.convolve(x, y, "same")
        np.convolve(x, y, mode="valid")
        np.correlate(x, y)
        np.correlate(x, y, "same")
        np.correlate(x, y, mode="full")
        np.einsum("i,i->", x, y)
        np.einsum("i,j->ij", x, y)
        np.einsum("i,i->i", x, y)
        np.histogram(x, weights=y)
        np.compress(x, y)
    """,
    "threes": """
        np.cross(x, y)
        np.einsum("ij,j->i", x, y)
        np.einsum("ij,kj->ik", x, y)
        np.tensordot(x, y, axes=(-1, -1))
        np.tensordot(x, y, axes=([0], [0]))
    """,
    "weighted rows": """
        np.average(x, axis=-1, weights=y)
        np.average(x, axis=0, weights=y)
        np.average(x, axis=-1, weights=y, keepdims=True)
    """,
    "positive alike": """
        np.average(x, weights=y)
        np.average(x, axis=0, weights=y)
        np.average(x, axis=-1, weights=y, keepdims=True)
    """,
    "choice": """
        np.where(c, x, y)
        np.select([c > 0], [x], y)
    """,
    "three": """
        np.clip(x, y, z)
        np.concatenate((x, y, z))
        np.stack((x, y, z), axis=-1)
        np.einsum("ij,ij,ij->i", x, y, z)
    """,
    "counts": """
        np.eye(n)
        np.eye(n, 3)
        np.eye(n, k=1)
        np.eye(n, k=-1, dtype=np.int64)
        np.identity(n)
        np.identity(n, dtype=np.float32)
        np.tri(n)
        np.tri(n, 3, 1)
        np.tri(n, k=-1, dtype=np.int64)
        np.tril_indices(n)
        np.tril_indices(n, 1)
        np.tril_indices(n, -1, 3)
        np.triu_indices(n)
        np.triu_indices(n, 1)
        np.triu_indices(n, -1, 3)
        np.diag_indices(n)
        np.arange(n)
        np.arange(1, n)
        np.arange(n, 0, -1)
        np.arange(0, n, 2)
        np.arange(n, dtype=np.float64)
        np.zeros(n)
        np.ones((n, 2), dtype=np.int64)
        np.indices((n, 2))
        np.ix_(np.arange(n), np.arange(2))
        np.linspace(0, 1, n)
    """,
    "two counts": """
        np.eye(n, m)
        np.eye(n, m, m - 1)
        np.tri(n, m)
        np.unravel_index(n, (3, 4))
        np.unravel_index(np.arange(n), (2, 3, 4))
        np.zeros((n, m))
        np.full((n, m), 2)
        np.indices((n, m))
    """,
    "sorted": """
        np.searchsorted(x, y)
        np.searchsorted(x, y, side="right")
        np.searchsorted(x, y, "left")
        np.digitize(y, x)
        np.digitize(y, x, right=True)
        np.histogram(y, bins=x)
    """,
    "falling": """
        np.digitize(y, x)
        np.digitize(y, x, right=True)
    """,
    "table": """
        np.interp(z, x, y)
        np.interp(z, x, y, left=0.5)
        np.interp(z, x, y, right=7)
    """,
    "tally": """
        np.bincount(x)
        np.bincount(x, minlength=4)
    """,
    "weights": """
        np.bincount(x, weights=y)
        np.bincount(x, y, 6)
    """,
    "index": """
        np.take(x, i)
        np.take(x, i, axis=0)
        x[i]
        np.repeat(x, i)
    """,
    "along": """
        np.take_along_axis(x, i, axis=-1)
        np.take_along_axis(x, i, -1)
    """,
    "square": """
        np.linalg.inv(x)
        np.linalg.det(x)
        np.linalg.slogdet(x)
        np.linalg.pinv(x)
        np.linalg.cond(x)
        np.linalg.norm(x, "nuc")
        np.linalg.norm(x, 2)
        np.linalg.norm(x, -2)
        np.linalg.norm(x, -1)
        np.linalg.norm(x, -np.inf)
        np.linalg.matrix_power(x, 0)
        np.linalg.matrix_power(x, 3)
        np.linalg.matrix_power(x, -2)
        np.linalg.qr(x)
        np.linalg.svd(x, compute_uv=False)
    """,
    "symmetric": """
        np.linalg.cholesky(x)
        np.linalg.eigvalsh(x)
        np.linalg.eigh(x)[0]
    """,
    "rectangle": """
        np.linalg.pinv(x)
        np.linalg.qr(x)[1]
        np.linalg.svd(x, full_matrices=False)[1]
    """,
    "system": """
        np.linalg.solve(x, y)
    """,
    "overdetermined": """
        np.linalg.lstsq(x, y)[0]
    """,
}
"""The forms, by the kind of their arguments."""
