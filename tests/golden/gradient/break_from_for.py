def break_from_for_adjoint(x):
    s_saved = np.empty(64)
    n_s_saved = 0
    x_bar = np.zeros_like(x)
    s = 0.2
    # for i in range(len(x)):
    brk = False
    trips = 0
    for i in range(len(x)):
        s_saved = grown(s_saved, n_s_saved)
        s_saved[n_s_saved] = s
        n_s_saved += 1
        trips += 1
        # s = s * 0.9 + x[i] * x[i]
        x_i = x[i]
        s = s * 0.9 + x_i * x_i
        if s > 0.6:
            # break
            brk = True
        else:
            # s = s + 0.1 * x[i]
            s += 0.1 * x_i
        if brk:
            break
    s_bar = 2.0 * s
    # for i in range(len(x)):
    n_s_saved -= trips
    part = s_saved[n_s_saved:n_s_saved + trips]
    for i in range(trips - 1, -1, -1):
        x_i_bar = 0.0
        s_1 = part[i]
        # s = s * 0.9 + x[i] * x[i]
        x_i_1 = x[i]
        s_2 = s_1 * 0.9 + x_i_1 * x_i_1
        # if s > 0.6:
        if not s_2 > 0.6:
            # s = s + 0.1 * x[i]
            x_i_bar = s_bar * 0.1
        # s = s * 0.9 + x[i] * x[i]
        x_i_bar += 2.0 * s_bar * x_i_1
        x_bar[i] += x_i_bar
        s_bar *= 0.9
    return s * s, x_bar
