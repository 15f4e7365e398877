def sin_plus_product_tangent(x, y, x_dot, y_dot):
    return math.sin(x) + x * y, x_dot * math.cos(x) + (x_dot * y + y_dot * x)
