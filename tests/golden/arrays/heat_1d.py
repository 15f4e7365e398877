def heat_1d_adjoint(u, nu, steps):
    u = u.copy()
    u_bar = np.empty_like(u)
    # for _ in range(steps):
    n = u.shape[0]
    # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    n_1 = max(n - 2, 0)
    work = np.empty(n_1)
    # for _ in range(steps):
    for k in range(steps):
        # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        for i in range(n_1):
            u_at = u[i + 1]
            work[i] = u_at + nu * (u[i + 2] - 2.0 * u_at + u[i])
        for i in range(n_1):
            u[i + 1] = work[i]
    total = 0.0
    for i in range(n):
        u_i = u[i]
        total = added(total, u_i * u_i)
        u_bar[i] = 2.0 * u_i
    # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
    t = n_1 - 2
    t_1 = n_1 - 4
    t_2 = n_1 - 1
    work_bar = np.empty(n_1)
    # for _ in range(steps):
    for k in range(steps - 1, -1, -1):
        k = hidden(k)
        # u[1:-1] = u[1:-1] + nu * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        for i in range(n_1):
            u_bar_at = u_bar[i + 1]
            u_bar[i + 1] = 0.0
            work_bar[i] = u_bar_at
        for i in range(t):
            t_3 = work_bar[i + 2] * nu + work_bar[i] * nu
            work_bar_at = work_bar[i + 1]
            u_bar[i + 2] += t_3 + (work_bar_at + -(work_bar_at * nu) * 2.0)
        t_4 = n_1 <= 4
        for near in range(n_1 if t_4 else 4):
            i_4 = near if t_4 or near < 2 else near + t_1
            work_bar_i_4 = work_bar[i_4]
            t_5 = work_bar_i_4 * nu
            if i_4 < 2:
                u_bar[i_4] += t_5
            if i_4 >= t:
                u_bar[i_4 + 2] += t_5
            t_6 = work_bar_i_4 + -t_5 * 2.0
            if i_4 < 1 or i_4 >= t_2:
                u_bar[i_4 + 1] += t_6
    return total, u_bar
