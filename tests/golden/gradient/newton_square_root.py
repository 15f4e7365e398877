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
        a_over_x = a / x
        saved = grown(saved, n_saved)
        saved[n_saved] = a_over_x
        n_saved += 1
        x = 0.5 * (x + a_over_x)
    x_bar = 1.0
    # while abs(x * x - a) > 1e-12:
    n_x_saved -= trips
    part = x_saved[n_x_saved:n_x_saved + trips]
    n_saved -= trips
    part_1 = saved[n_saved:n_saved + trips]
    for trip in range(trips - 1, -1, -1):
        x_1 = part[trip]
        # x = 0.5 * (x + a / x)
        half_x_bar = x_bar * 0.5
        x_bar = half_x_bar
        test_x_bar = half_x_bar != 0.0
        inverse_x = 1 / x_1
        a_bar += half_x_bar * inverse_x if test_x_bar else 0.0
        x_bar += -(half_x_bar * (part_1[trip] * inverse_x)) if test_x_bar else 0.0
    # x = a
    a_bar += x_bar
    return x, a_bar
