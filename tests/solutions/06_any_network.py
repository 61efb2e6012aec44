SOLUTIONS = {
    "one_z": "-0.8 * 3 + 1.1 * 1 - 0.6",
    "weighted_sums": "return x @ W.T + b",
    "back_through_sigmoid": "return dC_da * a * (1 - a)",
    "over_two_paths": "0.123023 * 0.7 + (-0.123373) * (-0.4)",
    "back_through_weights": "return dC_dz @ W",
    "slope_of_w12": "(0.008636 * 3 - 0.012789 * 1 + 0.025072 * 2) / 3",
    "slopes_of_weights": "return dC_dz.T @ a_in / len(dC_dz)",
    "slope_by_nudging": "return (cost(theta + nudge) - cost(theta - nudge)) / (2 * h)",
    "her_change": "return -0.2 * slope",
    "slopes_of_first_layer": """\
a = net.forward(x).a
dC_da = 2 * (a[2] - y)
dC_dz = dC_da * a[2] * (1 - a[2])
dC_da = dC_dz @ net.weights[1]
dC_dz = dC_da * a[1] * (1 - a[1])
return dC_dz.T @ a[0] / len(x)""",
}

WRONG = {
    "one_z": "-0.8 * 3 + 1.1 * 1",
    "weighted_sums": "return x @ W + b",
    "back_through_sigmoid": "return np.array([[0.0944664]])",
    "over_two_paths": "0.123023 * 0.3 + (-0.123373) * (-0.4)",
    "back_through_weights": "return dC_dz * W",
    "slope_of_w12": "0.008636 * 3 - 0.012789 * 1 + 0.025072 * 2",
    "slopes_of_weights": "return dC_dz.T @ a_in",
    "slope_by_nudging": "return (cost(theta + nudge) - cost(theta - nudge)) / h",
    "her_change": "return -0.00945047",
    "slopes_of_first_layer": """\
a = net.forward(x).a
dC_dz = 2 * (a[2] - y) * a[2] * (1 - a[2])
dC_dz = dC_dz @ net.weights[1]
return dC_dz.T @ a[0] / len(x)""",
}
