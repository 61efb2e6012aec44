/**
 * Brings an explorer to life: works out the steps that Python sent, and refills what Python drew.
 * It knows a dozen operations (the same as operations.py, in the same order) and nothing of the course.
 *
 * @typedef {[symbol: string, k: number|null, ruleOrValue: string|number, parents?: number[]]} Entry
 * @typedef {{symbol: string, group: string, name: string, label: string,
 *   min: number, max: number, step: number, log?: boolean}} Control
 */

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
const writeSum = ([first, ...others]) => first + others.map(signed).join("");
const writeDifference = (left, right) => `${left} − ${inBrackets(right)}`;
const writeProduct = ([first, ...others]) => [first, ...others.map(inBrackets)].join(" · ");
const writeNextTo = (left, right) => (isNumber(right) ? `${left}(${right})` : `${left} ${right}`);

/** How each operation is computed, and how it is written. */
const OPERATIONS = {
  "weighted sum": [
    (values) => add([...products(values.slice(0, -1)), values.at(-1)]),
    (texts) => writeSum([...pairs(texts.slice(0, -1)).map((pair) => writeNextTo(...pair)), texts.at(-1)]),
  ],
  sigmoid: [([z]) => sigmoid(z), ([z]) => `σ(${z})`],
  "squared error": [
    (values) => add(pairs(values).map(([a, y]) => (a - y) * (a - y))),
    (texts) => writeSum(pairs(texts).map((pair) => `(${writeDifference(...pair)})²`)),
  ],
  "error slope": [([a, y]) => 2 * (a - y), ([a, y]) => `2(${writeDifference(a, y)})`],
  "sigmoid slope": [([a]) => a * (1 - a), ([a]) => `${a}(${writeDifference("1", a)})`],
  equal: [([value]) => value, ([text]) => text],
  one: [() => 1, () => "1"],
  product: [([left, right]) => left * right, writeProduct],
  "sum of products": [(values) => add(products(values)), (texts) => writeSum(pairs(texts).map(writeProduct))],
  mean: [
    (values) => add(values) / values.length,
    (texts) => `(${isNumber(texts[0]) ? writeSum(texts) : `Σₖ ${texts[0]}`}) / ${texts.length}`,
  ],
  change: [([eta, slope]) => -eta * slope, (texts) => `−${writeProduct(texts)}`],
  sum: [add, writeSum],
};

/** Write digits without an exponent; the first of them is worth 10 to the power of `exponent`. */
function positional(isNegative, digits, exponent) {
  const point = exponent + 1;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  const rest = (point > 0 ? digits.slice(point) : "0".repeat(-point) + digits).replace(/0+$/, "");
  const text = rest ? `${whole}.${rest}` : whole;
  return isNegative && text !== "0" ? `−${text}` : text;
}

/** Write a computed number, as notation.number does: to 12 digits, then to fewer, half away from zero. */
function number(value, digits = 4) {
  const [mantissa, exponent] = Math.abs(value).toExponential(11).split("e");
  const rounded = String(Math.round(mantissa.replace(".", "") / 10 ** (12 - digits)));
  return positional(value < 0, rounded, Number(exponent) + rounded.length - digits);
}

function numberAsGiven(value) {
  const [mantissa, exponent] = Math.abs(value).toExponential().split("e");
  return positional(value < 0, mantissa.replace(".", ""), Number(exponent));
}

const readNumber = (text) => Number(text.replace("−", "-"));

/** Write a symbol in plain text, as notation.write does: w^1_{2,1} is w₂,₁¹. */
function write(symbol) {
  if (symbol.startsWith("delta ")) return `Δ${write(symbol.slice(6))}`;
  if (symbol.startsWith("new ")) return `new ${write(symbol.slice(4))}`;
  if (symbol === "eta") return "η";
  const derivative = /^d(\S+)\/d(\S+)$/.exec(symbol);
  if (derivative) return `∂${write(derivative[1])}/∂${write(derivative[2])}`;
  const parts = /^([a-zA-Z]+)(?:\^(\d+))?(?:_\{?([\d,]+)\}?)?$/;
  const [, letter, layer = "", place = ""] = parts.exec(symbol);
  const shift = (text, digits) => text.replace(/\d/g, (digit) => digits[digit]);
  return letter + shift(place, "₀₁₂₃₄₅₆₇₈₉") + shift(layer, "⁰¹²³⁴⁵⁶⁷⁸⁹");
}

