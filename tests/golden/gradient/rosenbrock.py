def rosenbrock_adjoint(x):
    x_bar = np.zeros_like(x)
    s = 0.0
    for i in range(len(x) - 1):
        # a = x[i + 1] - x[i] * x[i]
        x_i = x[i]
        a = x[i + 1] - x_i * x_i
        # b = 1.0 - x[i]
        b = 1.0 - x_i
        # s += 100.0 * a * a + b * b
        t = 100.0 * a
        s += t * a + b * b
        b_bar = 2.0 * b
        a_bar = t
        a_bar += a * 100.0
        # b = 1.0 - x[i]
        x_i_bar = -b_bar
        # a = x[i + 1] - x[i] * x[i]
        x_i_bar += 2.0 * -a_bar * x_i
        x_bar[i] += x_i_bar
        x_bar[i + 1] += a_bar
    return s, x_bar
