SOLUTIONS = {
    "weight": "0.7",
    "z_bottom": "0.7 * 3 + 0.5 * 2 + 1",
    "z_output": "0.1 * 0.182426 + 0.5 * 0.995930 + 1",
    "answer_1": "0.81998",
    "top": "0.967705",
    "answer_2": "0.83042",
    "one_step": "0.1 * 0.967705 + 0.5 * 0.983698 + 1",
    "my_neuron": "return sigmoid(sum(w * x for w, x in zip(weights, inputs)) + bias)",
    "my_forward": """\
top = my_neuron(theta[0:2], theta[2], x)
bottom = my_neuron(theta[3:5], theta[5], x)
return my_neuron(theta[6:8], theta[8], [top, bottom])""",
    "second_output": "0.634122",
    "first_output": "0.823834",
}

WRONG = {
    "weight": "0.9",
    "z_bottom": "5.5",
    "z_output": "0.1 * 0.182426 + 0.5 * 0.995930",
    "answer_1": "1.516207",
    "top": "0.182426",
    "answer_2": "0.81998",
    "one_step": "0.1 * 0.983698 + 0.5 * 0.967705 + 1",
    "my_neuron": "return 0.995930",
    "my_forward": """\
top = my_neuron(theta[0:2], theta[2], x)
bottom = my_neuron(theta[3:4], theta[5], x)
return my_neuron(theta[6:8], theta[8], [top, bottom])""",
    "second_output": "0.823834",
    "first_output": "0.634122",
}
