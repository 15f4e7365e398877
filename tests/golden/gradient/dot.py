def dot_adjoint(x, y):
    y_bar = np.zeros_like(y)
    x_bar = np.empty_like(x)
    s = 0.0
    # for i in range(len(x)):
    n = len(x)
    # s += x[i] * y[i]
    if 0 < n and span_outside(0, n - 1, y_bar.shape[0]):
        raise IndexError('index out of bounds at loops.py:1')
    # for i in range(len(x)):
    for i in range(n):
        # s += x[i] * y[i]
        x_i = x[i]
        y_i = y[i]
        s += x_i * y_i
        y_bar[i] += x_i
        x_bar[i] = y_i
    return s, (x_bar, y_bar)
