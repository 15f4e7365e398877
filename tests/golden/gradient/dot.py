def dot_adjoint(x, y):
    y_bar = np.zeros_like(y)
    x_bar = np.zeros_like(x)
    s = 0.0
    for i in range(len(x)):
        # s += x[i] * y[i]
        x_i = x[i]
        y_i = y[i]
        s += x_i * y_i
        y_bar[i] += x_i
        x_bar[i] += y_i
    return s, (x_bar, y_bar)
