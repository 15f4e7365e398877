def product_adjoint(x):
    x_bar = np.empty_like(x)
    s = 1.0
    # for i in range(len(x)):
    n = len(x)
    s_saved = np.empty(n)
    for i in range(n):
        s_saved[i] = s
        # s = s * x[i]
        s *= x[i]
    s_bar = 1.0
    # for i in range(len(x)):
    for i in range(n - 1, -1, -1):
        s_1 = s_saved[i]
        # s = s * x[i]
        s_bar_times_s = s_bar * s_1
        s_bar *= x[i]
        x_bar[i] = s_bar_times_s
    return s, x_bar
