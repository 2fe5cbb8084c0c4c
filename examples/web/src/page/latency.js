// The plot of latencies: the time of the cached function in each request of this page, by origin.

import { GROUPS, ORIGINS, ascending, count, duration, element, quantile } from "./words.js";
import { drawnAtItsWidth, label, line, node } from "./svg.js";

/** The maximum number of dots of a row; the oldest are removed. */
const DOTS = 800;

const HEIGHT = 250;
const MARGIN = { top: 4, right: 20, bottom: 30, left: 20 };
const LABEL_HEIGHT = 24;

/** The axis shows at least these decades, in nanoseconds. */
const FROM = 2;
const TO = 7;

/** The golden ratio, which spreads any number of dots evenly. */
const GOLDEN = 0.618_033_988_749_895;

export class LatencyPlot {
  #svg;
  #table;
  #groups = GROUPS.map((group) => ({ ...group, calls: 0, times: [] }));
  #due = false;

  constructor(svg, table) {
    this.#svg = svg;
    this.#table = table;
    drawnAtItsWidth(svg, () => this.#draw());
  }

  /** Adds the look-up of an answer. */
  add({ state, nanoseconds }) {
    const group = this.#groups.find(({ id }) => id === ORIGINS[state]?.group);
    if (!group) return;
    group.calls += 1;
    group.times.push(nanoseconds);
    if (group.times.length > DOTS) group.times.shift();
    // One drawing shows all answers between two frames.
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#draw();
    });
  }

  #draw() {
    const width = this.#svg.clientWidth || 320;
    const [left, right, bottom] = [MARGIN.left, width - MARGIN.right, HEIGHT - MARGIN.bottom];
    const all = this.#groups.flatMap(({ times }) => times);
    const [from, to] = decades(all);
    const x = (nanoseconds) => {
      const power = Math.min(Math.max(Math.log10(nanoseconds), from), to);
      return left + ((power - from) / (to - from)) * (right - left);
    };
    const drawn = [];

    // If there is no room for all labels, each second decade has one.
    const every = (right - left) / (to - from) < 52 ? 2 : 1;
    for (let power = from; power <= to; power += 1) {
      const place = x(10 ** power);
      drawn.push(line(place, MARGIN.top, place, bottom, "grid"));
      if ((power - from) % every === 0)
        drawn.push(label(place, bottom + 20, decade(power), "tick", "middle"));
    }
    drawn.push(line(left, bottom, right, bottom, "axis"));

    const rows = this.#groups.filter(({ always, times }) => always || times.length > 0);
    const height = (bottom - MARGIN.top) / rows.length;
    rows.forEach((row, index) => {
      const top = MARGIN.top + index * height;
      const middle = (top + LABEL_HEIGHT + top + height) / 2;
      const room = Math.max(height - LABEL_HEIGHT - 10, 6) / 2;
      const median = quantile(ascending(row.times), 0.5);
      const name = node("text", { x: left + 4, y: top + 18, class: `row ${row.id}` });
      name.append(node("tspan", { class: "name" }, row.words));
      if (median === null) {
        drawn.push(name, label((left + right) / 2, middle + 4, "No calls yet", "empty", "middle"));
        return;
      }
      const several = row.times.length > 1;
      const value = several
        ? `median ${duration(median)}, ${count(row.calls)} calls`
        : `${duration(median)}, 1 call`;
      name.append(node("tspan", { class: "value", dx: 8 }, value));
      drawn.push(node("path", { d: dots(row.times, x, middle, room), class: `dots ${row.id}` }));
      if (several)
        drawn.push(line(x(median), middle - room - 4, x(median), middle + room + 4, "median"));
      drawn.push(name);
    });

    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#svg.replaceChildren(...drawn);
    this.#svg.dataset.points = all.length;
    this.#describe(rows);
  }

  /** Updates the table and the label, for visitors who do not see the plot. */
  #describe(rows) {
    const told = [];
    this.#table.replaceChildren(
      ...rows.map(({ words, calls, times }) => {
        const sorted = ascending(times);
        const median = quantile(sorted, 0.5);
        if (median !== null)
          told.push(`${words}: median ${duration(median)} of ${count(calls)} calls`);
        const name = element("th", "", words);
        name.scope = "row";
        const row = element("tr");
        row.append(name, element("td", "", count(calls)));
        for (const time of [median, quantile(sorted, 0.95), sorted.at(-1) ?? null])
          row.append(element("td", "", duration(time)));
        return row;
      }),
    );
    const text = told.length > 0 ? told.join(", ") : "No calls yet";
    this.#svg.setAttribute("aria-label", `Time in the function. ${text}.`);
  }
}

/** Returns the label of a power of ten: `100 ns` for 2. */
function decade(power) {
  const unit = ["ns", "µs", "ms", "s"][Math.min(Math.floor(power / 3), 3)];
  return `${10 ** (power % 3)} ${unit}`;
}

/** Returns the powers of ten that enclose all times. */
function decades(times) {
  let [from, to] = [FROM, TO];
  for (const time of times) {
    from = Math.min(from, Math.floor(Math.log10(Math.max(time, 10))));
    to = Math.max(to, Math.ceil(Math.log10(Math.max(time, 10))));
  }
  return [from, to];
}

/** Places each dot at its time. The more dots are near it, the wider they are spread. */
function dots(times, x, middle, room) {
  const places = times.map(x);
  const near = new Map();
  for (const place of places) near.set(bin(place), (near.get(bin(place)) ?? 0) + 1);
  const most = Math.max(...near.values(), 8);
  return places
    .map((place, index) => {
      const share = Math.sqrt(near.get(bin(place)) / most);
      const side = ((index * GOLDEN) % 1) * 2 - 1;
      return `M${place.toFixed(1)} ${(middle + side * room * share).toFixed(1)}h0`;
    })
    .join("");
}

function bin(place) {
  return Math.round(place / 6);
}
