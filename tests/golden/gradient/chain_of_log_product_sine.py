def chain_of_log_product_sine_adjoint(x1, x2):
    v1 = math.log(x1)
    v2 = x1 * x2
    v3 = math.sin(x2)
    v4 = v1 + v2
    # v3 = math.sin(x2)
    x2_bar = -math.cos(x2)
    # v2 = x1 * x2
    x1_bar = x2
    x2_bar += x1
    # v1 = math.log(x1)
    x1_bar += 1 / x1
    return v4 - v3, (x1_bar, x2_bar)
