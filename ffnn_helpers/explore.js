// Brings an explorer to life: works out the steps that Python sent, and refills what Python drew.

/**
 * What Python sends. A sentence has symbols in brackets where their numbers go.
 * @typedef {object} Data
 * @property {any[][]} entries [symbol, k, value], or [symbol, k, operation, parents]
 * @property {number | null} k the observation that is shown first
 * @property {number[]} observations
 * @property {Control[]} controls
 * @property {string} [words] the picture
 * @property {string} [said] what is said after a move
 * @property {Phase[]} [phases]
 * @property {number} [at] how many of their turns are over at first
 * @property {Record<string, string>} [yours] what the learner wrote, by "symbol|k"
 * @property {Break} [broken]
 * @property {string} [choice] the parameter that is chosen first
 * @property {Record<string, Choice>} [choices]
 * @property {string[]} [parameters]
 * @property {{name: string, words: string, low: number | null, high: number | null}[]} [plots]
 * @property {Record<string, string>} [verdicts]
 *
 * A turn is a symbol, how it is said, and where in the picture it belongs; "edge" is put before
 * the symbol of a weight to find what the phase does with it.
 * @typedef {{name: string, edge: string, turns: [string, string, string][]}} Phase
 * @typedef {{k: number | null, place: string, text: string, words: string}} Break
 *
 * @typedef {object} Choice
 * @property {string} name
 * @property {string[][]} paths
 * @property {string[]} marked
 * @property {string} words
 * @property {string} remark
 */

// It holds while the program runs, and is not saved with a page: what is dead there must not look alive.
const STYLE = `
.ffnn-live .ffnn-still, .ffnn-live .ffnn-later { display: none; }
.ffnn-drawings, .ffnn-live .ffnn-controls, .ffnn-controls :is(fieldset, span) {
  display: flex; flex-wrap: wrap; gap: 0.3em 0.8em;
}
.ffnn-live [aria-live] { min-height: 2lh; } /* what lies below stays where it is at the first sentence */
.ffnn-live .ffnn-controls { margin: 0.6em 0; align-items: center; }
.ffnn-controls fieldset { border: 1px solid; border-radius: 4px; margin: 0; padding: 0 0.6em 0.3em; }
.ffnn-controls span { flex-wrap: nowrap; gap: 0.3em; align-items: center; white-space: nowrap; }
.ffnn-controls b { min-width: 2.4em; font-weight: normal; }
.ffnn-controls input[type="range"] { width: 6.5em; }
.ffnn-controls input[type="number"] { width: 4.4em; }
.ffnn-now { outline: 2px solid; font-weight: bold; }
.ffnn-picture .ffnn-now { outline: none; }
.ffnn-picture .ffnn-now :is(.node, .mark) { display: inline; stroke: #1a1a1a; stroke-width: 5; }
@media print {
  .ffnn-live .ffnn-controls { display: none; }
  .ffnn-live .ffnn-later { display: table-row; }
}`;
const IMAGE = "data:image/svg+xml;base64,";

/** What is shown, and the numbers behind it; `refresh` brings the one after the other. */
class Explorer {
  constructor(root) {
    for (const made of root.querySelectorAll(".ffnn-made")) made.remove(); // the page was saved alive
    this.root = root;
    /** @type {Data} */
    this.data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
    this.k = this.data.k;
    this.choice = this.data.choice;
    this.at = this.data.at ?? 0;
    this.moved = ""; // the last move, in words
    this.verdict = "";
    /** @type {Entry[]} */
    this.entries = this.data.entries.map(([symbol, k, rule, parents]) =>
      parents ? { symbol, k, operation: rule, parents } : { symbol, k, value: rule },
    );
    this.index = new Map(this.entries.map(({ symbol, k }, i) => [`${symbol}|${k}`, i]));
    this.given = this.entries.map((entry) => entry.value);
    this.drawings = bringDrawings(root);
    this.picture = this.drawings.querySelector("svg.ffnn-picture");
    this.plots = [...this.drawings.querySelectorAll("svg.ffnn-plot")];
    this.slots = [...root.querySelectorAll("[data-slot]")];
  }

  /** The place of a quantity: of this observation, or else, and after "mean", of the batch. */
  find(symbol) {
    const ofBatch = this.index.get(`${symbol.replace("mean ", "")}|null`);
    return this.index.get(`${symbol}|${this.k}`) ?? ofBatch;
  }

