SOLUTIONS = {
    "one_z": "-0.8 * 4 + 1.1 * 3 - 0.6",
    "weighted_sums": "return x @ W.T + b",
    "back_through_sigmoid": "return dC_da * a * (1 - a)",
    "over_two_paths": "0.123023 * 0.9 + (-0.123373) * 0.3",
    "back_through_weights": "return dC_dz @ W",
    "slope_of_w12": "(0.008636 * 3 - 0.012789 * 1 + 0.025072 * 2) / 3",
    "slopes_of_weights": "return dC_dz.T @ a_in / len(dC_dz)",
    "slope_by_nudging": "return (cost(theta + nudge) - cost(theta - nudge)) / (2 * h)",
    "her_change": "return -0.4 * slope",
    "slopes_of_first_layer": """\
a = net.forward(x).a
dC_da = 2 * (a[2] - y)
dC_dz = back_through_sigmoid(dC_da, a[2])
dC_da = back_through_weights(dC_dz, net.weights[1])
dC_dz = back_through_sigmoid(dC_da, a[1])
return slopes_of_weights(dC_dz, a[0])""",
}

WRONG = {
    "one_z": "1.2 * 4 + 1.1 * 3 - 0.6",
    "weighted_sums": "return x @ W + b",
    "back_through_sigmoid": "return np.array([[0.0944664]])",
    "over_two_paths": "0.123023 * 0.9 + (-0.123373) * 0.7",
    "back_through_weights": "return dC_dz * W",
    "slope_of_w12": "0.008636 * 3 - 0.012789 * 1 + 0.025072 * 2",
    "slopes_of_weights": "return dC_dz.T @ a_in",
    "slope_by_nudging": "return (cost(theta + nudge) - cost(theta)) / h",
    "her_change": "return -0.0189009",
    "slopes_of_first_layer": """\
a = net.forward(x).a
dC_dz = 2 * (a[2] - y) * a[2] * (1 - a[2])
dC_dz = dC_dz @ net.weights[1]
return dC_dz.T @ a[0] / len(x)""",
}