/**
 * Write a line of numbers with as many digits as it needs to come out right.
 * @param {number} exact what it must give
 * @param {(values: number[]) => number} compute
 * @param {(digits: number) => string[]} operandsOf
 * @param {string[]} [last] the operands where 12 digits do not suffice
 */
function comesOut(exact, compute, operandsOf, last) {
  let [operands, digits] = [operandsOf(4), 4];
  const gives = () => compute(operands.map(readNumber));
  while (number(gives()) !== number(exact) && digits < 12) operands = operandsOf(++digits);
  if (last && number(gives()) !== number(exact)) operands = last;
  const isExact = number(gives(), 12) === number(exact) && number(exact) === number(exact, 12);
  return { operands, end: `${isExact ? "=" : "≈"} ${number(exact)}` };
}

/** Work out the entries from what is given; each value when it is first asked for. */
function work(entries, given) {
  const values = [];
  const isGiven = (i) => entries[i].length === 3;
  const parents = (i) => entries[i][3];
  const [compute, join] = [(i) => OPERATIONS[entries[i][2]][0], (i) => OPERATIONS[entries[i][2]][1]];
  const value = (i) => (values[i] ??= isGiven(i) ? given[i] : compute(i)(parents(i).map(value)));
  const written = (i, digits) => (isGiven(i) ? numberAsGiven(value(i)) : number(value(i), digits));
  const formula = (i) => (isGiven(i) ? "" : join(i)(parents(i).map((parent) => write(entries[parent][0]))));
  /** The formula with the numbers put in, and what it makes. */
  function line(i) {
    if (isGiven(i)) return { substituted: written(i), worked: written(i) };
    const operandsOf = (digits) => parents(i).map((parent) => written(parent, digits));
    const last = parents(i).map((parent) => numberAsGiven(value(parent)));
    const { operands, end } = comesOut(value(i), compute(i), operandsOf, last);
    const substituted = join(i)(operands);
    return { substituted, worked: substituted === written(i) ? substituted : `${substituted} ${end}` };
  }
  return { value, written, formula, line };
}

/** Write one value as a product or a sum of others: heading, formula, numbers. */
function combined(heading, names, values, compute, join) {
  const operandsOf = (digits) => values.map((value) => number(value, digits));
  const { operands, end } = comesOut(compute(values), compute, operandsOf);
  return [heading, join(names), `${join(operands)} ${end}`];
}

const CSS = `
.ffnn-explorer svg { max-width: 100%; height: auto; }
.ffnn-drawings, .ffnn-controls, .ffnn-controls :is(fieldset, span) { display: flex; flex-wrap: wrap; gap: 0.3em 0.8em; }
.ffnn-controls { margin: 0.6em 0; align-items: center; }
.ffnn-controls fieldset { border: 1px solid; border-radius: 4px; margin: 0; padding: 0 0.6em 0.3em; }
.ffnn-controls span { flex-wrap: nowrap; gap: 0.3em; align-items: center; white-space: nowrap; }
.ffnn-controls b { min-width: 2.4em; font-weight: normal; }
.ffnn-controls input[type="range"] { width: 6.5em; }
.ffnn-controls input[type="number"] { width: 4.4em; }
.ffnn-now { outline: 2px solid; font-weight: bold; }
.ffnn-picture .ffnn-now { outline: none; }
.ffnn-picture .ffnn-now :is(.node, .mark) { display: inline; stroke: #1a1a1a; stroke-width: 5; }
.ffnn-still { display: none; }
@media print {
  .ffnn-controls { display: none; }
  .ffnn-explorer tr { display: table-row !important; }
}`;