  /** The place of what a slot shows. */
  placeOf({ dataset: { symbol, k } }) {
    return this.index.get(`${symbol}|${k ? this.k : null}`);
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

  /** What the learner wrote for a quantity, and what that is worth. */
  yours(i) {
    const { symbol, k } = this.entries[i];
    return this.data.yours?.[`${symbol}|${k}`] ?? "";
  }

  /** Put numbers into the brackets of a sentence. */
  fill(sentence) {
    return sentence.replace(/\[(.+?)\]/g, (_, name) =>
      name === "k" ? String(this.k) : this.shown(this.find(name)),
    );
  }

  refresh() {
    const { data } = this;
    this.now = work(this.entries, this.given);
    this.turns = (data.phases ?? []).flatMap((phase) =>
      phase.turns.map(([symbol, spoken, place]) => ({
        i: this.find(symbol),
        phase,
        spoken,
        place,
      })),
    );
    this.order = new Map(this.turns.map(({ i }, turn) => [i, turn]));
    const isBroken = data.broken && [this.k, null].includes(data.broken.k);
    this.broken = isBroken ? data.broken : { place: "", text: "", words: "" };
    this.costs = data.parameters ? walk(this) : [];
    if (this.choice) showChain(this);
    for (const slot of this.slots) if (slot.isConnected) this.fillSlot(slot);
    if (data.phases) showTurn(this);
    if (this.picture) this.showPicture();
    this.showPlots();
  }

  /** Fill one place of the picture or the table that Python drew. */
  fillSlot(slot) {
    const { symbol, slot: kind } = slot.dataset;
    const i = this.placeOf(slot);
    if (kind === "worked") slot.textContent = this.now.line(i).worked;
    else if (kind === "walk") slot.textContent = writeEnd(this.costs.at(-1));
    else if (kind === "term") slot.textContent = term(this, symbol);
    else if (kind === "yours") slot.textContent = this.yours(i);
    else if (kind === "broken") slot.textContent = this.broken.text;
    else slot.textContent = this.shown(slot.closest(".ffnn-picture") ? this.renewed(slot, i) : i);
    const ground = slot.parentElement.previousElementSibling;
    if (ground?.matches(".ground")) fit(ground, slot.closest("text"));
  }

  /** What stands in the picture once it is worked out again after the step, under its new name. */
  renewed(slot, i) {
    const after = this.find(`new ${slot.dataset.symbol}`);
    if (!this.order.has(after)) return i;
    const name = slot.previousSibling; // none where there is no room for names
    const prefix = this.isOpen(after) ? "" : "new ";
    if (name) name.textContent = name.textContent.replace(/^(new )?/, prefix);
    return this.isOpen(after) ? i : after;
  }

  /** Show the sign and the size of every weight, what is on the path, and where the work is. */
  showPicture() {
    const { data, picture, choice, broken } = this;
    const title = [...picture.querySelectorAll(".remark")].find(({ textContent }) =>
      /^observation \d+$/.test(textContent),
    );
    if (title) title.textContent = `observation ${this.k}`;
    /** @type {NodeListOf<SVGElement>} */
    const found = picture.querySelectorAll(".edge, .neuron");
    const parts = [...found];
    const amounts = parts.map(({ dataset: { symbol } }) =>
      /^[wb]/.test(symbol) ? this.value(symbol) : 0,
    );
    const largest = Math.max(...amounts.map(Math.abs)) || 1;
    for (const [n, part] of parts.entries()) {
      const share = amounts[n] / largest;
      const { symbol } = part.dataset;
      part.classList.toggle("positive", share > 0);
      part.classList.toggle("negative", share < 0);
      if (choice) part.classList.toggle("on-path", data.choices[choice].marked.includes(symbol));
      part.classList.toggle("broken", symbol === broken.place);
      part.classList.toggle("ffnn-now", symbol === this.turns[this.at - 1]?.place);
      const width = (1.5 + 4 * Math.abs(share)).toFixed(1);
      part.querySelector(".line")?.setAttribute("stroke-width", width);
    }
    const path = choice ? data.choices[choice].words : "";
    picture.setAttribute("aria-label", `${this.fill(data.words)} ${path}${broken.words}`.trim());
  }

  showPlots() {
    const { data, plots, root } = this;
    const found = plots.map((_, n) => PLOTS[data.plots[n].name](this));
    const key = found.map(({ verdict }) => verdict).find(Boolean);
    this.verdict = key ? data.verdicts[key] : "";
    if (key) root.querySelector(".ffnn-verdict").textContent = this.verdict;
    for (const [n, svg] of plots.entries()) {
      drawPlot(svg, data.plots[n], found[n].lines);
      svg.setAttribute("aria-label", `${this.fill(data.plots[n].words)} ${this.verdict}`.trim());
    }
  }

  /** The same in words. */
  sentence() {
    const { data, at, turns } = this;
    if (!data.phases) return `${this.moved} ${this.fill(data.said)} ${this.verdict}`.trim();
    if (!at) return "Nothing is worked out yet.";
    const { i, phase, spoken } = turns[at - 1];
    const yours = this.yours(i) && ` Yours: ${this.yours(i)}`;
    return `Step ${at} of ${turns.length}, ${phase.name}: ${spoken} is ${this.shown(i)}.${yours}`;
  }
}

/** Put a drawing in the place of each image: its numbers can be refilled. */
function bringDrawings(root) {
  const drawings = make("div", { className: "ffnn-drawings ffnn-made" });
  const images = [...root.querySelectorAll("img")].filter(({ src }) => src.startsWith(IMAGE));
  images[0].parentElement.before(drawings);
  for (const image of images) {
    const bytes = Uint8Array.from(atob(image.src.slice(IMAGE.length)), (letter) =>
      letter.charCodeAt(0),
    );
    const still = image.parentElement;
    const box = /** @type {HTMLElement} */ (still.cloneNode());
    Object.assign(box, {
      hidden: false,
      role: "group",
      ariaLabel: "the drawing, from left to right",
    });
    box.innerHTML = new TextDecoder().decode(bytes);
    box.querySelector("svg").style.cssText = image.style.cssText;
    box.removeAttribute("tabindex");
    still.hidden = true;
    drawings.append(box);
    reachByKeys(box);
  }
  return drawings;
}

/** Let a drawing that is scrolled be scrolled by keys too. */
function reachByKeys(box) {
  new ResizeObserver(() => {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }).observe(box);
}

/** Make the white ground of a text as wide as the text has become. */
function fit(ground, text) {
  const width = text.getComputedTextLength();
  ground.setAttribute("visibility", text.textContent ? "visible" : "hidden");
  if (!width) return; // empty, or on a page that is not shown now
  ground.setAttribute("x", String(Number(text.getAttribute("x")) - width / 2 - 2));
  ground.setAttribute("width", String(width + 4));
}

const writeEnd = (cost) => (Number.isFinite(cost) ? number(cost) : "no number any more");

/** @param {HTMLTableElement} table @param {string} caption @param {string[][]} rows */
function fillTable(table, caption, rows) {
  const look = { style: "text-align: left" };
  table.caption.textContent = caption;
  table.tBodies[0].replaceChildren(
    ...rows.map(([heading, ...texts]) => {
      const first = make("th", { scope: "row", ...look }, heading);
      return make("tr", {}, first, ...texts.map((text) => make("td", look, text)));
    }),
  );
}

/** Show the derivative of the chosen parameter, factor by factor, and the same by a nudge. */
function showChain(explorer) {
  const { choice, k, picture, root } = explorer;
  const { paths, remark } = explorer.data.choices[choice];
  const derivative = `dC/d${choice}`;
  // The products along the paths, and their sum, are entries like any other; only this table needs them.
  const entries = [...explorer.entries];
  const combine = (symbol, operation, parents) =>
    entries.push({ symbol, k, operation, parents }) - 1;
  const [lines, totals] = [[], []];
  for (const [n, symbols] of paths.entries()) {
    const factors = symbols.map((symbol) => explorer.find(symbol));
    const total = paths.length === 1 ? derivative : `path ${n + 1}`;
    totals.push(combine(total, "product", factors));
    lines.push(...factors, totals.at(-1));
  }
  if (paths.length > 1) lines.push(combine(derivative, "sum", totals));
  const now = work(entries, explorer.given);
  const rows = lines.map((i) => [write(entries[i].symbol), now.formula(i), now.line(i).worked]);
  const [chain, nudged] = root.querySelectorAll("table");
  fillTable(chain, `${write(derivative)} for observation ${k}, factor by factor`, rows);
  [...picture.querySelectorAll(".remark")].at(-1).textContent = remark;

  const { value, by, cost } = nudge(explorer);
  const costs = [cost(value + by), cost(value - by)];
  const way = number(2 * by);
  const quotient = (ends) => (ends[0] - ends[1]) / readNumber(way);
  const { operands, end } = comesOut(quotient(costs), quotient, (digits) =>
    costs.map((result) => number(result, digits)),
  );
  fillTable(nudged, `The same by a nudge of ${write(choice)}`, [
    [`C at ${write(choice)} + ${numberAsGiven(by)}`, operands[0]],
    [`C at ${write(choice)} − ${numberAsGiven(by)}`, operands[1]],
    ["up − down, over the whole way", `(${operands.join(" − ")}) / ${way} ${end}`],
    [`${write(derivative)} by the chain`, now.written(explorer.find(derivative))],
  ]);
}

/** What the phase does along one line of the picture, with the numbers put in. */
function term(explorer, symbol) {
  const { now, entries, turns, at, k } = explorer;
  const { edge } = turns[Math.max(at - 1, 0)].phase;
  const i = explorer.find(edge + symbol);
  if (edge.startsWith("mean")) return explorer.isOpen(i) ? "" : now.written(i);
  if (edge.startsWith("d")) return explorer.isOpen(i) ? "" : now.line(i).substituted;
  const sum = entries.findIndex(
    (entry) => entry.operation === "weighted sum" && entry.k === k && entry.parents.includes(i),
  );
  const { parents } = entries[sum];
  const source = parents[parents.indexOf(i) + 1]; // a bias is last, and multiplies none
  const isSilent = explorer.isOpen(sum) || source === undefined;
  return isSilent ? "" : writeNextTo([now.written(i), now.written(source)]);
}

/** Show the rows of the current phase that were reached, and mark the last one. */
function showTurn(explorer) {
  const { turns, at, slots, root } = explorer;
  const current = turns[Math.max(at - 1, 0)];
  const reached = turns.slice(0, at).filter(({ phase }) => phase === current.phase);
  const places = new Set(reached.map(({ i }) => i));
  for (const slot of slots.filter(({ dataset }) => dataset.slot === "worked")) {
    const i = explorer.placeOf(slot);
    const { classList } = slot.closest("tr");
    classList.toggle("ffnn-later", !places.has(i));
    classList.toggle("ffnn-now", i === current.i);
  }
  root.querySelector("progress").value = at;
}

/** Turn one static explorer into a live one. */
function mount(root) {
  const explorer = new Explorer(root);
  const controls = new Controls(explorer);
  const { data } = explorer;
  if (data.choices) {
    const choose = (choice) =>
      Object.assign(explorer, { choice, moved: `${data.choices[choice].name}.` });
    /** @type {[string, string][]} */
    const names = Object.keys(data.choices).map((symbol) => [symbol, write(symbol)]);
    controls.addChooser("parameter", names, () => explorer.choice, choose);
    explorer.picture.addEventListener("click", ({ target }) => {
      /** @type {SVGElement | null} */
      const part = /** @type {Element} */ (target).closest("[data-symbol]");
      const symbol = part?.dataset.symbol;
      if (symbol in data.choices) controls.move(() => choose(symbol));
    });
  }
  if (data.observations.length > 1) {
    const choose = (k) => Object.assign(explorer, { k: Number(k), moved: `Observation ${k}.` });
    /** @type {[string, string][]} */
    const names = data.observations.map((k) => [String(k), String(k)]);
    controls.addChooser("observation", names, () => String(explorer.k), choose);
  }
  controls.addSliders(data.controls);
  if (data.phases) controls.addTurns(data.phases.flatMap(({ turns }) => turns).length);
  else controls.addButton("Reset", () => controls.move(() => controls.reset()));
  explorer.drawings.after(controls.box, controls.live);
  root.classList.add("ffnn-live");
  controls.show();
}

/** In a notebook keys are commands: those pressed inside an explorer stay there. */
function keepKeys(event) {
  const isCommand = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
  const runs = event.shiftKey && event.key === "Enter";
  const isInside = /** @type {Element} */ (event.target).closest?.(".ffnn-explorer");
  if (isInside && !isCommand && !runs) event.stopPropagation();
}

// One listener and one style serve the page.
if (!("ffnnServesThePage" in window)) {
  const style = new CSSStyleSheet();
  style.replaceSync(STYLE);
  document.adoptedStyleSheets.push(style);
  window.addEventListener("keydown", keepKeys, true);
}
Object.assign(window, { ffnnServesThePage: true });

// Run, open, trust, move: whatever shows an output runs this again. An attribute would be saved with the page.
/** @type {NodeListOf<HTMLElement & {ffnnIsLive?: boolean}>} */
const roots = document.querySelectorAll(".ffnn-explorer");
for (const root of roots) {
  if (!root.ffnnIsLive) mount(root);
  root.ffnnIsLive = true;
}
