"""One explorer of each kind, and one in which a learner's chain breaks: for tests that try them all."""

from ffnn_helpers import explore, handout, new_numbers, two_paths

EXPLORERS = {
    "sigmoid": explore.sigmoid(),
    "forward": explore.forward(new_numbers),
    "chain_rule": explore.chain_rule(two_paths),
    "step": explore.step(handout),
    "broken step": explore.step(handout, answers={("a^1_1", 1): 0.2}),
    "learning_rate": explore.learning_rate(handout),
}
