"""Forms of methods, and of functions of one array of certain values."""

LINES = {
    "some": """
        x.T
        x.all()
        x.any(axis=0)
        x.argmax()
        x.argmin(axis=-1)
        x.argsort()
        x.astype(np.float32)
        x.astype(np.int64)
        x.astype(np.bool_)
        x.clip(0, 1)
        x.copy()
        x.cumprod()
        x.cumsum(axis=0)
        x.diagonal()
        x.dot(x)
        x.flatten()
        x.max()
        x.max(axis=-1, keepdims=True)
        x.mean(axis=0)
        x.min()
        x.nonzero()
        x.prod(axis=-1)
        x.ravel()
        x.repeat(2)
        x.reshape(-1)
        x.reshape(-1, 1)
        x.reshape((1, -1))
        x.round()
        x.round(1)
        x.searchsorted(1)
        x.squeeze()
        x.std()
        x.sum()
        x.sum(axis=(0, -1))
        x.swapaxes(0, -1)
        x.take(0)
        x.trace()
        x.transpose()
        x.transpose(1, 0)
        x.var(axis=0, ddof=1)
        x.mT
        x.real
        x.size
        x.ndim
        x.shape
        x[0]
        x[-1]
        x[..., 0]
        x[:, None]
        x[None]
        x[::-1]
        x[[0, -1]]
        x[1:]
        len(x)
    """,
    "positive": """
        np.log(x)
        np.log10(x)
        np.log1p(x)
        np.log2(x)
        np.sqrt(x)
        x ** 0.5
        x ** -0.5
        np.float_power(x, 2)
        np.power(x, 2)
        np.pow(x, 2)
        np.geomspace(x, 8.0, 4)
        np.logspace(x, 2, 3)
        np.linspace(x, 5, 4)
        np.linspace(0, x, 4, endpoint=False)
        np.average(x, weights=x)
    """,
    "unit": """
        np.arccos(x)
        np.arcsin(x)
        np.arctanh(x)
    """,
    "above": """
        np.arccosh(x)
    """,
    "special": """
        np.abs(x)
        np.sign(x)
        np.signbit(x)
        np.exp(x)
        np.log(x)
        np.sqrt(x)
        np.sin(x)
        np.tanh(x)
        np.floor(x)
        np.round(x)
        np.fix(x)
        np.nan_to_num(x)
        np.isneginf(x)
        np.isposinf(x)
        np.isfinite(x)
        np.sinc(x)
        np.cbrt(x)
        np.reciprocal(x)
        np.spacing(x)
        x ** 2
        x ** 0.5
        x % 2
        x // 2
        np.sum(x)
        np.prod(x)
        np.mean(x, axis=0)
        np.max(x)
        np.max(x, axis=0)
        np.min(x)
        np.argmax(x)
        np.argmin(x, axis=0)
        np.ptp(x)
        np.var(x)
        np.median(x)
        np.percentile(x, 30)
        np.percentile(x, 50, axis=0)
        np.quantile(x, [0.0, 0.5, 0.75, 1.0])
        np.sort(x)
        np.argsort(x)
        np.unique(x)
        np.cumsum(x)
        np.cumprod(x)
        np.diff(x)
        np.maximum.accumulate(x)
        np.minimum.accumulate(x)
        np.clip(x, -1, 1)
        np.heaviside(x, 0.5)
        np.interp(x, [0.0, 1.0, 2.0], [1.0, 3.0, 2.0])
        np.searchsorted([0.0, 1.0, np.inf, np.nan], x)
        np.digitize(x, [0, 1])
        np.isin(x, [1.0, np.nan])
        np.count_nonzero(x)
        np.linalg.norm(x)
        np.linalg.norm(x, np.inf)
        np.nansum(x)
        np.nanprod(x)
        np.nanmax(x)
        np.nanmin(x)
        np.nanmean(x)
        np.nanmean(x, axis=0)
        np.nanvar(x)
        np.nanstd(x, axis=0)
        np.array_equal(x, x)
        np.allclose(x, x)
        np.where(x, 1, 2)
        np.all(x)
        np.any(x, axis=0)
        x.astype(np.bool_)
        np.angle(x)
        np.trunc(x)
        np.rint(x)
        np.median(x, axis=0)
    """,
    "gaps": """
        np.nansum(x)
        np.nansum(x, axis=0)
        np.nanprod(x)
        np.nanprod(x, axis=-1, keepdims=True)
        np.nanmax(x)
        np.nanmax(x, axis=0)
        np.nanmin(x)
        np.nanmin(x, axis=-1)
        np.nanmean(x)
        np.nanmean(x, axis=0)
        np.nanvar(x)
        np.nanvar(x, axis=0, ddof=1)
        np.nanstd(x)
        np.nanstd(x, axis=-1, keepdims=True)
        np.median(x)
        np.percentile(x, 25, axis=0)
        np.sort(x)
        np.unique(x)
        np.argmin(x)
        np.max(x, axis=0)
    """,
    "integers": """
        np.bitwise_not(x)
        ~x
        np.left_shift(x, 2)
        np.right_shift(x, 1)
    """,
    "shift": """
        np.roll(x, n)
        np.roll(x, n, axis=0)
        np.diag(x, n)
        np.diagonal(x, n)
        np.trace(x, n)
        np.tril(x, n)
        np.triu(x, n)
        np.repeat(x, n)
        np.repeat(x, n, axis=0)
        np.take(x, n)
        np.take(x, n, axis=0)
        np.delete(x, n)
        np.delete(x, n, axis=0)
        np.insert(x, n, 1)
        np.tile(x, n)
        np.ldexp(x, n)
    """,
}
"""The forms, by the kind of their arguments."""
