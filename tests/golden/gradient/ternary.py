def ternary_adjoint(x, y):
    # a = x * x if x > y else y * y * y
    t = x > y
    t_1 = y * y
    a = x * x if t else t_1 * y
    # b = x if x < y else (y if x > 2.0 else x * y)
    t_2 = x < y
    t_3 = x > 2.0
    b = x if t_2 else y if t_3 else x * y
    x_bar = a if t_2 else 0.0
    t_4 = 0.0 if t_2 else a
    y_bar = t_4 if t_3 else 0.0
    t_5 = 0.0 if t_3 else t_4
    x_bar += t_5 * y
    y_bar += t_5 * x
    # a = x * x if x > y else y * y * y
    t_6 = 0.0 if t else b
    y_bar += t_6 * t_1 if t_6 != 0.0 else 0.0
    y_bar += 2.0 * (t_6 * y) * y
    x_bar += 2.0 * (b if t else 0.0) * x
    return a * b, (x_bar, y_bar)
