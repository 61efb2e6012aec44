"""The idea of the course: a mini-batch step is a recipe, a list of quantities made of earlier ones.

`recipe` writes the list, `evaluate` works it out, and `trace` does both for the numbers of a
network, a batch and a learning rate.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice, pairwise
from numbers import Integral

from ffnn_helpers import notation
from ffnn_helpers.arguments import brief, learning_rate, whole_number, whole_sizes
from ffnn_helpers.network import Network
from ffnn_helpers.notation import number, number_as_given, weight
from ffnn_helpers.operations import OPERATIONS, pairs

MOST_STEPS = 100_000


def recipe(sizes, K):
    """Write down one mini-batch step for a network of these sizes and K observations.

    Parameters
    ----------
    sizes : tuple of int
        Inputs, then the neurons of each layer.
    K : int
        Observations in the batch.

    Returns
    -------
    dict
        (symbol, k) to (operation, parents), parents being a tuple of such keys. k counts
        observations from 1, and is None for what belongs to the batch. What is only ever
        a parent is given: x_i, y_i, eta and the parameters.

    Raises
    ------
    ValueError
        If sizes or K are not whole numbers above 0, or the step has more than 100,000
        entries.

    Examples
    --------
    >>> recipe((2, 2, 1), 2)["a^2_1", 1]
    ('sigmoid', (('z^2_1', 1),))
    """
    sizes, K = whole_sizes(sizes), whole_number("K", K)
    # Every observation has a derivative for every parameter: often too many before one begins.
    too_many = K * sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes)) > MOST_STEPS
    entries = {} if too_many else dict(islice(_entries(sizes, K), MOST_STEPS + 1))
    if too_many or len(entries) > MOST_STEPS:
        raise ValueError(
            f"sizes {sizes} with {K} observations make a trace of more than"
            f" {MOST_STEPS:,} steps; for so many numbers use Network, which has no such limit."
        )
    return entries


def _entries(sizes, K):
    observations = range(1, K + 1)
    for k in observations:
        yield from _forward(sizes, k)
        yield from _backward(sizes, k)
    yield _mean("C", observations)
    for parameter in notation.parameters(sizes):
        slope, change = f"dC/d{parameter}", f"delta {parameter}"
        yield _mean(slope, observations)
        yield (change, None), ("change", (("eta", None), (slope, None)))
        yield (f"new {parameter}", None), ("sum", ((parameter, None), (change, None)))
    for k in observations:
        yield from _forward(sizes, k, new="new ")
    yield _mean("new C", observations)


def _mean(symbol, observations):
    """Average one quantity over the batch: equation 5."""
    return (symbol, None), ("mean", tuple((symbol, k) for k in observations))


def _inputs(sizes, layer, k, new=""):
    """Name what enters a layer: x for the first, the activations of the one before else."""
    neurons = range(1, sizes[layer - 1] + 1)
    return [(f"x_{i}", k) if layer == 1 else (f"{new}a^{layer - 1}_{i}", k) for i in neurons]


def _forward(sizes, k, new=""):
    """From x to the cost: equations 4, 2 and 6; with "new ", once more after the step."""
    for layer in range(1, len(sizes)):
        for neuron in range(1, sizes[layer] + 1):
            z, a = (f"{new}z^{layer}_{neuron}", k), (f"{new}a^{layer}_{neuron}", k)
            parents = []
            for i, source in enumerate(_inputs(sizes, layer, k, new), start=1):
                parents += [(new + weight(layer, neuron, i), None), source]
            yield z, ("weighted sum", (*parents, (f"{new}b^{layer}_{neuron}", None)))
            yield a, ("sigmoid", (z,))
    parents = []
    for output in range(1, sizes[-1] + 1):
        parents += [(f"{new}a^{len(sizes) - 1}_{output}", k), (f"y_{output}", k)]
    yield (f"{new}C", k), ("squared error", tuple(parents))


def _backward(sizes, k):
    """From the cost to every parameter: sections 3.1 and 3.2, for one observation."""
    last = len(sizes) - 1
    for layer in range(last, 0, -1):
        for neuron in range(1, sizes[layer] + 1):
            a, z = f"a^{layer}_{neuron}", f"z^{layer}_{neuron}"
            if layer == last:
                yield (f"dC/d{a}", k), ("error slope", ((a, k), (f"y_{neuron}", k)))
            else:
                parents = []
                for after in range(1, sizes[layer + 1] + 1):
                    z_after = f"z^{layer + 1}_{after}"
                    link = (f"d{z_after}/d{a}", k)
                    yield link, ("equal", ((weight(layer + 1, after, neuron), None),))
                    parents += [(f"dC/d{z_after}", k), link]
                yield (f"dC/d{a}", k), ("sum of products", tuple(parents))
            yield (f"d{a}/d{z}", k), ("sigmoid slope", ((a, k),))
            yield (f"dC/d{z}", k), ("product", ((f"dC/d{a}", k), (f"d{a}/d{z}", k)))
            links = {
                weight(layer, neuron, i): ("equal", (source,))
                for i, source in enumerate(_inputs(sizes, layer, k), start=1)
            }
            links[f"b^{layer}_{neuron}"] = ("one", ())
            for parameter, link in links.items():
                yield (f"d{z}/d{parameter}", k), link
                product = ((f"dC/d{z}", k), (f"d{z}/d{parameter}", k))
                yield (f"dC/d{parameter}", k), ("product", product)


def evaluate(recipe, given, more_operations=None):
    """Work out a recipe, each value when it is first asked for.

    Parameters
    ----------
    recipe : dict
        (symbol, k) to (operation, parents).
    given : dict
        (symbol, k) to a number, or to another (operation, parents): what is given stands
        in for what the recipe says.
    more_operations : dict, optional
        Name to a function of the parents' values, for rules that no recipe has.

    Returns
    -------
    dict
        (symbol, k) to float; it fills as one reads from it.

    Raises
    ------
    ValueError
        On reading, if the rules lead back to where they started.

    Examples
    --------
    >>> values = evaluate(recipe((1, 1), 1), {("z^1_1", 1): 0})
    >>> values["a^1_1", 1]
    0.5
    """
    return _Values({**recipe, **given}, more_operations or {})


def operation_and_parents(rule):
    """Split a rule; a number is given, and has no parents."""
    return rule if isinstance(rule, tuple) else ("given", ())


class _Values(dict):
    def __init__(self, rules, more_operations):
        super().__init__()
        self.rules, self.more_operations = rules, more_operations

    def __missing__(self, key):
        # A list of our own instead of recursion: a deep network is deeper than Python's stack.
        to_do, opened = [key], set()
        while to_do:
            current = to_do[-1]
            if current not in self.rules:
                raise ValueError(f"{current[0]} is needed, but it is neither given nor made.")
            rule = self.rules[current]
            operation, parents = operation_and_parents(rule)
            missing = [parent for parent in parents if parent not in self]
            if missing:
                opened.add(current)
                for parent in missing:
                    if parent in opened:
                        raise ValueError(
                            f"{parent[0]} is made of {current[0]}, and {current[0]} is made of"
                            f" {parent[0]}: a circle."
                        )
                to_do += missing
            elif operation == "given":
                self[to_do.pop()] = float(rule)
            else:
                compute = self.more_operations.get(operation) or OPERATIONS[operation].compute
                self[to_do.pop()] = compute([self[parent] for parent in parents])
        return self[key]


def trace(network, x, y, eta):
    """Work out one mini-batch step, every quantity by name.

    Parameters
    ----------
    network : Network
        Or anything with .sizes and .theta.
    x : array_like of float, shape (K, n_in)
    y : array_like of float, shape (K, n_out), or (K,) where there is one output
    eta : float
        The learning rate, above 0.

    Returns
    -------
    Trace
        A read-only mapping from symbol, or (symbol, k), to `Step`.

    Raises
    ------
    ValueError
        If the batch does not fit the network, or the step has more than 100,000 entries.

    Examples
    --------
    >>> net = Network((2, 2, 1), [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1])
    >>> t = trace(net, [[10, -5], [3, 2]], [0.5, 0.6], eta=0.1)
    >>> t["z^1_1", 1]
    z₁¹ = 0.2(10) + 0.9(−5) + 1 = −1.5
    >>> t["dC/db^2_1"]
    ∂C/∂b₁² = (0.094466 + 0.064897) / 2 ≈ 0.07968
    """
    if not hasattr(network, "sizes") or not hasattr(network, "theta"):
        raise ValueError(
            f"network is {brief(network)}; it must be a Network, like handout.network."
        )
    network = Network(network.sizes, network.theta)
    x, y = network.check_batch(x, y)
    steps = recipe(network.sizes, len(x))
    given = {("eta", None): learning_rate(eta)}
    for symbol, value in zip(notation.parameters(network.sizes), network.theta, strict=True):
        given[symbol, None] = value
    for letter, table in (("x", x), ("y", y)):
        for k, row in enumerate(table, start=1):
            for i, value in enumerate(row, start=1):
                given[f"{letter}_{i}", k] = value
    return Trace(network.sizes, steps, given)


class UnknownSymbol(KeyError):
    """A symbol, or a symbol with an observation, that a trace does not have."""

    def __init__(self, key, trace):
        super().__init__(key)
        self.key, self.trace = key, trace

    def __str__(self):  # worked out when it is read: `key in trace` has no use for it
        symbol, *k = self.key if isinstance(self.key, tuple) and self.key else [self.key]
        if isinstance(symbol, str):
            one_output = (*self.trace.sizes[:-1], 1)  # a yhat that could be any is the first
            symbol = notation.canonical(symbol, one_output)
        known = {_asked_as(key): key for key in self.trace}
        same = [asked for asked, key in known.items() if key[0] == symbol]
        near = same or get_close_matches(_asked_as((symbol, *k)), known, n=1, cutoff=0.7)
        shape = brief("-".join(map(str, self.trace.sizes))).strip("'")
        instead = f"try {near[0]}" if near else "list(t) names all that it has"
        return f"The step of this {shape} network has no {_asked_as(self.key)}; {instead}."


def _asked_as(key):
    parts = [key] if not isinstance(key, tuple) else [part for part in key if part is not None]
    return f"t[{', '.join(map(repr, parts))}]"


class Trace(Mapping):
    """All steps of one mini-batch step, in an order in which one can work them out.

    Attributes
    ----------
    sizes : tuple of int
    recipe, given : dict
        What `evaluate` takes.
    """

    def __init__(self, sizes, recipe, given):
        self.sizes, self.recipe, self.given = sizes, recipe, given
        self.rules = {**given, **recipe, **given}  # given first, and given last word
        self.evaluated = evaluate(self.rules, {})

    def __getitem__(self, key):
        symbol, k = key if isinstance(key, tuple) and len(key) == 2 else (key, None)
        if isinstance(symbol, str):
            found = notation.canonical(symbol, self.sizes), k
            if isinstance(k, Integral | None) and found in self.rules:
                return Step(self, *found)
        raise UnknownSymbol(key, self)

    def __iter__(self):
        return iter(self.rules)

    def __len__(self):
        return len(self.rules)

    def __repr__(self):
        return f"Trace of {len(self)} steps, sizes={self.sizes}"

    def _ipython_key_completions_(self):
        return [symbol if k is None else (symbol, k) for symbol, k in self]

    def paths(self, symbol, k):
        """Follow every path from the cost to a quantity, for one observation.

        Parameters
        ----------
        symbol : str
            A derivative of the cost: ``dC/dw^1_{2,1}``.
        k : int
            The observation, from 1.

        Returns
        -------
        tuple of tuple of Step
            A path is its factors, from the cost backwards (handout, equation 7). The
            derivative is the sum over the paths of the product of their factors.

        Raises
        ------
        ValueError
            If the symbol is no derivative of the cost for one observation.

        Examples
        --------
        >>> net = Network((2, 2, 1), [0.2, 0.9, 1, 0.7, 0.5, 1, 0.1, 0.5, 1])
        >>> t = trace(net, [[10, -5], [3, 2]], [0.5, 0.6], eta=0.1)
        >>> for factor in t.paths("dC/db^2_1", 1)[0]:
        ...     print(factor)
        ∂C/∂a₁² = 2(0.82 − 0.5) ≈ 0.64
        ∂a₁²/∂z₁² = 0.82(1 − 0.82) ≈ 0.1476
        ∂z₁²/∂b₁² = 1
        """
        step = self[symbol, k]
        if k is None or not step.symbol.startswith("dC/d"):
            raise ValueError(
                f"{symbol} with observation {k} has no paths; ask for a derivative of the cost"
                ' and an observation, like paths("dC/dw^1_{2,1}", 1).'
            )
        paths, to_do = [], [(step, ())]  # no recursion: see evaluate
        while to_do:
            step, links = to_do.pop()
            if step.operation == "error slope":
                paths.append((step, *links))
            else:
                to_do += [(after, (link, *links)) for after, link in pairs(step.parents)][::-1]
        return tuple(paths)


@dataclass(frozen=True, eq=False)
class Step:
    """One quantity of a mini-batch step: what it is called, made of, and worth.

    Attributes
    ----------
    symbol : str
    k : int or None
        The observation, from 1; None for what belongs to the batch.
    operation : str
        A key of `OPERATIONS`, or "given".
    parents : tuple of Step
    value : float
    formula, substituted : str
        What the step is made of, in symbols and in numbers.
    latex : str
        The whole line.
    """

    trace: Trace
    symbol: str
    k: int | None

    @property
    def key(self):
        return self.symbol, self.k

    @property
    def operation(self):
        return operation_and_parents(self.trace.rules[self.key])[0]

    @property
    def parents(self):
        keys = operation_and_parents(self.trace.rules[self.key])[1]
        return tuple(Step(self.trace, *key) for key in keys)

    @property
    def value(self):
        return self.trace.evaluated[self.key]

    @property
    def formula(self):
        return self._write([notation.write(parent.symbol) for parent in self.parents])

    @property
    def substituted(self):
        return self._write(self._operands()) if self.parents else self._write([])

    @property
    def latex(self):
        formula = self._write([notation.latex(parent.symbol) for parent in self.parents])
        return notation.latex_signs(self._line(notation.latex(self.symbol), formula))

    def __repr__(self):
        return self._line(notation.write(self.symbol), self.formula)

    def _repr_latex_(self):
        return rf"$\displaystyle {self.latex}$"

    def written(self, digits=4):
        """Write the value: as it was given, or with so many significant digits."""
        if self.operation == "given":
            return number_as_given(self.value)
        return number(self.value, digits)

    @property
    def sign(self):
        """Return = where the printed value is the value and the printed line gives it, else ≈."""
        if self.operation == "given":
            return "="
        gives = self._printed(self._operands(), digits=12)
        return "=" if gives == self.written() == self.written(digits=12) else "≈"

    def _line(self, symbol, formula):
        value, substituted = self.written(), self.substituted
        middle = formula if substituted == value else substituted
        if middle == value:
            return f"{symbol} = {value}"
        return f"{symbol} = {middle} {self.sign} {value}"

    def _write(self, parents):
        if self.operation == "given":
            return self.written()
        return OPERATIONS[self.operation].write(parents)

    def _operands(self):
        """Write the parents, with as many digits as the line needs to come out right."""
        for digits in range(4, 13):
            operands = [parent.written(digits) for parent in self.parents]
            if self._printed(operands) == self.written():
                return operands
        return [number_as_given(parent.value) for parent in self.parents]

    def _printed(self, operands, digits=4):
        """Compute the line as printed, and write what it gives."""
        values = [notation.read_number(operand) for operand in operands]
        return number(OPERATIONS[self.operation].compute(values), digits)