/** Make an element. @param {string} tag @param {object} properties @param {...(Node|string)} children */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** What is shown, and the numbers behind it; `refresh` brings the one after the other. */
class Explorer {
  constructor(root) {
    for (const made of root.querySelectorAll(".ffnn-made")) made.remove(); // the page was saved alive
    const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    Object.assign(this, { root, data, k: data.k, choice: data.choice, at: data.at ?? 0, moved: "" });
    /** @type {Entry[]} */
    this.entries = data.entries;
    this.index = new Map(this.entries.map(([symbol, k], i) => [`${symbol}|${k}`, i]));
    this.given = this.entries.map((entry) => entry[2]);
    this.drawings = this.bringDrawings();
    this.picture = this.drawings.querySelector(".ffnn-picture");
    this.plots = [...this.drawings.querySelectorAll(".ffnn-plot")];
    this.slots = [...root.querySelectorAll("[data-slot]")];
    const isTitle = (remark) => /^observation \d+$/.test(remark.textContent);
    this.titles = [...root.querySelectorAll(".remark")].filter(isTitle);
  }

  /** Put a drawing beside each image: its numbers can be refilled. */
  bringDrawings() {
    const drawings = make("div", { className: "ffnn-drawings ffnn-made" });
    const images = [...this.root.querySelectorAll('img[src^="data:image/svg+xml;base64,"]')];
    for (const image of images) {
      const bytes = Uint8Array.from(atob(image.src.split(",")[1]), (letter) => letter.charCodeAt(0));
      drawings.insertAdjacentHTML("beforeend", new TextDecoder().decode(bytes));
      image.style.display = "none";
    }
    images[0].before(drawings);
    return drawings;
  }

  /** The index of a quantity: of this observation, or else, and after "mean", of the batch. */
  find(symbol) {
    const ofBatch = this.index.get(`${symbol.replace("mean ", "")}|null`);
    return this.index.get(`${symbol}|${this.k}`) ?? ofBatch;
  }

  value(symbol) {
    return this.now.value(this.find(symbol));
  }

  /** Work everything out once more, with other numbers for some symbols. */
  with(changes) {
    const given = [...this.given];
    for (const [symbol, value] of Object.entries(changes)) given[this.find(symbol)] = value;
    const now = work(this.entries, given);
    return (symbol) => now.value(this.find(symbol));
  }

  /** Whether the turn of a quantity has not come yet. */
  isOpen(i) {
    return this.order.get(i) >= this.at;
  }

  shown(i) {
    return this.isOpen(i) ? "?" : this.now.written(i);
  }

  /** Put numbers into the brackets of a sentence. */
  fill(sentence) {
    const put = (_, name) => (name === "k" ? this.k : this.shown(this.find(name)));
    return sentence.replace(/\[(.+?)\]/g, put);
  }

  get verdict() {
    return this.data.verdicts?.[this.found] ?? "";
  }

  refresh() {
    const { data, picture } = this;
    this.now = work(this.entries, this.given);
    const turnsOf = (phase) => phase.turns.map(([symbol, ...more]) => [this.find(symbol), phase, ...more]);
    this.turns = (data.phases ?? []).flatMap(turnsOf);
    this.order = new Map(this.turns.map(([i], turn) => [i, turn]));
    for (const title of this.titles) title.textContent = `observation ${this.k}`;
    if (this.choice) showChain(this);
    for (const slot of this.slots) if (slot.isConnected) this.fillSlot(slot);
    if (data.phases) showTurn(this);
    this.plots.forEach((svg, n) => drawPlot(svg, data.plots[n], PLOTS[data.plots[n].name](this)));
    this.plots.forEach((svg, n) => {
      const words = `${this.fill(data.plots[n].words)} ${this.verdict}`; // all plots have their say first
      svg.setAttribute("aria-label", words.trim());
    });
    if (this.verdict) this.root.querySelector(".ffnn-verdict").textContent = this.verdict;
    if (!picture) return;
    this.drawLines();
    const path = this.choice ? data.choices[this.choice].words : "";
    picture.setAttribute("aria-label", `${this.fill(data.words)} ${path}`.trim());
  }

  /** Fill one place of the picture or the table that Python drew. */
  fillSlot(slot) {
    const { symbol, k, slot: kind } = slot.dataset;
    const i = this.index.get(`${symbol}|${k ? this.k : null}`);
    if (kind === "worked") slot.textContent = this.now.line(i).worked;
    else if (kind === "walk") slot.textContent = writeEnd(walk(this).at(-1));
    else if (kind === "term") slot.textContent = term(this, symbol);
    else {
      const after = slot.closest(".ffnn-picture") ? this.find(`new ${symbol}`) : undefined;
      const isAfter = this.order.has(after) && !this.isOpen(after);
      const name = slot.previousSibling;
      if (this.order.has(after) && name) name.data = name.data.replace(/^(new )?/, isAfter ? "new " : "");
      slot.textContent = this.shown(isAfter ? after : i);
    }
    const [text, ground] = [slot.parentNode, slot.parentNode.previousElementSibling];
    if (ground?.matches(".ground")) fit(ground, text);
  }

