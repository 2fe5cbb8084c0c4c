// The table of all caches, and the buttons that clear them.

import { Unreachable, ask, problem } from "./calls.js";
import { count, duration, element, find, percent, write } from "./words.js";

/** The columns after the name: a field, its heading, and the text of its cell. */
const COLUMNS = [
  ["hits", "Hits", ({ hits }) => count(hits)],
  ["misses", "Misses", ({ misses }) => count(misses)],
  ["hit_rate", "Hit rate", ({ hit_rate: rate }) => percent(rate)],
  [
    "entries",
    "Entries",
    ({ currsize, maxsize }) =>
      maxsize === null ? `${count(currsize)}, no bound` : `${count(currsize)} / ${count(maxsize)}`,
  ],
  ["evictions", "Evicted", ({ evictions }) => count(evictions)],
  ["expirations", "Expired", ({ expirations }) => count(expirations)],
  ["joined", "Joined", ({ joined }) => count(joined)],
  ["stale", "Stale", ({ stale }) => count(stale)],
  [
    "compute",
    "Mean compute",
    ({ mean_compute_seconds: mean }) => duration(mean === null ? null : mean * 1e9),
  ],
  ["redis", "Redis", ({ redis }) => redisInWords(redis)],
];

export class Caches {
  #rows = new Map();
  #changed;

  /** `changed` is called after a cache was cleared. */
  constructor(changed) {
    this.#changed = changed;
    find("clear-all").addEventListener("click", () =>
      this.#clear("/cache-info", "All were cleared."),
    );
  }

  /** Shows the answer of `/cache-info`. Rows are reused, so that buttons keep the focus. */
  show(caches) {
    for (const cache of caches) {
      const row = this.#rows.get(cache.name) ?? this.#add(cache);
      for (const [field, , text] of COLUMNS) write(row.cells.get(field), text(cache));
      row.meter.hidden = cache.maxsize === null;
      row.filled.style.width = cache.maxsize ? `${(100 * cache.currsize) / cache.maxsize}%` : "0";
    }
    const there = new Set(caches.map(({ name }) => name));
    for (const [name, row] of this.#rows) {
      if (there.has(name)) continue;
      row.element.remove();
      this.#rows.delete(name);
    }
  }

  #add({ name, function: title }) {
    const made = role(element("tr"), "row");
    made.dataset.function = title;
    const heading = role(element("th"), "rowheader");
    heading.scope = "row";
    heading.append(
      element("span", "code", title),
      element("span", "path soft", name.slice(0, name.length - title.length)),
    );
    made.append(heading);

    const cells = new Map();
    const [meter, filled] = [element("span", "meter"), element("span")];
    meter.append(filled);
    for (const [field, column] of COLUMNS) {
      const cell = role(element("td"), "cell");
      cell.dataset.label = column;
      const text = element("span");
      text.dataset.field = field;
      cell.append(text);
      if (field === "entries") cell.append(meter);
      cells.set(field, text);
      made.append(cell);
    }

    const last = role(element("td", "act"), "cell");
    const button = element("button", "", "Clear");
    button.type = "button";
    button.dataset.clear = title;
    button.setAttribute("aria-label", `Clear ${title}`);
    button.addEventListener("click", () =>
      this.#clear(`/cache-info/${encodeURIComponent(title)}`, `${title} was cleared.`),
    );
    last.append(button);
    made.append(last);

    find("caches-rows").append(made);
    const row = { element: made, cells, meter, filled };
    this.#rows.set(name, row);
    return row;
  }

  async #clear(path, done) {
    let text = done;
    try {
      const answer = await ask("DELETE", path);
      if (!answer.ok) text = problem(answer);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      text = error.message;
    }
    write(find("caches-note"), text);
    await this.#changed();
  }
}

function redisInWords(redis) {
  if (redis === null) return "not used";
  const parts = [redis.connected ? "connected" : "away"];
  if (redis.shared_hits > 0) parts.push(`${count(redis.shared_hits)} shared`);
  const errors = redis.errors + redis.timeouts + redis.undecodable;
  if (errors > 0) parts.push(`${count(errors)} ${errors === 1 ? "error" : "errors"}`);
  return parts.join(", ");
}

function role(node, name) {
  node.setAttribute("role", name);
  return node;
}
