SOLUTIONS = {
    "cost_1": "(0.81998 - 0.5) ** 2",
    "slope": "(nudged['C', 1].value - t['C', 1].value) / 0.01",
    "slope_of_sigmoid": "0.81998 * (1 - 0.81998)",
    "slope_of_square": "2 * (0.81998 - 0.5)",
    "slope_1": "0.63996 * 0.14761 * 1",
    "slope_2": "2 * (0.83042 - 0.6) * 0.83042 * (1 - 0.83042)",
    "one_link": "2 * (0.83042 - 0.6)",
    "new_slope": "0.02827",
    "slope_of_weight": "0.09447 * 0.18243",
}

WRONG = {
    "cost_1": "0.81998 - 0.5",
    "slope": "nudged['C', 1].value - t['C', 1].value",
    "slope_of_sigmoid": "0.81998 * (1 - 1.516)",
    "slope_of_square": "0.81998 - 0.5",
    "slope_1": "0.63996 + 0.14761 + 1",
    "slope_2": "2 * (0.83042 - 0.5) * 0.83042 * (1 - 0.83042)",
    "one_link": "2 * (0.6 - 0.83042)",
    "new_slope": "0.1665",
    "slope_of_weight": "0.09447",
}