  /** Show the sign and the size of every weight, what is on the path, and where the work is. */
  drawLines() {
    const amount = ({ dataset: { symbol } }) => (/^[wb]/.test(symbol) ? this.value(symbol) : 0);
    const parts = [...this.picture.querySelectorAll(".edge, .neuron")];
    const largest = Math.max(...parts.map((part) => Math.abs(amount(part)))) || 1;
    const marked = this.choice && this.data.choices[this.choice].marked;
    for (const part of parts) {
      const [share, { symbol }] = [amount(part) / largest, part.dataset];
      part.classList.toggle("positive", share > 0);
      part.classList.toggle("negative", share < 0);
      if (marked) part.classList.toggle("on-path", marked.includes(symbol));
      part.classList.toggle("ffnn-now", this.at > 0 && symbol === this.turns[this.at - 1]?.[3]);
      part.querySelector(".line")?.setAttribute("stroke-width", (1.5 + 4 * Math.abs(share)).toFixed(1));
    }
  }

  /** The same in words. */
  sentence() {
    if (!this.data.phases) return `${this.moved} ${this.fill(this.data.said)} ${this.verdict}`.trim();
    if (!this.at) return "Nothing is worked out yet.";
    const [i, { name }, spoken] = this.turns[this.at - 1];
    return `Step ${this.at} of ${this.turns.length}, ${name}: ${spoken} is ${this.shown(i)}.`;
  }
}

/** Make the white ground of a text as wide as the text has become. */
function fit(ground, text) {
  const width = text.getComputedTextLength();
  ground.style.display = text.textContent ? "" : "none";
  if (!width) return; // empty, or on a page that is not shown now
  ground.setAttribute("x", text.getAttribute("x") - width / 2 - 2);
  ground.setAttribute("width", width + 4);
}

// The chain rule: a product along each path, and a nudge.

function fillTable(table, caption, rows) {
  const cell = (tag, text) => make(tag, { textContent: text, style: "text-align: left" });
  const row = ([heading, ...cells]) => {
    const first = Object.assign(cell("th", heading), { scope: "row" });
    return make("tr", {}, first, ...cells.map((text) => cell("td", text)));
  };
  table.caption.textContent = caption;
  table.tBodies[0].replaceChildren(...rows.map(row));
}

/** Show the derivative of the chosen parameter, factor by factor, and the same by a nudge. */
function showChain(explorer) {
  const { now, choice, k, picture, root } = explorer;
  const { paths, remark } = explorer.data.choices[choice];
  const [rows, totals, name] = [[], [], `∂C/∂${write(choice)}`];
  for (const [n, symbols] of paths.entries()) {
    const factors = symbols.map((symbol) => explorer.find(symbol));
    const [values, total] = [factors.map(now.value), paths.length === 1 ? name : `path ${n + 1}`];
    rows.push(...factors.map((i, m) => [write(symbols[m]), now.formula(i), now.line(i).worked]));
    rows.push(combined(total, symbols.map(write), values, multiply, writeProduct));
    totals.push([total, multiply(values)]);
  }
  const [names, values] = [0, 1].map((column) => totals.map((total) => total[column]));
  if (paths.length > 1) rows.push(combined(name, names, values, add, writeSum));
  const [chain, nudged] = root.querySelectorAll("table");
  fillTable(chain, `${name} for observation ${k}, factor by factor`, rows);
  [...picture.querySelectorAll(".remark")].at(-1).textContent = remark;

  const { by, up, down } = nudge(explorer);
  const way = number(2 * by);
  const quotient = ([high, low]) => (high - low) / readNumber(way);
  const operandsOf = (digits) => [up, down].map((cost) => number(cost, digits));
  const { operands, end } = comesOut(quotient([up, down]), quotient, operandsOf);
  fillTable(nudged, `The same by a nudge of ${write(choice)}`, [
    [`C at ${write(choice)} + ${numberAsGiven(by)}`, operands[0]],
    [`C at ${write(choice)} − ${numberAsGiven(by)}`, operands[1]],
    ["up − down, over the whole way", `(${operands.join(" − ")}) / ${way} ${end}`],
    [name, now.written(explorer.find(`dC/d${choice}`))],
  ]);
}

