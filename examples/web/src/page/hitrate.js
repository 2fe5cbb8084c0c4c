// The plot of the hit rates of all caches in the last two minutes.

import { element, percent } from "./words.js";
import { drawnAtItsWidth, label, line, node } from "./svg.js";

const PAST_MS = 120_000;

/** The window of a rate. Rates of single seconds would jump. */
const WINDOW_MS = 10_000;

/** After a longer pause, counters do not say when in it the calls were made: the line has a gap. */
const GAP_MS = 5_000;

const HEIGHT = 250;
const MARGIN = { top: 14, right: 92, bottom: 30, left: 44 };
const LABEL_HEIGHT = 38;

export class HitRatePlot {
  #svg;
  #table;
  #caches = new Map();
  #now = performance.now();

  constructor(svg, table) {
    this.#svg = svg;
    this.#table = table;
    drawnAtItsWidth(svg, () => this.#draw());
  }

  /** Adds the current counters. */
  add(caches) {
    this.#now = performance.now();
    for (const { name, function: title, hits, misses } of caches) {
      let cache = this.#caches.get(name);
      if (!cache) {
        cache = { title, last: null, steps: [] };
        this.#caches.set(name, cache);
      }
      const { last } = cache;
      cache.last = { time: this.#now, hits, misses };
      if (last && this.#now - last.time < GAP_MS) {
        // A clear sets the counters to zero.
        const cleared = hits < last.hits || misses < last.misses;
        const since = cleared ? { hits: 0, misses: 0 } : last;
        cache.steps.push({
          time: this.#now,
          hits: hits - since.hits,
          misses: misses - since.misses,
        });
      }
      while (cache.steps.length > 0 && cache.steps[0].time < this.#now - PAST_MS - WINDOW_MS)
        cache.steps.shift();
    }
    this.#draw();
  }

  #draw() {
    const width = this.#svg.clientWidth || 320;
    const right = width - MARGIN.right;
    const bottom = HEIGHT - MARGIN.bottom;
    const x = (time) => right - ((this.#now - time) / PAST_MS) * (right - MARGIN.left);
    const y = (rate) => bottom - rate * (bottom - MARGIN.top);
    const drawn = [];

    for (const rate of [0, 0.25, 0.5, 0.75, 1]) {
      drawn.push(line(MARGIN.left, y(rate), right, y(rate), rate === 0 ? "axis" : "grid"));
      if (rate % 0.5 === 0)
        drawn.push(label(MARGIN.left - 8, y(rate) + 4, percent(rate), "tick", "end"));
    }
    const times =
      right - MARGIN.left > 240 ? ["2 min ago", "1 min ago", "now"] : ["−2 min", "−1 min", "now"];
    for (const [index, text] of times.entries()) {
      const seconds = 120 - index * 60;
      const place = x(this.#now - seconds * 1000);
      drawn.push(line(place, bottom, place, bottom + 5, "axis"));
      drawn.push(label(place, bottom + 20, text, "tick", seconds === 120 ? "start" : "middle"));
    }

    const ends = [];
    let points = 0;
    let index = 0;
    for (const cache of this.#caches.values()) {
      const rates = ratesOf(cache.steps).filter(({ time }) => time >= this.#now - PAST_MS);
      const series = `series series-${index % 4}`;
      index += 1;
      const known = rates.filter(({ rate }) => rate !== null);
      points += known.length;
      if (known.length === 0) continue;
      drawn.push(node("path", { d: path(rates, x, y), class: series }));
      const last = known.at(-1);
      drawn.push(
        node("circle", { cx: x(last.time), cy: y(last.rate), r: 3.5, class: `${series} end` }),
      );
      ends.push({ title: cache.title, rate: last.rate, y: y(last.rate), series });
    }
    for (const { title, rate, y: height, series } of apart(ends, MARGIN.top, bottom)) {
      const text = node("text", { x: right + 12, y: height, class: `${series} name` });
      text.append(node("tspan", {}, shortened(title)));
      text.append(node("tspan", { x: right + 12, dy: 15, class: "value" }, percent(rate)));
      drawn.push(text);
    }
    if (points === 0) {
      drawn.push(
        label(
          (MARGIN.left + right) / 2,
          (MARGIN.top + bottom) / 2,
          "No calls yet",
          "empty",
          "middle",
        ),
      );
    }

    this.#svg.setAttribute("viewBox", `0 0 ${width} ${HEIGHT}`);
    this.#svg.replaceChildren(...drawn);
    this.#svg.dataset.points = points;
    this.#describe();
  }

  /** Updates the table and the label, for visitors who do not see the plot. */
  #describe() {
    const told = [];
    this.#table.replaceChildren(
      ...[...this.#caches.values()].map(({ title, steps }) => {
        const row = element("tr");
        const recent = total(steps, this.#now - WINDOW_MS);
        const all = total(steps, this.#now - PAST_MS);
        const name = element("th", "", title);
        name.scope = "row";
        row.append(name, element("td", "", percent(recent)), element("td", "", percent(all)));
        if (all !== null) told.push(`${title} ${percent(all)} over the past 2 minutes`);
        return row;
      }),
    );
    const text = told.length > 0 ? told.join(", ") : "No calls yet";
    const whole = `Hit rate of each cache. ${text}.`;
    if (this.#svg.getAttribute("aria-label") !== whole) this.#svg.setAttribute("aria-label", whole);
  }
}

/** Returns the rate of the window that ends at each step, or null if it has no calls. */
function ratesOf(steps) {
  let first = 0;
  let [hits, misses] = [0, 0];
  return steps.map((step) => {
    hits += step.hits;
    misses += step.misses;
    while (steps[first].time <= step.time - WINDOW_MS) {
      hits -= steps[first].hits;
      misses -= steps[first].misses;
      first += 1;
    }
    return { time: step.time, rate: hits + misses > 0 ? hits / (hits + misses) : null };
  });
}

function total(steps, from) {
  let [hits, calls] = [0, 0];
  for (const step of steps) {
    if (step.time <= from) continue;
    hits += step.hits;
    calls += step.hits + step.misses;
  }
  return calls > 0 ? hits / calls : null;
}

/** Returns the path of a line with gaps where the rate is unknown. */
function path(rates, x, y) {
  let drawn = "";
  let before = null;
  for (const { time, rate } of rates) {
    const goesOn = before !== null && time - before < GAP_MS;
    if (rate !== null) drawn += `${goesOn ? "L" : "M"}${x(time).toFixed(1)} ${y(rate).toFixed(1)}`;
    // A single step is drawn as a dot: the round ends of a line without length.
    if (rate !== null && !goesOn) drawn += "h0";
    before = rate === null ? null : time;
  }
  return drawn;
}

/** Moves labels apart so that none overlap, in their order, between top and bottom. */
function apart(ends, top, bottom) {
  const placed = ends.sort((a, b) => a.y - b.y);
  let lowest = top + 4;
  for (const end of placed) {
    end.y = Math.max(end.y, lowest);
    lowest = end.y + LABEL_HEIGHT;
  }
  let highest = bottom - 12;
  for (const end of placed.toReversed()) {
    end.y = Math.min(end.y, highest);
    highest = end.y - LABEL_HEIGHT;
  }
  return placed;
}

function shortened(title) {
  return title.length > 12 ? `${title.slice(0, 11)}…` : title;
}
