SOLUTIONS = {
    "cost_of_mean": "((0.55 - 0.5) ** 2 + (0.55 - 0.6) ** 2) / 2",
    "stuck_cost": "(0.5**2 + 0.6**2) / 2",
    "slope_of_twin": "0.094 * 0.5 * 0.14915 * 10",
    "scaled_z": "0.7 * 1 + 0.5 * (-1) + 1",
    "scaled_slope": "0.76852 * (1 - 0.76852)",
    "cost_of_rival": "(0.0009 + 0.0001 + 0.0036) / 3",
    "sigmoid": "return 1 / (1 + np.exp(-z))",
    "forward": """\
a1 = sigmoid(x @ W1.T + b1)
a2 = sigmoid(a1 @ W2.T + b2)
return a1, a2""",
    "gradient": """\
a1, a2 = forward(theta, x)
dC_dz2 = 2 * (a2 - y) * a2 * (1 - a2)
dC_dz1 = dC_dz2 @ W2 * a1 * (1 - a1)
return join(
    dC_dz1.T @ x / len(x),
    dC_dz1.mean(axis=0),
    dC_dz2.T @ a1 / len(x),
    dC_dz2.mean(axis=0),
)""",
    "step": "return theta - eta * gradient(theta, x, y)",
    "change_on_paper": "-0.1 * (0.0019146 + 0.0015611) / 2",
}

WRONG = {
    "cost_of_mean": "(0.55 - 0.5) ** 2 + (0.55 - 0.6) ** 2",
    "stuck_cost": "(0.5 + 0.6) / 2",
    "slope_of_twin": "0.094 * 0.1 * 0.14915 * 10",
    "scaled_z": "0.7 * 1 + 0.5 * (-1)",
    "scaled_slope": "1.2 * (1 - 1.2)",
    "cost_of_rival": "0.0009 + 0.0001 + 0.0036",
    "sigmoid": "return 1 / (1 + np.exp(z))",
    "forward": """\
a1 = sigmoid(x @ W1.T + b1)
a2 = a1 @ W2.T + b2
return a1, a2""",
    "gradient": """\
a1, a2 = forward(theta, x)
dC_dz2 = 2 * (a2 - y) * a2 * (1 - a2)
dC_dz1 = dC_dz2 @ W2 * a1 * (1 - a1)
return join(dC_dz1.T @ x, dC_dz1.sum(axis=0), dC_dz2.T @ a1, dC_dz2.sum(axis=0))""",
    "step": "return theta + eta * gradient(theta, x, y)",
    "change_on_paper": "-0.1 * (0.0019146 + 0.0015611)",
}
