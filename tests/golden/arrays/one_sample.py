def one_sample_adjoint(x, w, b, v):
    b_bar = np.zeros_like(b)
    v_bar = np.zeros_like(v)
    w_bar = np.empty_like(w)
    # h = np.tanh(w @ x + b)
    n = w.shape[0]
    if w.shape[1] != x.shape[0]:
        raise ValueError('the extents of the arguments do not fit')
    product = np.dot(w, x)
    product_bar = np.zeros_like(product)
    n_1 = b.shape[0]
    n_2 = common_extent(n, n_1)
    n_3 = v.shape[0]
    if n_3 != n_2:
        raise ValueError('the inner extents of a product differ')
    total = 0.0
    step = axis_step(n_3)
    step_1 = axis_step(n)
    step_2 = axis_step(n_1)
    for i in range(common_extent(n_3, n_2)):
        at = along(i, step)
        v_at = v[at]
        at_1 = along(i, step_1)
        at_2 = along(i, step_2)
        t = math.tanh(product[at_1] + b[at_2])
        total = added(total, v_at * t)
        t_1 = v_at * (1 - t * t)
        b_bar[at_2] += t_1
        product_bar[at_1] += t_1
        v_bar[at] += t
    # h = np.tanh(w @ x + b)
    n_4 = x.shape[0]
    for i in range(product_bar.shape[0]):
        product_bar_i = product_bar[i]
        for j in range(n_4):
            w_bar[i, j] = product_bar_i * x[j]
    x_bar = np.dot(w.T, product_bar)
    return total, (x_bar, w_bar, b_bar, v_bar)
