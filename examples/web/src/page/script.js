// The entry point of the page: creates its parts, and requests the counters each second.

import { Unreachable, ask, problem } from "./calls.js";
import { Caches } from "./caches.js";
import { HitRatePlot } from "./hitrate.js";
import { LatencyPlot } from "./latency.js";
import { Load } from "./load.js";
import { LookUp } from "./lookup.js";
import { find, write } from "./words.js";

const PERIOD_MS = 1_000;

const hitRate = new HitRatePlot(find("hit-rate"), find("hit-rate-table"));
const latency = new LatencyPlot(find("latency"), find("latency-table"));
const looked = (lookup) => latency.add(lookup);
const caches = new Caches(counters);
new LookUp(looked, (sentence) => write(find("announcement"), sentence));
new Load(looked);

/** Requests the counters and shows them. */
async function counters() {
  try {
    const answer = await ask("GET", "/cache-info");
    if (!answer.ok) return link("away", `No counters: ${problem(answer)}`);
    hitRate.add(answer.body.caches);
    caches.show(answer.body.caches);
    link("live", "Counters each second");
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    link("away", "Not reachable; trying again each second");
  }
}

function link(state, text) {
  find("link").dataset.state = state;
  write(find("link"), text);
}

let next = 0;
let turns = 0;

/** Requests the counters each second, but not while the page is hidden. */
async function poll() {
  clearTimeout(next);
  turns += 1;
  const turn = turns;
  if (document.hidden) return;
  await counters().catch((error) => console.error(error));
  // If the page was hidden and shown again meanwhile, a later call of this function continues.
  if (turn === turns) next = setTimeout(poll, PERIOD_MS);
}

document.addEventListener("visibilitychange", poll);
poll();
