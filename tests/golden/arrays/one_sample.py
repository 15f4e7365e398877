def one_sample_adjoint(x, w, b, v):
    b_bar = np.zeros_like(b)
    v_bar = np.zeros_like(v)
    w_bar = np.empty_like(w)
    # h = np.tanh(w @ x + b)
    n = w.shape[0]
    if w.shape[1] != x.shape[0]:
        raise ValueError('the extents of the arguments do not fit')
    dot_result = np.dot(w, x)
    dot_result_bar = np.zeros_like(dot_result)
    len_b = b.shape[0]
    size_w = common_extent(n, len_b)
    len_v = v.shape[0]
    if len_v != size_w:
        raise ValueError('the inner extents of a product differ')
    total = 0.0
    step_len_v = axis_step(len_v)
    step_n = axis_step(n)
    step_len_b = axis_step(len_b)
    for i in range(common_extent(len_v, size_w)):
        i_1 = along(i, step_len_v)
        v_i = v[i_1]
        i_2 = along(i, step_n)
        i_3 = along(i, step_len_b)
        tanh_dot_result = math.tanh(dot_result[i_2] + b[i_3])
        total = added(total, v_i * tanh_dot_result)
        product_v = v_i * (1 - tanh_dot_result * tanh_dot_result)
        b_bar[i_3] += product_v
        dot_result_bar[i_2] += product_v
        v_bar[i_1] += tanh_dot_result
    # h = np.tanh(w @ x + b)
    len_x = x.shape[0]
    for i in range(dot_result_bar.shape[0]):
        dot_result_bar_i = dot_result_bar[i]
        for j in range(len_x):
            w_bar[i, j] = dot_result_bar_i * x[j]
    x_bar = np.dot(w.T, dot_result_bar)
    return total, (x_bar, w_bar, b_bar, v_bar)
