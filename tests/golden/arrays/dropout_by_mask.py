def dropout_by_mask_adjoint(x, keep):
    x_bar = np.zeros_like(x)
    n = keep.shape[0]
    n_1 = x.shape[0]
    n_2 = x.shape[1]
    total = 0.0
    n_is_1 = n == 1
    n_1_is_1 = n_1 == 1
    for i in range(common_extent(n, n_1)):
        keep_at = keep[0 if n_is_1 else i]
        at = 0 if n_1_is_1 else i
        for j in range(n_2):
            t = x[at, j] / 0.75 if keep_at else 0.0
            total = added(total, t**2)
            x_bar[at, j] += (2 * t if keep_at else 0.0) * 1.3333333333333333
    return total, x_bar
