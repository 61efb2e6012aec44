// What operations.py, notation.py and steps.py do, once more in the page, and in the same order.
// It knows nothing of the course. The tests hold both against each other, character for character.

/**
 * One quantity: given, or made of others by an operation; parents are places in the list of entries.
 * @typedef {object} Entry
 * @property {string} symbol
 * @property {number | null} k the observation; null for what belongs to the batch
 * @property {number} [value]
 * @property {string} [operation]
 * @property {number[]} [parents]
 */

/** Take a flat list two by two. @template T @param {T[]} list @returns {T[][]} */
const pairs = (list) => list.flatMap((right, i) => (i % 2 ? [[list[i - 1], right]] : []));

/** Add from left to right, as operations.add does. @param {number[]} values */
function add(values) {
  let [total, largest] = [0, 0];
  for (const value of values) {
    total += value;
    largest = Math.max(largest, Math.abs(value));
  }
  return Math.abs(total) < 1e-15 * largest ? 0 : total;
}

const multiply = (values) => values.reduce((left, right) => left * right, 1);
const products = (values) => pairs(values).map(multiply);
const sigmoid = (z) => (z < 0 ? Math.exp(z) / (1 + Math.exp(z)) : 1 / (1 + Math.exp(-z)));

const isNumber = (text) => /^[−\d]/.test(text);
const inBrackets = (text) => (text.startsWith("−") ? `(${text})` : text);
const signed = (text) => (text.startsWith("−") ? ` − ${text.slice(1)}` : ` + ${text}`);
/** @param {string[]} texts */
const writeSum = (texts) => texts[0] + texts.slice(1).map(signed).join("");
/** @param {string[]} texts */
const writeDifference = ([left, right]) => `${left} − ${inBrackets(right)}`;
/** @param {string[]} texts */
const writeProduct = (texts) => [texts[0], ...texts.slice(1).map(inBrackets)].join(" · ");
/** @param {string[]} texts */
const writeNextTo = ([left, right]) => (isNumber(right) ? `${left}(${right})` : `${left} ${right}`);

/**
 * How each operation is computed, and how it is written.
 * @type {Record<string, {compute: (values: number[]) => number, write: (texts: string[]) => string}>}
 */
const OPERATIONS = {
  "weighted sum": {
    compute: (values) => add([...products(values.slice(0, -1)), values.at(-1)]),
    write: (texts) => writeSum([...pairs(texts.slice(0, -1)).map(writeNextTo), texts.at(-1)]),
  },
  sigmoid: { compute: ([z]) => sigmoid(z), write: ([z]) => `σ(${z})` },
  "squared error": {
    compute: (values) => add(pairs(values).map(([a, y]) => (a - y) * (a - y))),
    write: (texts) => writeSum(pairs(texts).map((pair) => `(${writeDifference(pair)})²`)),
  },
  "error slope": {
    compute: ([a, y]) => 2 * (a - y),
    write: (texts) => `2(${writeDifference(texts)})`,
  },
  "sigmoid slope": {
    compute: ([a]) => a * (1 - a),
    write: ([a]) => `${a}(${writeDifference(["1", a])})`,
  },
  equal: { compute: ([value]) => value, write: ([text]) => text },
  one: { compute: () => 1, write: () => "1" },
  product: { compute: multiply, write: writeProduct },
  "sum of products": {
    compute: (values) => add(products(values)),
    write: (texts) => writeSum(pairs(texts).map(writeProduct)),
  },
  mean: {
    compute: (values) => add(values) / values.length,
    write: (texts) => {
      const sum = isNumber(texts[0]) ? writeSum(texts) : `Σₖ ${texts[0]}`;
      return `(${sum}) / ${texts.length}`;
    },
  },
  change: {
    compute: ([eta, slope]) => -eta * slope,
    write: (texts) => `−${writeProduct(texts)}`,
  },
  sum: { compute: add, write: writeSum },
};

const MOST_DIGITS = 12;

/**
 * Write digits without an exponent; the first of them is worth 10 to the power of `exponent`.
 * @param {boolean} isNegative
 * @param {string} digits
 * @param {number} exponent
 */
