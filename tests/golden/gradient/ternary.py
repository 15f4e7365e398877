def ternary_adjoint(x, y):
    # a = x * x if x > y else y * y * y
    x_above_y = x > y
    y_squared = y * y
    a = x * x if x_above_y else y_squared * y
    # b = x if x < y else (y if x > 2.0 else x * y)
    x_below_y = x < y
    x_above_2 = x > 2.0
    b = x if x_below_y else y if x_above_2 else x * y
    x_bar = a if x_below_y else 0.0
    a_or_0 = 0.0 if x_below_y else a
    y_bar = a_or_0 if x_above_2 else 0.0
    a_or_0_or_0 = 0.0 if x_above_2 else a_or_0
    x_bar += a_or_0_or_0 * y
    y_bar += a_or_0_or_0 * x
    # a = x * x if x > y else y * y * y
    b_or_0 = 0.0 if x_above_y else b
    y_bar += b_or_0 * y_squared if b_or_0 != 0.0 else 0.0
    y_bar += 2.0 * (b_or_0 * y) * y
    x_bar += 2.0 * (b if x_above_y else 0.0) * x
    return a * b, (x_bar, y_bar)
