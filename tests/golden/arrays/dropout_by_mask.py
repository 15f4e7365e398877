def dropout_by_mask_adjoint(x, keep):
    x_bar = np.zeros_like(x)
    n = keep.shape[0]
    rows_x = x.shape[0]
    columns_x = x.shape[1]
    total = 0.0
    n_is_1 = n == 1
    rows_x_is_1 = rows_x == 1
    for i in range(common_extent(n, rows_x)):
        keep_i_or_0 = keep[0 if n_is_1 else i]
        i_or_0 = 0 if rows_x_is_1 else i
        for j in range(columns_x):
            ratio_x = x[i_or_0, j] / 0.75 if keep_i_or_0 else 0.0
            total = added(total, ratio_x**2)
            product_keep = (2 * ratio_x if keep_i_or_0 else 0.0) * 1.3333333333333333
            x_bar[i_or_0, j] += product_keep
    return total, x_bar
