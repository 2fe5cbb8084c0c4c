// The burst of requests. Some keys are requested much more often than others, as in practice.

import { Unreachable, address, ask } from "./calls.js";
import { ORIGINS, ascending, count, duration, find, percent, quantile, write } from "./words.js";

const REQUESTS = 400;
const AT_A_TIME = 16;

/** After this many requests in a row without an answer, the burst stops. */
const FAILURES = 16;

const AIRPORTS =
  "ATL ORD DFW DEN LAX PHX IAH LAS DTW SFO SLC EWR MCO MSP CLT LGA JFK BOS SEA HNL".split(" ");

/** Each airport, and a route from it to another. */
const QUERIES = AIRPORTS.flatMap((code, index) => [
  code,
  `${code}-${AIRPORTS[(index * 7 + 3) % AIRPORTS.length]}`,
]);

/** Zipf's law: the second is requested half as often as the first, the third a third as often. */
const SHARES = QUERIES.map((_, index) => 1 / (index + 1));
const ALL_SHARES = SHARES.reduce((sum, share) => sum + share, 0);

export class Load {
  #button = find("burst");
  #words = find("burst").textContent;
  #stopped = false;
  #looked;

  /** `looked` gets the look-up of each answer. */
  constructor(looked) {
    this.#looked = looked;
    this.#button.addEventListener("click", () => {
      if (this.#button.dataset.state === "running") this.#stopped = true;
      else this.#run();
    });
  }

  async #run() {
    // The same button starts and stops, so that it keeps the focus.
    this.#button.dataset.state = "running";
    write(this.#button, "Stop");
    write(find("burst-note"), "Sending.");
    this.#stopped = false;
    const burst = { sent: 0, answered: 0, failed: 0, inARow: 0, reached: true, lookups: [] };
    const begun = performance.now();
    this.#progress(burst);
    await Promise.all(Array.from({ length: AT_A_TIME }, () => this.#send(burst)));
    this.#report(burst, (performance.now() - begun) / 1000);
    write(this.#button, this.#words);
    this.#button.dataset.state = this.#stopped ? "stopped" : "done";
  }

  /** Sends requests one after another. */
  async #send(burst) {
    while (!this.#stopped && burst.inARow < FAILURES && burst.sent < REQUESTS) {
      burst.sent += 1;
      try {
        const answer = await ask("GET", address(anyQuery(), false));
        if (answer.ok && answer.lookup) {
          burst.lookups.push(answer.lookup);
          this.#looked(answer.lookup);
        }
        if (!answer.ok) burst.failed += 1;
        burst.inARow = 0;
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        burst.failed += 1;
        burst.inARow += 1;
      }
      burst.answered += 1;
      this.#progress(burst);
    }
  }

  #progress({ answered }) {
    find("burst-progress").value = answered;
  }

  #report({ answered, failed, inARow, lookups }, seconds) {
    const times = (group) =>
      ascending(
        lookups
          .filter(({ state }) => ORIGINS[state]?.group === group)
          .map(({ nanoseconds }) => nanoseconds),
      );
    const [hits, misses] = [times("memory"), times("computed")];
    const found = lookups.filter(
      ({ state }) => !["computed", "past"].includes(ORIGINS[state]?.group),
    ).length;
    write(find("burst-rate"), count(answered / seconds));
    write(find("burst-hit-rate"), percent(lookups.length > 0 ? found / lookups.length : null));
    write(find("burst-hit"), duration(quantile(hits, 0.5)));
    write(find("burst-miss"), duration(quantile(misses, 0.5)));

    const parts = [`${count(answered)} requests in ${seconds.toFixed(2)} s`];
    if (this.#stopped) parts.unshift("Stopped");
    if (failed > 0) parts.push(`${count(failed)} failed`);
    if (inARow >= FAILURES) parts.push("the service does not answer");
    write(find("burst-note"), `${parts.join(", ")}.`);
  }
}

function anyQuery() {
  let left = Math.random() * ALL_SHARES;
  const index = SHARES.findIndex((share) => (left -= share) < 0);
  return QUERIES.at(index);
}