function nudge(explorer) {
  const { choice } = explorer;
  const [value, by, slope] = [choice, "nudge", `dC/d${choice}`].map((symbol) => explorer.value(symbol));
  const cost = (place) => explorer.with({ [choice]: place })("C");
  return { value, by, slope, cost, up: cost(value + by), down: cost(value - by) };
}

// The phases of a step.

/** What the phase does along one line of the picture, with the numbers put in. */
function term(explorer, symbol) {
  const { now, entries, turns, at, k } = explorer;
  const { edge } = turns[Math.max(at - 1, 0)][1];
  if (edge === undefined) return "";
  const i = explorer.find(edge + symbol);
  if (edge.startsWith("mean")) return explorer.isOpen(i) ? "" : now.written(i);
  if (edge.startsWith("d")) return explorer.isOpen(i) ? "" : now.line(i).substituted;
  const isSum = ([, of, rule, parents]) => rule === "weighted sum" && of === k && parents.includes(i);
  const sum = entries.findIndex(isSum);
  const parents = entries[sum][3];
  const source = parents[parents.indexOf(i) + 1]; // a bias is last, and multiplies none
  const isSilent = explorer.isOpen(sum) || source === undefined;
  return isSilent ? "" : writeNextTo(now.written(i), now.written(source));
}

/** Show the rows of the current phase that were reached, and mark the last one. */
function showTurn(explorer) {
  const { turns, at, slots, root } = explorer;
  const [current, phase] = turns[Math.max(at - 1, 0)];
  const ofPhase = new Set(turns.slice(0, at).filter((turn) => turn[1] === phase).map(([i]) => i));
  for (const slot of slots.filter(({ dataset }) => dataset.slot === "worked")) {
    const i = explorer.index.get(`${slot.dataset.symbol}|${slot.dataset.k ? explorer.k : null}`);
    const row = slot.closest("tr");
    row.style.display = ofPhase.has(i) ? "" : "none";
    row.classList.toggle("ffnn-now", i === current);
  }
  root.querySelector("progress").value = at;
}

// What is plotted: lines of points, from left to right.

function curve(from, to, height, n = 60) {
  const places = Array.from({ length: n + 1 }, (_, j) => from + ((to - from) * j) / n);
  return places.map((x) => [x, height(x)]);
}

const PLOTS = {
  sigmoid(explorer) {
    const [z, a, slope] = ["z", "a", "da/dz"].map((symbol) => explorer.value(symbol));
    const reach = Math.max(8, Math.ceil(Math.abs(z)) + 2);
    explorer.found = slope < 0.01 ? "saturated" : slope < 0.1 ? "flat" : "steep";
    const tangent = curve(z - 2, z + 2, (x) => a + slope * (x - z), 1);
    return { curve: curve(-reach, reach, sigmoid, 120), tangent, dots: [[z, a]] };
  },
  nudge(explorer) {
    const { value, by, slope, cost, up, down } = nudge(explorer);
    const [around, here] = [[value - 1.5, value + 1.5], explorer.value("C")];
    const tangent = curve(...around, (x) => here + slope * (x - value), 1);
    const ends = [[value - by, down], [value + by, up]];
    return { curve: curve(...around, cost), tangent, chord: ends, dots: ends };
  },
  descent(explorer) {
    const [eta, before, after] = ["eta", "mean C", "mean new C"].map((symbol) => explorer.value(symbol));
    const slopes = explorer.data.parameters.map((symbol) => explorer.value(`mean dC/d${symbol}`));
    const slope = add(slopes.map((value) => -(value * value)));
    const tangent = curve(0, 2 * eta, (x) => before + slope * x, 1);
    const cost = curve(0, 2 * eta, (x) => explorer.with({ eta: x })("mean new C"));
    return { curve: cost, tangent, dots: [[eta, after]] };
  },
  walk(explorer) {
    const costs = walk(explorer);
    const [first, last] = [costs[0], costs.at(-1)];
    if (!(last <= first)) explorer.found = "diverge";
    else if (costs.some((cost, n) => cost > costs[n - 1] * (1 + 1e-9))) explorer.found = "bounce";
    else explorer.found = costs.at(-2) - last > (first - last) / 100 ? "crawl" : "converge";
    const points = costs.map((cost, n) => [n, cost]);
    return { curve: points, dots: points };
  },
};

