def row_views_adjoint(a):
    a_bar = np.zeros_like(a)
    s = 0.0
    # for i in range(a.shape[0]):
    n = a.shape[0]
    for i in range(n):
        row = a[i]
        for j in range(len(row)):
            s = s * 0.7 + row[j] * row[0]
    s_bar = 1.0
    # for i in range(a.shape[0]):
    for i in range(n - 1, -1, -1):
        i = hidden(i)
        # row = a[i]
        row_1 = a[i]
        row_bar = a_bar[i]
        # for j in range(len(row)):
        t = len(row_1) - 1
        row_bar_0 = 0.0
        for j in range(t, -1, -1):
            # s = s * 0.7 + row[j] * row[0]
            row_bar_0 += s_bar * row_1[j]
            row_bar[j] += s_bar * row_1[0]
            s_bar *= 0.7
        # for j in range(len(row)):
        if t > -1:
            # s = s * 0.7 + row[j] * row[0]
            row_bar[0] += row_bar_0
    return s, a_bar
