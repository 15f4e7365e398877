def overwritten_scalar_adjoint(x):
    s = x
    # s = s * x
    s *= x
    s = math.sin(s)
    s_saved = s
    # s = s * s
    s *= s
    x_bar = 1.0
    # s = s * s
    s_bar = 2.0 * s_saved
    # s = s * x
    s_1 = x * x
    # s = math.sin(s)
    s_bar *= math.cos(s_1)
    # s = s * x
    x_bar += s_bar * x
    s_bar *= x
    # s = x
    x_bar += s_bar
    return s + x, x_bar
