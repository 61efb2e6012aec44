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
  const [, letter, layer = "", place = ""] = /^([a-zA-Z]+)(?:\^(\d+))?(?:_\{?([\d,]+)\}?)?$/.exec(symbol);
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
  const { operands, end } = comesOut(compute(values), compute, (digits) => values.map((v) => number(v, digits)));
  return [heading, join(names), `${join(operands)} ${end}`];
}

const CSS = `
.ffnn-explorer svg { max-width: 100%; height: auto; }
.ffnn-drawings, .ffnn-controls, .ffnn-controls fieldset, .ffnn-controls span { display: flex; flex-wrap: wrap; gap: 0.3em 0.8em; }
.ffnn-controls { margin: 0.6em 0; align-items: center; }
.ffnn-controls fieldset { flex: 0 1 auto; border: 1px solid; border-radius: 4px; min-width: 0; margin: 0; padding: 0 0.6em 0.3em; }
.ffnn-controls span { flex-wrap: nowrap; gap: 0.3em; align-items: center; white-space: nowrap; }
.ffnn-controls b { min-width: 2.4em; font-weight: normal; }
.ffnn-controls input[type="range"] { width: 6.5em; }
.ffnn-controls input[type="number"] { width: 4.4em; }
.ffnn-now { outline: 2px solid; font-weight: bold; }
.ffnn-picture .ffnn-now { outline: none; }
.ffnn-picture .ffnn-now .node, .ffnn-picture .ffnn-now .mark { display: inline; stroke: #1a1a1a; stroke-width: 5; }
.ffnn-still { display: none; }
@media print { .ffnn-controls { display: none; } .ffnn-explorer tr { display: table-row !important; } }`;

