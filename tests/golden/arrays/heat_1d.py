def heat_1d_adjoint(u, nu, steps):
    u = u.copy()
    u_bar = np.empty_like(u)
    # for _ in range(steps):
    n = u.shape[0]
    # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    n_minus_2 = max(n - 2, 0)
    sum_u = np.empty(n_minus_2)
    # for _ in range(steps):
    for k in range(steps):
        # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        for i in range(n_minus_2):
            u_i_plus_1 = u[i + 1]
            sum_u[i] = u_i_plus_1 + nu * (u[i + 2] - 2.0 * u_i_plus_1 + u[i])
        for i in range(n_minus_2):
            u[i + 1] = sum_u[i]
    total = 0.0
    for i in range(n):
        u_i = u[i]
        total = added(total, u_i * u_i)
        u_bar[i] = 2.0 * u_i
    # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    difference_u = n_minus_2 - 2
    difference_u_1 = n_minus_2 - 4
    difference_u_2 = n_minus_2 - 1
    sum_u_bar = np.empty(n_minus_2)
    # for _ in range(steps):
    for k in range(steps - 1, -1, -1):
        k = hidden(k)
        # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        for i in range(n_minus_2):
            u_bar_i_plus_1 = u_bar[i + 1]
            u_bar[i + 1] = 0.0
            sum_u_bar[i] = u_bar_i_plus_1
        for i in range(difference_u):
            sum_u_1 = sum_u_bar[i + 2] * nu + sum_u_bar[i] * nu
            sum_u_bar_i_plus_1 = sum_u_bar[i + 1]
            u_bar[i + 2] += sum_u_1 + (sum_u_bar_i_plus_1 + -(sum_u_bar_i_plus_1 * nu) * 2.0)
        test_u = n_minus_2 <= 4
        for near in range(n_minus_2 if test_u else 4):
            i_4 = near if test_u or near < 2 else near + difference_u_1
            sum_u_bar_i = sum_u_bar[i_4]
            product_u = sum_u_bar_i * nu
            if i_4 < 2:
                u_bar[i_4] += product_u
            if i_4 >= difference_u:
                u_bar[i_4 + 2] += product_u
            sum_u_2 = sum_u_bar_i + -product_u * 2.0
            if i_4 < 1 or i_4 >= difference_u_2:
                u_bar[i_4 + 1] += sum_u_2
    return total, u_bar
