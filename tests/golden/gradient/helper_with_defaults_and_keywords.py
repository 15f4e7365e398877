def helper_with_defaults_and_keywords_adjoint(x):
    x_bar = np.empty_like(x)
    s = 0.0
    for i in range(len(x)):
        # s += clipped(x[i]) * clipped(x[i], high=0.9) + clipped(high=0.2, x=x[i], low=-0.2)
        x_i = x[i]
        # if x < low:
        test_x = x_i < -0.5
        if test_x:
            clipped_result = -0.5
        else:
            # if x > high:
            test_x_1 = x_i > 0.5
            if test_x_1:
                clipped_result = 0.5
            else:
                clipped_result = x_i
        # if x < low:
        test_x_2 = x_i < -0.5
        if test_x_2:
            clipped_result_1 = -0.5
        else:
            # if x > high:
            test_x_3 = x_i > 0.9
            if test_x_3:
                clipped_result_1 = 0.9
            else:
                clipped_result_1 = x_i
        # if x < low:
        test_x_4 = x_i < -0.2
        if test_x_4:
            clipped_result_2 = -0.2
        else:
            # if x > high:
            test_x_5 = x_i > 0.2
            if test_x_5:
                clipped_result_2 = 0.2
            else:
                clipped_result_2 = x_i
        # s += clipped(x[i]) * clipped(x[i], high=0.9) + clipped(high=0.2, x=x[i], low=-0.2)
        s += clipped_result * clipped_result_1 + clipped_result_2
        x_i_bar = 0.0
        # if x < low:
        if not test_x_4:
            # if x > high:
            if not test_x_5:
                x_i_bar = 1.0
        # if x < low:
        if not test_x_2:
            # if x > high:
            if not test_x_3:
                x_i_bar += clipped_result
        # if x < low:
        if not test_x:
            # if x > high:
            if not test_x_1:
                x_i_bar += clipped_result_1
        # s += clipped(x[i]) * clipped(x[i], high=0.9) + clipped(high=0.2, x=x[i], low=-0.2)
        x_bar[i] = x_i_bar
    return s, x_bar
