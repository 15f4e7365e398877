def smooth_in_place_nonlinear_tangent(y, steps, y_dot):
    if y.shape[0] != y_dot.shape[0]:
        raise ValueError("the tangent of 'y' must have its shape")
    y = y.copy()
    y_dot = y_dot.copy()
    # for i in range(1, len(y) - 1):
    t = len(y) - 1
    # for _ in range(steps):
    for k in range(steps):
        # for i in range(1, len(y) - 1):
        for i in range(1, t):
            # y[i] = math.sin(y[i + 1] * y[i - 1]) + y[i]
            t_1 = i + 1
            y_t_1 = y[t_1]
            t_2 = i - 1
            y_t_2 = y[t_2]
            t_3 = y_t_1 * y_t_2
            t_4 = math.sin(t_3) + y[i]
            t_5 = (y_dot[t_1] * y_t_2 + y_dot[t_2] * y_t_1) * math.cos(t_3) + y_dot[i]
            y_dot[i] = t_5
            y[i] = t_4
    y_dot_1 = y_dot.copy()
    return y, y_dot_1
