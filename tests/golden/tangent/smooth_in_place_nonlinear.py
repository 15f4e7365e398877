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
            y_at = y[i + 1]
            y_at_1 = y[i - 1]
            t_1 = y_at * y_at_1
            t_2 = (y_dot[i + 1] * y_at_1 + y_dot[i - 1] * y_at) * math.cos(t_1)
            t_3 = math.sin(t_1) + y[i]
            y_dot[i] = t_2 + y_dot[i]
            y[i] = t_3
    return y, y_dot
