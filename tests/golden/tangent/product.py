def product_tangent(x, x_dot):
    if x.shape[0] != x_dot.shape[0]:
        raise ValueError("the tangent of 'x' must have its shape")
    s_dot = 0.0
    s = 1.0
    for i in range(len(x)):
        # s = s * x[i]
        x_i = x[i]
        s_dot = s_dot * x_i + x_dot[i] * s
        s *= x_i
    return s, s_dot
