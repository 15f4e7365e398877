def early_return_from_a_loop_adjoint(x):
    s_saved = np.empty(64)
    n_s_saved = 0
    s_bar = 0.0
    x_bar = np.zeros_like(x)
    # """Return in the middle of a loop."""
    done = False
    s = 0.3
    # for i in range(len(x)):
    trips = 0
    for i in range(len(x)):
        trips += 1
        # s = s + x[i] * x[i]
        x_i = x[i]
        s += x_i * x_i
        s_saved = grown(s_saved, n_s_saved)
        s_saved[n_s_saved] = s
        n_s_saved += 1
        if s > 0.9:
            result = s * x_i
            done = True
        if done:
            break
    not_done = not done
    if not_done:
        result = s
    result_bar = 1.0
    if not_done:
        s_bar = 1.0
        result_bar = 0.0
    # for i in range(len(x)):
    n_s_saved -= trips
    part = s_saved[n_s_saved:n_s_saved + trips]
    for i in range(trips - 1, -1, -1):
        x_i_bar = 0.0
        # s = s + x[i] * x[i]
        x_i_1 = x[i]
        s_1 = part[i]
        # if s > 0.9:
        if s_1 > 0.9:
            s_bar += result_bar * x_i_1
            x_i_bar = result_bar * s_1
            result_bar = 0.0
        # s = s + x[i] * x[i]
        x_i_bar += 2.0 * s_bar * x_i_1
        x_bar[i] += x_i_bar
    return result, x_bar
