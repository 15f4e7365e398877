def smooth_in_place_nonlinear_tangent(y, steps, y_dot):
    if y.shape[0] != y_dot.shape[0]:
        raise ValueError("the tangent of 'y' must have its shape")
    y = y.copy()
    y_dot = y_dot.copy()
    # for i in range(1, len(y) - 1):
    len_y_minus_1 = len(y) - 1
    # for _ in range(steps):
    for k in range(steps):
        # for i in range(1, len(y) - 1):
        for i in range(1, len_y_minus_1):
            # y[i] = math.sin(y[i + 1] * y[i - 1]) + y[i]
            y_i_plus_1 = y[i + 1]
            y_i_minus_1 = y[i - 1]
            product_y = y_i_plus_1 * y_i_minus_1
            sum_y_dot = y_dot[i + 1] * y_i_minus_1 + y_dot[i - 1] * y_i_plus_1
            sum_y = math.sin(product_y) + y[i]
            y_dot[i] = sum_y_dot * math.cos(product_y) + y_dot[i]
            y[i] = sum_y
    return y, y_dot
