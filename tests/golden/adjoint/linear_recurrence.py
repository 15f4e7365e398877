def linear_recurrence_adjoint(x, y0, out_bar):
    x_bar = np.zeros_like(x)
    n = len(x)
    y = np.zeros(n)
    y_bar = np.zeros_like(y)
    # y[0] = y0
    if outside(0, y.shape[0]):
        raise IndexError('index out of bounds at loops.py:1')
    y[0] = y0
    for i in range(1, n):
        y[i] = y[i - 1] * x[i]
    half_n = n // 2
    y_bar[half_n] += out_bar
    y_bar[n - 1] += out_bar
    # for i in range(1, n):
    for i in range(n - 1, 0, -1):
        # y[i] = y[i - 1] * x[i]
        y_bar_i = y_bar[i]
        y_bar[i] = 0.0
        x_bar[i] += y_bar_i * y[i - 1]
        y_bar[i - 1] += y_bar_i * x[i]
    # y[0] = y0
    y0_bar = y_bar[0]
    return y[n - 1] + y[half_n], (x_bar, y0_bar)