/** Make an element. @param {string} tag @param {object} properties @param {...(Node|string)} children */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Turn one static explorer into a live one. @param {HTMLElement} root */
function mount(root) {
  for (const made of root.querySelectorAll(".ffnn-made")) made.remove();
  const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  /** @type {{entries: Entry[], controls: Control[]}} */
  const { entries, controls, phases } = data;
  const index = new Map(entries.map(([symbol, k], i) => [`${symbol}|${k}`, i]));
  const given = entries.map((entry) => entry[2]);
  let { k, choice } = data;
  let [now, turns, order, at, playing, speaking, moved, verdict] = [null, [], new Map(), data.at ?? 0, 0, 0, "", ""];

  /** The index of a quantity: of the observation that is shown, or else ("mean C" always) of the batch. */
  const find = (symbol) => index.get(`${symbol}|${k}`) ?? index.get(`${symbol.replace("mean ", "")}|null`);
  const isOpen = (i) => order.get(i) >= at; // its turn has not come yet
  const shown = (i) => (isOpen(i) ? "?" : now.written(i));
  const fill = (template) => template.replace(/\[(.+?)\]/g, (_, name) => (name === "k" ? k : shown(find(name))));
  /** Work out one quantity with other numbers given: pairs of an index and a value. */
  const workWith = (changes) => work(entries, Object.assign([...given], Object.fromEntries(changes)));

  // The images become drawings: their numbers can be refilled.
  const drawings = make("div", { className: "ffnn-drawings ffnn-made" });
  for (const image of root.querySelectorAll('img[src^="data:image/svg+xml;base64,"]')) {
    const bytes = Uint8Array.from(atob(image.src.split(",")[1]), (character) => character.charCodeAt(0));
    drawings.insertAdjacentHTML("beforeend", new TextDecoder().decode(bytes));
    if (!drawings.isConnected) image.before(drawings);
    image.style.display = "none";
  }
  const picture = drawings.querySelector(".ffnn-picture");
  const slots = [...root.querySelectorAll("[data-slot]")];
  const titles = [...root.querySelectorAll("th, .remark")].filter((title) => title.textContent === `observation ${k}`);

  /** What the phase does along one line of the picture, with the numbers put in. */
  function term(symbol, { edge }) {
    if (edge === undefined) return "";
    const i = find(edge + symbol);
    if (edge.startsWith("mean")) return isOpen(i) ? "" : now.written(i);
    if (edge.startsWith("d")) return isOpen(i) ? "" : now.line(i).substituted;
    const isSum = ([, of, operation, parents]) => operation === "weighted sum" && of === k && parents.includes(i);
    const sum = entries.findIndex(isSum);
    const [, source] = entries[sum][3].slice(entries[sum][3].indexOf(i));
    return isOpen(sum) ? "" : source === undefined ? now.written(i) : writeNextTo(now.written(i), now.written(source));
  }

  function fillSlot(slot) {
    const { symbol, slot: kind } = slot.dataset;
    let i = index.get(`${symbol}|${slot.dataset.k ? k : null}`);
    if (kind === "worked") slot.textContent = now.line(i).worked;
    else if (kind === "walk") slot.textContent = Number.isFinite(walk().at(-1)) ? number(walk().at(-1)) : "no number any more";
    else if (kind === "term") {
      slot.textContent = term(symbol, turns[Math.max(at - 1, 0)][1]);
      const ground = slot.parentNode.previousElementSibling;
      if (ground.matches(".ground")) ground.style.display = slot.textContent ? "" : "none";
    } else {
      const after = phases && slot.closest(".ffnn-picture") ? find(`new ${symbol}`) : undefined;
      const isAfter = after !== undefined && !isOpen(after);
      const name = slot.previousSibling;
      if (after !== undefined && name) name.data = name.data.replace(/^(new )?/, isAfter ? "new " : "");
      slot.textContent = shown(isAfter ? after : i);
    }
  }

  /** Show the sign and the size of every weight, what is marked, and where the work is. */
  function drawLines(marked, current) {
    const amount = ({ dataset: { symbol } }) => (/^[wb]/.test(symbol) ? now.value(find(symbol)) : 0);
    const parts = [...picture.querySelectorAll(".edge, .neuron")];
    const largest = Math.max(...parts.map((part) => Math.abs(amount(part)))) || 1;
    for (const part of parts) {
      const share = amount(part) / largest;
      part.classList.toggle("positive", share > 0);
      part.classList.toggle("negative", share < 0);
      if (marked) part.classList.toggle("on-path", marked.has(part.dataset.symbol));
      part.classList.toggle("ffnn-now", part.dataset.symbol === current);
      part.querySelector(".line")?.setAttribute("stroke-width", (1.5 + 4 * Math.abs(share)).toFixed(1));
    }
  }

  /** Where a quantity is written in the picture, as picture._place has it. */
  function place(symbol) {
    const link = /^dz\^(\d+)_(\d+)\/da\^\d+_(\d+)$/.exec(symbol);
    if (link) return `w^${link[1]}_{${link[2]},${link[3]}}`;
    return symbol.replace(/^(delta |new )/, "").replace(/^d\S+\/d/, "").replace(/^a\^/, "z^");
  }

  /** Follow every path from the cost to a derivative, as Trace.paths does. */
  function paths(derivative) {
    const [found, toDo] = [[], [[derivative, []]]];
    while (toDo.length) {
      const [i, links] = toDo.pop();
      const [, , operation, parents] = entries[i];
      if (operation === "error slope") found.push([i, ...links]);
      else toDo.push(...pairs(parents).map(([after, link]) => [after, [link, ...links]]).reverse());
    }
    return found;
  }

  function fillTable(table, caption, rows) {
    const cell = (tag, text) => make(tag, { textContent: text, scope: "row", style: "text-align: left" });
    const row = ([heading, ...cells]) => make("tr", {}, cell("th", heading), ...cells.map((text) => cell("td", text)));
    table.caption.textContent = caption;
    table.tBodies[0].replaceChildren(...rows.map(row));
  }

  /** The derivative of the chosen parameter, factor by factor, and the same by a nudge. */
  function chain([table, nudged]) {
    const [name, derivative] = [write(choice), find(`dC/d${choice}`)];
    const [rows, totals, marked] = [[], [], new Set(["C"])];
    const found = paths(derivative);
    for (const [n, path] of found.entries()) {
      const symbols = path.map((i) => entries[i][0]);
      for (const symbol of symbols) marked.add(symbol).add(place(symbol));
      rows.push(...path.map((i) => [write(entries[i][0]), now.formula(i), now.line(i).worked]));
      const [total, values] = [found.length === 1 ? `∂C/∂${name}` : `path ${n + 1}`, path.map(now.value)];
      rows.push(combined(total, symbols.map(write), values, multiply, writeProduct));
      totals.push([total, multiply(values)]);
    }
    if (found.length > 1) {
      rows.push(combined(`∂C/∂${name}`, totals.map(([total]) => total), totals.map(([, v]) => v), add, writeSum));
    }
    fillTable(table, `∂C/∂${name} for observation ${k}, factor by factor`, rows);
    const { by, up, down } = nudge();
    const way = number(2 * by);
    const quotient = (values) => (values[0] - values[1]) / readNumber(way);
    const digitsOf = (digits) => [up, down].map((cost) => number(cost, digits));
    const { operands, end } = comesOut(quotient([up, down]), quotient, digitsOf);
    const moves = [`C at ${name} + ${numberAsGiven(by)}`, `C at ${name} − ${numberAsGiven(by)}`];
    fillTable(nudged, `The same by a nudge of ${name}`, [
      ...moves.map((move, n) => [move, operands[n]]),
      ["up − down, over the whole way", `(${operands.join(" − ")}) / ${way} ${end}`],
      [`∂C/∂${name}`, now.written(derivative)],
    ]);
    [...picture.querySelectorAll(".remark")].at(-1).textContent = data.choices[choice].remark;
    return marked;
  }

  function nudge() {
    const [i, by] = [find(choice), now.value(find("nudge"))];
    const [value, slope] = [now.value(i), now.value(find(`dC/d${choice}`))];
    const cost = (moved) => workWith([[i, moved]]).value(find("C"));
    return { value, slope, by, cost, up: cost(value + by), down: cost(value - by) };
  }

  const curve = (from, to, f, n = 60) =>
    Array.from({ length: n + 1 }, (_, j) => from + ((to - from) * j) / n).map((x) => [x, f(x)]);

  /** The lines of each plot: points from left to right. The verdict says what they show. */
  const PLOTS = {
    sigmoid() {
      const [z, a, slope] = ["z", "a", "da/dz"].map((symbol) => now.value(find(symbol)));
      const reach = Math.max(8, Math.ceil(Math.abs(z)) + 2);
      verdict = slope < 0.01 ? "saturated" : slope < 0.1 ? "flat" : "steep";
      return { curve: curve(-reach, reach, sigmoid, 120), tangent: curve(z - 2, z + 2, (x) => a + slope * (x - z), 1), dots: [[z, a]] };
    },
    nudge() {
      const { value, slope, by, cost, up, down } = nudge();
      const tangent = (x) => now.value(find("C")) + slope * (x - value);
      const [left, right] = [[value - by, down], [value + by, up]];
      return { curve: curve(value - 1.5, value + 1.5, cost), tangent: curve(value - 1.5, value + 1.5, tangent, 1), chord: [left, right], dots: [left, right] };
    },
    descent() {
      const eta = now.value(find("eta"));
      const cost = (x) => workWith([[find("eta"), x]]).value(find("mean new C"));
      const [before, after] = [now.value(find("mean C")), now.value(find("mean new C"))];
      const slope = add(data.parameters.map((symbol) => -(now.value(find(`mean dC/d${symbol}`)) ** 2)));
      return { curve: curve(0, 2 * eta, cost), tangent: curve(0, 2 * eta, (x) => before + slope * x, 1), dots: [[eta, after]] };
    },
    walk() {
      const costs = walk();
      const [first, last] = [costs[0], costs.at(-1)];
      if (!(last <= first)) verdict = "diverge";
      else if (costs.some((cost, n) => cost > costs[n - 1] * (1 + 1e-9))) verdict = "bounce";
      else verdict = costs.at(-2) - last > (first - last) / 100 ? "crawl" : "converge";
      const points = costs.map((cost, n) => [n, cost]);
      return { curve: points, dots: points };
    },
  };

  /** The cost before each of many steps, as far as it is a number. */
  function walk() {
    const places = data.parameters.map((symbol) => [find(symbol), find(`new ${symbol}`)]);
    const costs = [];
    let step = now;
    while (costs.length <= now.value(find("steps"))) {
      costs.push(step.value(find("mean C")));
      const after = places.map(([old, next]) => [old, step.value(next)]);
      if (![costs.at(-1), ...after.flat()].every(Number.isFinite)) return [...costs, NaN];
      step = workWith(after);
    }
    return costs;
  }

  /** Draw the lines of one plot again, and the numbers at its ends. */
  function drawPlot(svg, { name, low, high }) {
    const isFinite = (point) => point.every(Number.isFinite);
    const lines = PLOTS[name]();
    const curve = lines.curve.filter(isFinite);
    const [left, right] = [curve[0][0], curve.at(-1)[0]];
    low ??= Math.min(...curve.map(([, y]) => y));
    high ??= Math.max(...curve.map(([, y]) => y));
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

  /** Show only the rows of the current phase that were reached; mark the last one. */
  function showTurn() {
    const [current, phase] = turns[Math.max(at - 1, 0)];
    const chosen = new Set(phase.symbols.map(find));
    for (const slot of slots.filter((slot) => slot.dataset.slot === "worked")) {
      const i = index.get(`${slot.dataset.symbol}|${slot.dataset.k ? k : null}`);
      const row = slot.closest("tr");
      row.style.display = chosen.has(i) && !isOpen(i) ? "" : "none";
      row.classList.toggle("ffnn-now", i === current && at > 0);
    }
    controlsBox.querySelector("progress").value = at;
    return at ? entries[current][0] : "";
  }

  /** Say in words what the last move did; silent while things still move. */
  function speak() {
    clearTimeout(speaking);
    speaking = setTimeout(() => (live.textContent = sentence()), 400);
  }

  function sentence() {
    if (!phases) return `${moved} ${fill(data.said)} ${data.verdicts?.[verdict] ?? ""}`.trim();
    if (!at) return "Nothing is worked out yet.";
    const [i, { name, symbols, spoken }] = turns[at - 1];
    const which = symbols.findIndex((symbol) => find(symbol) === i);
    return `Step ${at} of ${turns.length}, ${name}: ${spoken[which]} is ${shown(i)}.`;
  }

  function refresh() {
    now = work(entries, given);
    turns = (phases ?? []).flatMap((phase) => phase.symbols.map((symbol) => [find(symbol), phase]));
    order = new Map(turns.map(([i], turn) => [i, turn]));
    for (const title of titles) title.textContent = `observation ${k}`;
    const marked = choice && chain(root.querySelectorAll("table"));
    (choice ? slots.filter((slot) => picture.contains(slot)) : slots).forEach(fillSlot);
    const current = phases ? showTurn() : "";
    if (picture) {
      drawLines(marked, current && place(current));
      picture.setAttribute("aria-label", `${fill(data.words)} ${choice ? data.choices[choice].words : ""}`.trim());
    }
    const plots = [...drawings.querySelectorAll(".ffnn-plot")];
    plots.forEach((svg, n) => drawPlot(svg, data.plots[n]));
    const told = data.verdicts?.[verdict] ?? "";
    plots.forEach((svg, n) => svg.setAttribute("aria-label", `${fill(data.plots[n].words)} ${told}`.trim()));
    if (told) root.querySelector(".ffnn-verdict").textContent = told;
    syncControls();
  }

  function move(change) {
    change();
    refresh();
    speak();
  }

  // The controls: native, so that keys and screen readers know them.
  const live = make("p", { className: "ffnn-made ffnn-live" });
  live.setAttribute("aria-live", "polite");
  const controlsBox = make("div", { className: "ffnn-controls ffnn-made" });
  const synced = [];
  const syncControls = () => synced.forEach((sync) => sync());

  /** A slider and a box for one given number. @param {Control} control */
  function slider({ symbol, name, label, min, max, step, log }) {
    const [position, value] = log ? [Math.log10, (at) => Number((10 ** at).toPrecision(2))] : [Number, Number];
    const range = make("input", { type: "range", min: position(min), max: position(max), step, ariaLabel: label });
    const box = make("input", { type: "number", min, max, step: "any", ariaLabel: `${label}, as a number` });
    const put = (number) => {
      if (!Number.isFinite(number)) return;
      move(() => {
        given[find(symbol)] = Math.min(max, Math.max(min, number));
        moved = `${label[0].toUpperCase()}${label.slice(1)} is ${numberAsGiven(given[find(symbol)])}.`;
      });
    };
    range.addEventListener("input", () => put(value(range.valueAsNumber)));
    box.addEventListener("input", () => put(box.valueAsNumber));
    const sync = (isTyping) => {
      range.value = position(given[find(symbol)]);
      range.ariaValueText = numberAsGiven(given[find(symbol)]);
      if (!isTyping) box.value = given[find(symbol)];
      // Of the parameters that can be chosen, one is enough.
      if (data.choices && symbol in data.choices) box.parentNode.style.display = symbol === choice ? "" : "none";
    };
    box.addEventListener("change", () => sync(false));
    synced.push(() => sync(document.activeElement === box));
    return make("span", {}, make("b", {}, name), range, box);
  }

  /** One of several, chosen from a list. */
  function chooser(label, options, chosen, choose) {
    const list = make("select", { ariaLabel: label }, ...options.map(([value, text]) => make("option", { value }, text)));
    list.addEventListener("change", () => move(() => choose(list.value)));
    synced.push(() => (list.value = chosen()));
    return make("span", {}, label, list);
  }

  const button = (text, press) => make("button", { type: "button", textContent: text, onclick: press });

  const groups = new Map(controls.map(({ group }) => [group, controls.filter((other) => other.group === group)]));
  if (data.choices) {
    const options = Object.keys(data.choices).map((symbol) => [symbol, write(symbol)]);
    controlsBox.append(chooser("parameter", options, () => choice, (symbol) => ((choice = symbol), (moved = `${data.choices[symbol].name}.`))));
    picture.addEventListener("click", ({ target }) => {
      const symbol = target.closest("[data-symbol]")?.dataset.symbol;
      if (symbol in data.choices) move(() => ((choice = symbol), (moved = `${data.choices[symbol].name}.`)));
    });
  }
  if (data.observations.length > 1) {
    const options = data.observations.map((observation) => [observation, observation]);
    controlsBox.append(chooser("observation", options, () => k, (chosen) => ((k = Number(chosen)), (moved = `Observation ${k}.`))));
  }
  for (const [group, members] of groups) {
    controlsBox.append(make("fieldset", {}, make("legend", { textContent: group }), ...members.map(slider)));
  }
  const startOf = (step) => turns.findIndex(([, phase]) => phase === turns[step][1]);
  const reset = () =>
    move(() => {
      entries.forEach((entry, i) => (given[i] = entry[2]));
      [at, moved] = [0, "As at the start."];
    });
  const go = (to) => move(() => (at = Math.min(Math.max(to, 0), turns.length)));
  const pause = () => {
    clearInterval(playing);
    [playing, play.textContent] = [0, "Play"];
  };
  const play = button("Play", () => {
    if (playing) return pause();
    if (at === turns.length) go(0);
    play.textContent = "Pause";
    playing = setInterval(() => (root.isConnected && at < turns.length ? go(at + 1) : pause()), 1000);
  });
  if (phases) {
    const nextPhase = () => {
      const next = turns.findIndex(([, phase], turn) => turn >= at && phase !== turns[Math.min(at, turns.length - 1)][1]);
      go(next < 0 ? turns.length : next);
    };
    const steps = { Reset: reset, Back: () => go(at - 1), Step: () => go(at + 1), "Skip phase": nextPhase };
    for (const [text, press] of Object.entries(steps)) controlsBox.append(button(text, () => (pause(), press())));
    const count = phases.flatMap(({ symbols }) => symbols).length;
    controlsBox.append(play, make("progress", { max: count, value: 0, ariaLabel: "how much of the step is done" }));
  } else controlsBox.append(button("Reset", reset));

  (drawings.isConnected ? drawings : root.firstElementChild).after(controlsBox, live);
  root.append(make("style", { className: "ffnn-made", textContent: CSS }));
  refresh();
}

// In a notebook, keys are commands. Those pressed inside an explorer are its own; one listener serves the page.
const isOurs = (event) => event.target.closest?.(".ffnn-explorer");
const isCommand = (event) => event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
const keepKeys = (event) => {
  if (isOurs(event) && !isCommand(event) && !(event.shiftKey && event.key === "Enter")) event.stopPropagation();
};
if (!window.ffnnKeepsKeys) {
  window.ffnnKeepsKeys = true;
  window.addEventListener("keydown", keepKeys, true);
}

for (const root of document.querySelectorAll(".ffnn-explorer")) {
  if (root.ffnnIsLive) continue;
  root.ffnnIsLive = true;
  mount(root);
}
