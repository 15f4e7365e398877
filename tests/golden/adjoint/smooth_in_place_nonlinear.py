def smooth_in_place_nonlinear_adjoint(y, steps, out_bar):
    y = y.copy()
    y_bar = np.empty_like(y)
    # for i in range(1, len(y) - 1):
    len_y_minus_1 = len(y) - 1
    # for _ in range(steps):
    y_saved = np.empty((max(steps, 0), max(len_y_minus_1 - 1, 0)))
    for k in range(steps):
        # for i in range(1, len(y) - 1):
        for i in range(1, len_y_minus_1):
            # y[i] = math.sin(y[i + 1] * y[i - 1]) + y[i]
            y_i = y[i]
            y_saved[k, i - 1] = y_i
            y[i] = math.sin(y[i + 1] * y[i - 1]) + y_i
    y_out = y.copy()
    if y.shape[0] != out_bar.shape[0]:
        raise ValueError("the cotangent of 'y' must have its shape")
    for i in range(out_bar.shape[0]):
        y_bar[i] = out_bar[i]
    # for _ in range(steps):
    for k in range(steps - 1, -1, -1):
        k = hidden(k)
        # for i in range(1, len(y) - 1):
        for i in range(len_y_minus_1 - 1, 0, -1):
            # y[i] = math.sin(y[i + 1] * y[i - 1]) + y[i]
            y[i] = y_saved[k, i - 1]
            y_bar_i = y_bar[i]
            y_bar[i] = 0.0
            y_bar[i] += y_bar_i
            y_i_plus_1 = y[i + 1]
            y_i_minus_1 = y[i - 1]
            product_y_bar = y_bar_i * math.cos(y_i_plus_1 * y_i_minus_1)
            y_bar[i - 1] += product_y_bar * y_i_plus_1
            y_bar[i + 1] += product_y_bar * y_i_minus_1
    return y_out, (y_bar,)