/** The cost before each of many steps, as far as it is a number. */
function walk(explorer) {
  const { parameters } = explorer.data;
  const costs = [];
  let value = (symbol) => explorer.value(symbol);
  while (costs.length <= explorer.value("steps")) {
    costs.push(value("mean C"));
    const after = parameters.map((symbol) => [symbol, value(`new ${symbol}`)]);
    if (![costs.at(-1), ...after.map(([, moved]) => moved)].every(Number.isFinite)) return [...costs, NaN];
    value = explorer.with(Object.fromEntries(after));
  }
  return costs;
}

const writeEnd = (cost) => (Number.isFinite(cost) ? number(cost) : "no number any more");

/** Draw the lines of one plot again, and the numbers at its ends. */
function drawPlot(svg, { low, high }, lines) {
  const isFinite = (point) => point.every(Number.isFinite);
  const seen = lines.curve.filter(isFinite);
  const [left, right] = [seen[0][0], seen.at(-1)[0]];
  low ??= Math.min(...seen.map(([, y]) => y));
  high ??= Math.max(...seen.map(([, y]) => y));
  if (high - low < 1e-9) [low, high] = [low - 1e-9, high + 1e-9];
  const [across, up] = [300 / (right - left), 200 / (high - low)];
  const place = ([x, y]) => `${((x - left) * across).toFixed(1)} ${(200 - (y - low) * up).toFixed(1)}`;
  for (const [line, points] of Object.entries(lines)) {
    const places = points.filter(isFinite).map(place);
    const d = line === "dots" ? places.map((at) => `M${at}h0`).join("") : `M${places.join("L")}`;
    svg.querySelector(`[data-line="${line}"]`).setAttribute("d", d);
  }
  for (const [tick, value] of Object.entries({ left, right, low, high })) {
    svg.querySelector(`[data-tick="${tick}"]`).textContent = number(value, 3);
  }
}

// The controls: native, so that keys and screen readers know them.

