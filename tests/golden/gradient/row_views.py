def row_views_adjoint(a):
    a_bar = np.zeros_like(a)
    s = 0.0
    # for i in range(a.shape[0]):
    n = a.shape[0]
    for i in range(n):
        # for j in range(len(row)):
        for j in range(a.shape[1]):
            # s = s * 0.7 + row[j] * row[0]
            s = s * 0.7 + a[i, j] * a[i, 0]
    s_bar = 1.0
    # for i in range(a.shape[0]):
    for i in range(n - 1, -1, -1):
        i = hidden(i)
        # for j in range(len(row)):
        difference_a = a.shape[1] - 1
        a_bar_i_0 = 0.0
        for j in range(difference_a, -1, -1):
            # s = s * 0.7 + row[j] * row[0]
            a_bar_i_0 += s_bar * a[i, j]
            a_bar[i, j] += s_bar * a[i, 0]
            s_bar *= 0.7
        # for j in range(len(row)):
        if difference_a > -1:
            # s = s * 0.7 + row[j] * row[0]
            a_bar[i, 0] += a_bar_i_0
    return s, a_bar
