def newton_square_root_adjoint(a):
    x_saved = np.empty(64)
    n_x_saved = 0
    saved = np.empty(64)
    n_saved = 0
    a_bar = 0.0
    x = a
    # while abs(x * x - a) > 1e-12:
    trips = 0
    while abs(x * x - a) > 1e-12:
        x_saved = grown(x_saved, n_x_saved)
        x_saved[n_x_saved] = x
        n_x_saved += 1
        trips += 1
        # x = 0.5 * (x + a / x)
        t = a / x
        saved = grown(saved, n_saved)
        saved[n_saved] = t
        n_saved += 1
        x = 0.5 * (x + t)
    x_bar = 1.0
    # while abs(x * x - a) > 1e-12:
    n_x_saved -= trips
    part = x_saved[n_x_saved:n_x_saved + trips]
    n_saved -= trips
    part_1 = saved[n_saved:n_saved + trips]
    for trip in range(trips - 1, -1, -1):
        x_1 = part[trip]
        # x = 0.5 * (x + a / x)
        t_1 = x_bar * 0.5
        x_bar = t_1
        t_2 = t_1 != 0.0
        t_3 = 1 / x_1
        a_bar += t_1 * t_3 if t_2 else 0.0
        x_bar += -(t_1 * (part_1[trip] * t_3)) if t_2 else 0.0
    # x = a
    a_bar += x_bar
    return x, a_bar