/** Turn one static explorer into a live one. @param {HTMLElement} root */
function mount(root) {
  const explorer = new Explorer(root);
  const { data, given } = explorer;
  const live = make("p", { className: "ffnn-made" });
  live.setAttribute("aria-live", "polite");
  const controls = make("div", { className: "ffnn-controls ffnn-made" });
  const synced = []; // what brings each control to the number that it stands for
  let [speaking, playing] = [0, 0];

  /** Make a move, show it, and say it when the hand rests. */
  function move(change) {
    change();
    explorer.refresh();
    for (const sync of synced) sync();
    clearTimeout(speaking);
    speaking = setTimeout(() => (live.textContent = explorer.sentence()), 400);
  }

  /** A slider and a box for one given number. @param {Control} control */
  function slider({ symbol, name, label, min, max, step, log }) {
    const [toPlace, toValue] = log ? [Math.log10, (x) => Number((10 ** x).toPrecision(2))] : [Number, Number];
    const ends = { min: toPlace(min), max: toPlace(max) };
    const range = make("input", { type: "range", ...ends, step, ariaLabel: label });
    const box = make("input", { type: "number", min, max, step: "any" });
    box.ariaLabel = `${label}, as a number`;
    const both = make("span", {}, make("b", {}, name), range, box);
    const put = (value) => {
      if (!Number.isFinite(value)) return;
      const inside = Math.min(max, Math.max(min, value));
      explorer.moved = `${label[0].toUpperCase()}${label.slice(1)} is ${numberAsGiven(inside)}.`;
      move(() => (given[explorer.find(symbol)] = inside));
    };
    const sync = (isTyping) => {
      const value = given[explorer.find(symbol)];
      range.value = toPlace(value);
      range.ariaValueText = numberAsGiven(value);
      if (!isTyping) box.value = value;
      const isLeftOut = data.choices && symbol in data.choices && symbol !== explorer.choice;
      both.style.display = isLeftOut ? "none" : "";
    };
    range.addEventListener("input", () => put(toValue(range.valueAsNumber)));
    box.addEventListener("input", () => put(box.valueAsNumber));
    box.addEventListener("change", () => sync(false));
    synced.push(() => sync(document.activeElement === box));
    return both;
  }

  /** One of several: texts by value. */
  function chooser(label, options, chosen, choose) {
    const list = make("select", { ariaLabel: label });
    for (const [value, text] of options) list.append(make("option", { value }, text));
    list.addEventListener("change", () => move(() => choose(list.value)));
    synced.push(() => (list.value = chosen()));
    controls.append(make("span", {}, label, list));
  }

  function button(text, press) {
    const made = make("button", { type: "button", textContent: text, onclick: press });
    controls.append(made);
    return made;
  }

  function reset() {
    explorer.entries.forEach((entry, i) => (given[i] = entry[2]));
    Object.assign(explorer, { at: 0, moved: "As at the start." });
  }

  if (data.choices) {
    const names = Object.keys(data.choices).map((symbol) => [symbol, write(symbol)]);
    const choose = (choice) => Object.assign(explorer, { choice, moved: `${data.choices[choice].name}.` });
    chooser("parameter", names, () => explorer.choice, choose);
    explorer.picture.addEventListener("click", ({ target }) => {
      const symbol = target.closest("[data-symbol]")?.dataset.symbol;
      if (symbol in data.choices) move(() => choose(symbol));
    });
  }
  if (data.observations.length > 1) {
    const choose = (k) => Object.assign(explorer, { k: Number(k), moved: `Observation ${k}.` });
    chooser("observation", data.observations.map((k) => [k, k]), () => explorer.k, choose);
  }
  for (const group of new Set(data.controls.map((control) => control.group))) {
    const members = data.controls.filter((control) => control.group === group).map(slider);
    controls.append(make("fieldset", {}, make("legend", { textContent: group }), ...members));
  }
  if (!data.phases) button("Reset", () => move(reset));
  else {
    const count = data.phases.flatMap(({ turns }) => turns).length;
    const go = (to) => move(() => (explorer.at = Math.min(Math.max(to, 0), count)));
    const skip = () => {
      const { turns, at } = explorer;
      const next = turns.findIndex(([, phase], turn) => turn > at && phase !== turns[at][1]);
      go(next < 0 ? count : next);
    };
    const pause = () => {
      clearInterval(playing);
      [playing, play.textContent] = [0, "Play"];
    };
    const goOn = () => (root.isConnected && explorer.at < count ? go(explorer.at + 1) : pause());
    const presses = {
      Reset: () => move(reset),
      Back: () => go(explorer.at - 1),
      Step: () => go(explorer.at + 1),
      "Skip phase": skip,
    };
    for (const [text, press] of Object.entries(presses)) button(text, () => (pause(), press()));
    const play = button("Play", () => {
      if (playing) return pause();
      if (explorer.at === count) go(0);
      [playing, play.textContent] = [setInterval(goOn, 1000), "Pause"];
    });
    controls.append(make("progress", { max: count, value: 0, ariaLabel: "how much of the step is done" }));
  }

  explorer.drawings.after(controls, live);
  root.append(make("style", { className: "ffnn-made", textContent: CSS }));
  explorer.refresh();
  for (const sync of synced) sync();
}

// In a notebook keys are commands: those pressed inside an explorer stay there. One listener serves the page.
function keepKeys(event) {
  const isCommand = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
  const runs = event.shiftKey && event.key === "Enter";
  if (event.target.closest?.(".ffnn-explorer") && !isCommand && !runs) event.stopPropagation();
}

if (!window.ffnnKeepsKeys) window.addEventListener("keydown", keepKeys, true);
window.ffnnKeepsKeys = true;

// Run, open, trust, move: whatever shows an output runs this again. An attribute would be saved with the page.
for (const root of document.querySelectorAll(".ffnn-explorer")) {
  if (!root.ffnnIsLive) mount(root);
  root.ffnnIsLive = true;
}
