// What plots.py does, once more in the page, and in the same order.

/** @typedef {[x: number, y: number]} Point */
/** @typedef {Record<string, Point[]>} Lines "curve", "tangent", "chord" and "dots" */

/**
 * Draw the lines of one plot again, and the numbers at its ends.
 * @param {Element} svg
 * @param {{low: number | null, high: number | null}} ends those that do not follow the curve
 * @param {Lines} lines
 */
function drawPlot(svg, ends, lines) {
  const isDrawn = (point) => point.every(Number.isFinite);
  const seen = lines.curve.filter(isDrawn);
  const [left, right] = [seen[0][0], seen.at(-1)[0]];
  let low = ends.low ?? Math.min(...seen.map(([, y]) => y));
  let high = ends.high ?? Math.max(...seen.map(([, y]) => y));
  if (high - low < 1e-9) [low, high] = [low - 1e-9, high + 1e-9];
  const [across, up] = [300 / (right - left || 1), 200 / (high - low)];
  const place = ([x, y]) =>
    `${((x - left) * across).toFixed(1)} ${(200 - (y - low) * up).toFixed(1)}`;
  for (const [line, points] of Object.entries(lines)) {
    const places = points.filter(isDrawn).map(place);
    const dots = places.map((at) => `M${at}h0`).join("");
    const d = line === "dots" ? dots : `M${places.join("L")}`;
    svg.querySelector(`[data-line="${line}"]`).setAttribute("d", d);
  }
  for (const [tick, value] of Object.entries({ left, right, low, high })) {
    svg.querySelector(`[data-tick="${tick}"]`).textContent = number(value, 3);
  }
}

/**
 * @param {number} from
 * @param {number} to
 * @param {(x: number) => number} height
 * @returns {Point[]}
 */
function curve(from, to, height, n = 60) {
  const places = Array.from({ length: n + 1 }, (_, j) => from + ((to - from) * j) / n);
  return places.map((x) => [x, height(x)]);
}

/**
 * The lines of each plot, and what they tell.
 * @type {Record<string, (explorer: Explorer) => {lines: Lines, verdict?: string}>}
 */
const PLOTS = {
  sigmoid(explorer) {
    const [z, a, slope] = ["z", "a", "da/dz"].map((symbol) => explorer.value(symbol));
    const reach = Math.max(8, Math.ceil(Math.abs(z)) + 2);
    /** @type {Lines} */
    const lines = {
      curve: curve(-reach, reach, sigmoid, 120),
      tangent: curve(z - 2, z + 2, (x) => a + slope * (x - z), 1),
      dots: [[z, a]],
    };
    return { lines, verdict: slope < 0.01 ? "saturated" : slope < 0.1 ? "flat" : "steep" };
  },

  nudge(explorer) {
    const { value, by, slope, cost } = nudge(explorer);
    const here = explorer.value("C");
    /** @type {Point[]} */
    const ends = [value - by, value + by].map((x) => [x, cost(x)]);
    const lines = {
      curve: curve(value - 1.5, value + 1.5, cost),
      tangent: curve(value - 1.5, value + 1.5, (x) => here + slope * (x - value), 1),
      chord: ends,
      dots: ends,
    };
    return { lines };
  },

  descent(explorer) {
    const symbols = ["eta", "mean C", "mean new C"];
    const [eta, before, after] = symbols.map((symbol) => explorer.value(symbol));
    const slopes = explorer.data.parameters.map((symbol) => explorer.value(`mean dC/d${symbol}`));
    const slope = add(slopes.map((value) => -(value * value)));
    /** @type {Lines} */
    const lines = {
      curve: curve(0, 2 * eta, (x) => explorer.with({ eta: x })("mean new C")),
      tangent: curve(0, 2 * eta, (x) => before + slope * x, 1),
      dots: [[eta, after]],
    };
    return { lines };
  },

  walk({ costs }) {
    /** @type {Point[]} */
    const points = costs.map((cost, n) => [n, cost]);
    return { lines: { curve: points, dots: points }, verdict: verdictOf(costs) };
  },
};

/** What a nudge of the chosen parameter does. */
function nudge(explorer) {
  const { choice } = explorer;
  const value = explorer.value(choice);
  const by = explorer.value("nudge");
  const slope = explorer.value(`dC/d${choice}`);
  const cost = (place) => explorer.with({ [choice]: place })("C");
  return { value, by, slope, cost };
}

/** @param {number[]} costs */
function verdictOf(costs) {
  const [first, last] = [costs[0], costs.at(-1)];
  if (!(last <= first)) return "diverge";
  if (costs.some((cost, n) => cost > costs[n - 1] * (1 + 1e-9))) return "bounce";
  return costs.at(-2) - last > (first - last) / 100 ? "crawl" : "converge";
}

/** The cost before each of many steps, as far as it is a number. */
function walk(explorer) {
  const { parameters } = explorer.data;
  const costs = [];
  let value = (symbol) => explorer.value(symbol);
  while (costs.length <= explorer.value("steps")) {
    costs.push(value("mean C"));
    const after = parameters.map((symbol) => value(`new ${symbol}`));
    if (![costs.at(-1), ...after].every(Number.isFinite)) return [...costs, Number.NaN];
    value = explorer.with(Object.fromEntries(parameters.map((symbol, i) => [symbol, after[i]])));
  }
  return costs;
}
