def rosenbrock_adjoint(x):
    x_bar = np.empty_like(x)
    s = 0.0
    # for i in range(len(x) - 1):
    n = len(x)
    n_minus_1 = n - 1
    held = 0.0
    for i in range(n_minus_1):
        # a = x[i + 1] - x[i] * x[i]
        x_i = x[i]
        a = x[i + 1] - x_i * x_i
        # b = 1.0 - x[i]
        b = 1.0 - x_i
        # s += 100.0 * a * a + b * b
        scaled_a = 100.0 * a
        s += scaled_a * a + b * b
        b_bar = 2.0 * b
        a_bar = scaled_a
        a_bar += a * 100.0
        # b = 1.0 - x[i]
        x_i_bar = -b_bar
        # a = x[i + 1] - x[i] * x[i]
        x_i_bar += 2.0 * -a_bar * x_i
        x_bar[i] = x_i_bar + held
        held = a_bar
    # for i in range(len(x) - 1):
    if n > 0:
        # a = x[i + 1] - x[i] * x[i]
        x_bar[n_minus_1] = held
    return s, x_bar
