// Numbers, times and states in words, and how they get onto the page: as text, never as markup.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** What each state of a look-up means. `group` is the row of the latency plot it belongs to. */
export const ORIGINS = {
  Hit: { words: "from memory", group: "memory" },
  Stale: { words: "an old answer, from memory", group: "memory" },
  Joined: { words: "waited for another who computed it", group: "joined" },
  Shared: { words: "from Redis", group: "shared" },
  Miss: { words: "computed", group: "computed" },
  Bypass: { words: "computed, past the cache", group: "past" },
  Uncached: { words: "computed, past the cache", group: "past" },
};

/** The rows of the latency plot, in order. Some are there before any call is. */
export const GROUPS = [
  { id: "memory", words: "from memory", always: true },
  { id: "shared", words: "from Redis", always: false },
  { id: "joined", words: "waited for another", always: false },
  { id: "computed", words: "computed", always: true },
  { id: "past", words: "past the cache", always: false },
];

/** `12,345` */
export function count(number) {
  return whole.format(number);
}

/** A share of one: `93 %`. Close to all is not all: only a share of one is `100 %`. */
export function percent(share) {
  if (share === null) return "–";
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return "> 99 %";
  if (rounded === 0 && share > 0) return "< 1 %";
  return `${rounded} %`;
}

/** Nanoseconds with three digits and the unit that suits them: `412 ns`, `1.24 ms`. */
export function duration(nanoseconds) {
  if (nanoseconds === null) return "–";
  let value = nanoseconds;
  for (const unit of ["ns", "µs", "ms"]) {
    // What would be written with four digits belongs to the next unit.
    if (value < 999.5) return `${digits(value, unit)} ${unit}`;
    value /= 1000;
  }
  return `${digits(value, "s")} s`;
}

function digits(value, unit) {
  if (unit === "ns" || value >= 99.95) return whole.format(value);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/** The middle one of sorted numbers, or what has `share` of them below it. */
export function quantile(sorted, share) {
  if (sorted.length === 0) return null;
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below] + (sorted[above] - sorted[below]) * (place - below);
}

export function ascending(numbers) {
  return [...numbers].sort((a, b) => a - b);
}

export const find = (id) => document.getElementById(id);

/** An element with a class and a text, which is never read as markup. */
export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Writes a text where it is another: what did not change is not announced, selected or drawn again. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
