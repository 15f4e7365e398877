def sin_plus_product_adjoint(x, y):
    x_bar = y
    x_bar += math.cos(x)
    return math.sin(x) + x * y, (x_bar, x)
