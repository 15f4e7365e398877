def callee_fills_argument_adjoint(a, b, out_bar):
    a_bar = np.zeros_like(a)
    b_bar = np.zeros_like(b)
    out = np.zeros(4)
    out_bar_1 = np.zeros_like(out)
    # for i in range(len(out)):
    n = len(out)
    for i in range(n):
        out[i] = a[i] * b[i]
    # for i in range(len(out)):
    len_out = len(out)
    saved = np.empty(len_out)
    for i in range(len_out):
        # out[i] = a[i] * b[i]
        out_i = out[i]
        saved[i] = out_i
        out[i] = out_i * a[i]
    out_0 = out[0]
    out_1 = out[1]
    out_2 = out[2]
    out_3 = out[3]
    out_bar_1[3] += out_bar * out_2
    out_bar_1[2] += out_bar * out_3
    out_bar_1[1] += out_bar * out_0
    out_bar_1[0] += out_bar * out_1
    # out[i] = a[i] * b[i]
    if span_outside(0, len_out - 1, a_bar.shape[0]):
        raise IndexError('index out of bounds at calls.py:1')
    # for i in range(len(out)):
    for i in range(len_out):
        # out[i] = a[i] * b[i]
        out_bar_i = out_bar_1[i]
        out_bar_1[i] = 0.0
        a_bar[i] += out_bar_i * saved[i]
        out_bar_1[i] += out_bar_i * a[i]
    if span_outside(0, n - 1, b_bar.shape[0]):
        raise IndexError('index out of bounds at calls.py:1')
    # for i in range(len(out)):
    for i in range(n):
        # out[i] = a[i] * b[i]
        out_bar_i_1 = out_bar_1[i]
        b_bar[i] += out_bar_i_1 * a[i]
        a_bar[i] += out_bar_i_1 * b[i]
    return out_0 * out_1 + out_2 * out_3, (a_bar, b_bar)