function positional(isNegative, digits, exponent) {
  const point = exponent + 1;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const rest = (point > 0 ? digits.slice(point) : "0".repeat(-point) + digits).replace(/0+$/, "");
  const text = rest ? `${whole}.${rest}` : whole;
  return isNegative && text !== "0" ? `−${text}` : text;
}

/**
 * Write a computed number, as notation.number does: to 12 digits, then to fewer, half away from zero.
 * Asked for more digits than these, it writes all that there are.
 * @param {number} value
 */
function number(value, digits = 4) {
  if (digits > MOST_DIGITS) return numberAsGiven(value);
  const [mantissa, exponent] = Math.abs(value)
    .toExponential(MOST_DIGITS - 1)
    .split("e");
  const whole = Number(mantissa.replace(".", ""));
  const rounded = String(Math.round(whole / 10 ** (MOST_DIGITS - digits)));
  return positional(value < 0, rounded, Number(exponent) + rounded.length - digits);
}

function numberAsGiven(value) {
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  return positional(value < 0, mantissa.replace(".", ""), Number(exponent));
}

const readNumber = (text) => Number(text.replace("−", "-"));

/**
 * Write a symbol in plain text, as notation.write does: w^1_{2,1} is w₂,₁¹.
 *
 * @returns {string}
 */
function write(symbol) {
  if (symbol.startsWith("delta ")) return `Δ${write(symbol.slice(6))}`;
  if (symbol.startsWith("new ")) return `new ${write(symbol.slice(4))}`;
  if (symbol === "eta") return "η";
  const derivative = /^d(\S+)\/d(\S+)$/.exec(symbol);
  if (derivative) return `∂${write(derivative[1])}/∂${write(derivative[2])}`;
  const parts = /^([a-zA-Z]+)(?:\^(\d+))?(?:_\{?([\d,]+)\}?)?$/.exec(symbol);
  if (!parts) return symbol; // the name of a line, like "path 1"
  const [, letter, layer = "", place = ""] = parts;
  const lowered = place.replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]);
  const raised = layer.replace(/\d/g, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(digit)]);
  return letter + lowered + raised;
}

/**
 * Write a line of numbers with as many digits as it needs to come out right.
 * @param {number} exact what it must give
 * @param {(values: number[]) => number} compute
 * @param {(digits: number) => string[]} operandsOf
 */
function comesOut(exact, compute, operandsOf) {
  let [operands, digits] = [operandsOf(4), 4];
  const gives = () => compute(operands.map(readNumber));
  while (number(gives()) !== number(exact) && digits <= MOST_DIGITS) {
    digits += 1;
    operands = operandsOf(digits);
  }
  const all = number(exact, MOST_DIGITS);
  const isExact = number(gives(), MOST_DIGITS) === number(exact) && number(exact) === all;
  return { operands, end: `${isExact ? "=" : "≈"} ${number(exact)}` };
}

/**
 * Work out the entries from what is given, each value when it is first asked for.
 * @param {Entry[]} entries
 * @param {number[]} given
 */
function work(entries, given) {
  /** @type {number[]} */
  const values = [];
  const isGiven = (i) => !entries[i].parents;

  /** @returns {number} */
  function value(i) {
    const { operation, parents } = entries[i];
    values[i] ??= isGiven(i) ? given[i] : OPERATIONS[operation].compute(parents.map(value));
    return values[i];
  }

  function written(i, digits = 4) {
    return isGiven(i) ? numberAsGiven(value(i)) : number(value(i), digits);
  }

  function formula(i) {
    if (isGiven(i)) return "";
    const names = entries[i].parents.map((parent) => write(entries[parent].symbol));
    return OPERATIONS[entries[i].operation].write(names);
  }

  /** The formula with the numbers put in, and that with what it makes. */
  function line(i) {
    if (isGiven(i)) return { substituted: written(i), worked: written(i) };
    const operation = OPERATIONS[entries[i].operation];
    const { operands, end } = comesOut(value(i), operation.compute, (digits) =>
      entries[i].parents.map((parent) => written(parent, digits)),
    );
    const substituted = operation.write(operands);
    const worked = substituted === written(i) ? substituted : `${substituted} ${end}`;
    return { substituted, worked };
  }

  return { value, written, formula, line };
}
