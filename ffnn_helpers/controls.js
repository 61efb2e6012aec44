// Native controls, so that keys and screen readers know them.

/**
 * @typedef {object} Control
 * @property {string} symbol
 * @property {string} group
 * @property {string} name as it is seen
 * @property {string} label as it is heard
 * @property {number} min
 * @property {number} max
 * @property {number} step
 * @property {boolean} [log] whether the slider goes by powers of ten
 */

const REST = 400; // milliseconds after the last move, until it is said
const PACE = 1000; // milliseconds for each turn that is played

/**
 * Make an element.
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {object} properties
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/** Each move is shown, and said. */
class Controls {
  constructor(explorer) {
    this.explorer = explorer;
    this.box = make("div", { className: "ffnn-controls ffnn-made", hidden: true }); // STYLE shows it
    this.live = make("p", { className: "ffnn-made" });
    this.live.setAttribute("aria-live", "polite");
    this.speaking = 0;
    /** What brings each control to the number that it stands for. @type {(() => void)[]} */
    this.syncs = [];
  }

  /** Make a move, show it, and say it when the hand rests. @param {() => void} change */
  move(change) {
    change();
    this.show();
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      this.live.textContent = this.explorer.sentence();
    }, REST);
  }

  show() {
    this.explorer.refresh();
    for (const sync of this.syncs) sync();
  }

  /** Back to the first numbers. */
  reset() {
    this.explorer.given = this.explorer.entries.map((entry) => entry.value);
    Object.assign(this.explorer, { at: 0, moved: "As at the start." });
  }

  /** @param {string} text @param {() => void} onclick */
  addButton(text, onclick) {
    const button = make("button", { type: "button", textContent: text, onclick });
    this.box.append(button);
    return button;
  }

  /**
   * Offer one of several.
   * @param {string} label
   * @param {[value: string, text: string][]} options
   * @param {() => string} chosen
   * @param {(value: string) => void} choose
   */
  addChooser(label, options, chosen, choose) {
    const list = make("select", { ariaLabel: label });
    for (const [value, text] of options) list.append(make("option", { value }, text));
    list.addEventListener("change", () => this.move(() => choose(list.value)));
    this.syncs.push(() => {
      list.value = chosen();
    });
    this.box.append(make("span", {}, label, list));
  }

  /** Offer sliders, group by group. @param {Control[]} controls */
  addSliders(controls) {
    for (const group of new Set(controls.map((control) => control.group))) {
      const members = controls.filter((control) => control.group === group);
      const sliders = members.map((control) => this.slider(control));
      this.box.append(make("fieldset", {}, make("legend", {}, group), ...sliders));
    }
  }

  /** Make a slider and a box for one given number. @param {Control} control */
  slider({ symbol, name, label, min, max, step, log }) {
    const { explorer } = this;
    const toPlace = (value) => (log ? Math.log10(value) : value);
    const toValue = (place) => (log ? Number((10 ** place).toPrecision(2)) : place);
    const ends = { min: toPlace(min), max: toPlace(max), step };
    const range = make("input", { type: "range", ...ends, ariaLabel: label });
    const boxStep = max - min < 1 ? min : "any"; // with "any" the arrows of the box move by 1
    const box = make("input", { type: "number", min, max, step: boxStep });
    box.ariaLabel = `${label}, as a number`;
    const both = make("span", {}, make("b", {}, name), range, box);
    const put = (value) => {
      if (!Number.isFinite(value)) return; // nonsense was typed
      const inside = Math.min(max, Math.max(min, value));
      explorer.moved = `${label[0].toUpperCase()}${label.slice(1)} is ${numberAsGiven(inside)}.`;
      this.move(() => {
        explorer.given[explorer.find(symbol)] = inside;
      });
    };
    const sync = (isTyping = document.activeElement === box) => {
      const value = explorer.given[explorer.find(symbol)];
      range.value = String(toPlace(value));
      range.ariaValueText = numberAsGiven(value);
      if (!isTyping) box.value = String(value);
      const isOther = symbol in (explorer.data.choices ?? {}) && symbol !== explorer.choice;
      both.style.display = isOther ? "none" : "";
    };
    range.addEventListener("input", () => put(toValue(range.valueAsNumber)));
    box.addEventListener("input", () => put(box.valueAsNumber));
    box.addEventListener("change", () => sync(false));
    this.syncs.push(sync);
    return both;
  }

  /** Offer to go through the turns, forward and back. */
  addTurns(count) {
    const { explorer } = this;
    let playing = 0;
    const go = (to) =>
      this.move(() => {
        explorer.at = Math.min(Math.max(to, 0), count);
      });
    const pause = () => {
      clearInterval(playing);
      playing = 0;
      play.textContent = "Play";
    };
    const skip = () => {
      const { turns, at } = explorer;
      const next = turns.findIndex(({ phase }, turn) => turn > at && phase !== turns[at].phase);
      go(next < 0 ? count : next);
    };
    const presses = {
      Reset: () => this.move(() => this.reset()),
      Back: () => go(explorer.at - 1),
      Step: () => go(explorer.at + 1),
      "Skip phase": skip,
    };
    for (const [text, press] of Object.entries(presses)) {
      this.addButton(text, () => {
        pause();
        press();
      });
    }
    const goOn = () => {
      if (explorer.root.isConnected && explorer.at < count) go(explorer.at + 1);
      else pause();
    };
    const play = this.addButton("Play", () => {
      if (playing) return pause();
      if (explorer.at === count) go(0);
      playing = setInterval(goOn, PACE);
      play.textContent = "Pause";
    });
    this.box.append(make("progress", { max: count, ariaLabel: "how much of the step is done" }));
  }
}
