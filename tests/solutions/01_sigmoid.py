SOLUTIONS = {
    "far_right": "0.995930",
    "left": "0.182426",
    "my_sigmoid": "return 1 / (1 + math.exp(-z))",
    "slope_far_right": "(sigmoid(5.51) - sigmoid(5.49)) / 0.02",
    "slope_left": "(sigmoid(-1.49) - sigmoid(-1.51)) / 0.02",
    "new_slope": "0.231475 * (1 - 0.231475)",
    "other_slope": "sigmoid(2.1) * (1 - sigmoid(2.1))",
    "my_sigmoid_slope": "return a * (1 - a)",
}

WRONG = {
    "far_right": "0.004070",
    "left": "0.817574",
    "my_sigmoid": "return 0.995930",
    "slope_far_right": "sigmoid(5.51) - sigmoid(5.49)",
    "slope_left": "0.182426 * (1 + 1.5)",
    "new_slope": "sigmoid(0.231475) * (1 - sigmoid(0.231475))",
    "other_slope": "sigmoid(2.1) * (1 - 2.1)",
    "my_sigmoid_slope": "return 0.1491465",
}
