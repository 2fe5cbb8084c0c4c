// Numbers, times and states as text, and functions that write text, never markup, into the page.

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });

/** The states of a look-up: a description, and the row of the latency plot. */
export const ORIGINS = {
  Hit: { words: "from memory", group: "memory" },
  Stale: { words: "an old answer, from memory", group: "memory" },
  Joined: { words: "waited for another call's result", group: "joined" },
  Shared: { words: "from Redis", group: "shared" },
  Miss: { words: "computed", group: "computed" },
  Bypass: { words: "computed, without the cache", group: "past" },
  Uncached: { words: "computed, without the cache", group: "past" },
};

/** The rows of the latency plot, in order. Some are shown before the first call. */
export const GROUPS = [
  { id: "memory", words: "from memory", always: true },
  { id: "shared", words: "from Redis", always: false },
  { id: "joined", words: "waited for another", always: false },
  { id: "computed", words: "computed", always: true },
  { id: "past", words: "without the cache", always: false },
];

/** Formats a number: `12,345`. */
export function count(number) {
  return whole.format(number);
}

/** Formats a share of one: `93 %`. Only a share of exactly one is `100 %`. */
export function percent(share) {
  if (share === null) return "–";
  const rounded = Math.round(share * 100);
  if (rounded === 100 && share < 1) return "> 99 %";
  if (rounded === 0 && share > 0) return "< 1 %";
  return `${rounded} %`;
}

/** Formats nanoseconds with three digits and a suitable unit: `412 ns`, `1.24 ms`. */
export function duration(nanoseconds) {
  if (nanoseconds === null) return "–";
  let value = nanoseconds;
  for (const unit of ["ns", "µs", "ms"]) {
    // A value that would have four digits gets the next unit.
    if (value < 999.5) return `${digits(value, unit)} ${unit}`;
    value /= 1000;
  }
  return `${digits(value, "s")} s`;
}

function digits(value, unit) {
  if (unit === "ns" || value >= 99.95) return whole.format(value);
  return value.toFixed(value >= 9.995 ? 1 : 2);
}

/** Returns the quantile of sorted numbers, or null if there are none. */
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

/** Creates an element with a class and a text. */
export function element(name, className = "", text = "") {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}

/** Sets a text if it differs, so that an unchanged text is not announced or drawn again. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
