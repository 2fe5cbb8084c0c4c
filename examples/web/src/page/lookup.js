// The form that looks up a route or an airport, and the answer beside it.

import { Unreachable, address, ask, problem } from "./calls.js";
import { ORIGINS, count, duration, element, find, write } from "./words.js";

const NO_QUERY = "Type a route such as SFO-JFK, or an airport such as SFO.";

/** The headers that say how the answer was cached. */
const HEADERS = ["Cache-Status", "Age", "Cache-Control", "ETag", "Server-Timing"];

/** How far an invalidation has reached, by the service's word for it. */
const INVALIDATED = {
  confirmed: "here and in Redis, which reports it to other processes (confirmed)",
  queued: "here immediately, elsewhere when Redis is back (queued)",
  local: "from this process, which uses no Redis (local)",
};

export class LookUp {
  #query = find("query");
  #error = find("query-error");
  #withoutCache = find("without-cache");
  #answer = find("answer");
  #airport = null;
  #asked = 0;
  #looked;
  #announce;

  /** `looked` gets the look-up of each answer; `announce` has a sentence read aloud. */
  constructor(looked, announce) {
    this.#looked = looked;
    this.#announce = announce;
    find("look-up").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#lookUp();
    });
    find("rename").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#rename();
    });
    find("invalidate-button").addEventListener("click", () => this.#invalidate());
    // The examples, and each code in an answer.
    document.addEventListener("click", ({ target }) => {
      const example = target.closest("button[data-example]");
      if (!example) return;
      this.#query.value = example.dataset.example;
      this.#lookUp();
    });
  }

  async #lookUp() {
    const query = this.#query.value.trim().toUpperCase();
    this.#query.value = query;
    const asked = this.#begin();
    const path = address(query, this.#withoutCache.checked);
    if (path === null) return this.#fail(asked, NO_QUERY);
    try {
      const answer = await ask("GET", path);
      if (answer.lookup) this.#looked(answer.lookup);
      if (asked !== this.#asked) return;
      if (!answer.ok) return this.#fail(asked, problem(answer));
      this.#show(query, answer);
    } catch (error) {
      this.#fail(asked, reason(error));
    }
  }

  /** Starts a look-up. Answers of earlier ones are ignored from now on. */
  #begin() {
    this.#asked += 1;
    this.#answer.setAttribute("aria-busy", "true");
    return this.#asked;
  }

  #fail(asked, text) {
    if (asked !== this.#asked) return;
    this.#answer.setAttribute("aria-busy", "false");
    write(this.#error, text);
    this.#query.setAttribute("aria-invalid", "true");
    this.#query.focus();
  }

  #show(query, { body, headers, lookup, milliseconds }) {
    write(this.#error, "");
    this.#query.removeAttribute("aria-invalid");
    this.#answer.querySelector(".nothing").hidden = true;
    this.#answer.querySelector(".answered").hidden = false;

    const kind = body.item ? "airport" : "route";
    if (kind === "airport") this.#showAirport(body.item);
    else this.#showRoute(body.result);
    find("airport").hidden = kind !== "airport";
    find("route").hidden = kind !== "route";

    const state = lookup?.state ?? "";
    const origin = ORIGINS[state] ?? { words: "from the service", group: "past" };
    find("answer-badge").className = `badge ${origin.group}`;
    write(find("answer-origin"), origin.words);
    write(find("function-time"), duration(lookup?.nanoseconds ?? null));
    write(find("request-time"), duration(milliseconds * 1e6));
    find("headers").replaceChildren(
      ...HEADERS.filter((name) => headers.has(name)).map((name) => {
        const row = element("div");
        row.append(element("dt", "", name), element("dd", "", headers.get(name)));
        return row;
      }),
    );

    this.#answer.setAttribute("aria-busy", "false");
    Object.assign(this.#answer.dataset, { kind, query, state, answer: this.#asked });
    // On a phone the answer is below the form.
    if (this.#answer.getBoundingClientRect().top > innerHeight * 0.6) this.#answer.scrollIntoView();
    const [title, time] = [find("answer-title"), find("function-time")];
    this.#announce(`${title.textContent}: ${origin.words} in ${time.textContent}.`);
  }

  #showRoute({ origin, destination, airports, kilometres }) {
    this.#airport = null;
    write(find("answer-title"), `${origin} to ${destination}`);
    const stops = airports.length - 2;
    const way =
      airports.length < 2
        ? "No flight needed"
        : stops === 0
          ? "A direct flight"
          : stops === 1
            ? "One stop"
            : `${stops} stops`;
    write(find("answer-subtitle"), way);
    find("chain").replaceChildren(
      ...airports.map((code) => {
        const stop = element("li");
        stop.append(lookingUp(code, code, `Look up ${code}`));
        return stop;
      }),
    );
    find("distance").replaceChildren(
      element("strong", "", count(kilometres)),
      " km, the shortest way over the routes flown",
    );
  }

  #showAirport(item) {
    // These messages are about the previous airport.
    if (this.#airport !== item.code) {
      write(find("change-result"), "");
      write(find("rename-error"), "");
    }
    this.#airport = item.code;
    write(find("answer-title"), item.name);
    write(find("answer-subtitle"), [item.code, item.city, item.state].filter(Boolean).join(", "));
    if (document.activeElement !== find("airport-name")) find("airport-name").value = item.name;
    const most = Math.max(...item.routes.map(({ flights }) => flights), 1);
    const rows = item.routes.map(({ destination, flights }) => {
      const row = element("li");
      const bar = element("span", "bar");
      const filled = element("span");
      filled.style.width = `${(100 * flights) / most}%`;
      bar.append(filled);
      const button = lookingUp(
        destination,
        `${item.code}-${destination}`,
        `${destination}, ${count(flights)} flights: look up ${item.code}-${destination}`,
      );
      const flown = element("span", "number", count(flights));
      flown.setAttribute("aria-hidden", "true"); // the button says it
      row.append(button, bar, flown);
      return row;
    });
    find("routes").replaceChildren(
      ...(rows.length > 0 ? rows : [element("li", "soft", "None: nobody flew from here.")]),
    );
  }

  async #rename() {
    const name = find("airport-name").value.trim();
    await this.#change("PUT", { name }, ({ item, invalidated }) => {
      write(find("answer-title"), item.name);
      find("airport-name").value = item.name;
      return `Renamed, and the old entry is gone: ${INVALIDATED[invalidated] ?? invalidated}.`;
    });
  }

  async #invalidate() {
    await this.#change("DELETE", undefined, ({ invalidated }) => {
      const where = INVALIDATED[invalidated] ?? invalidated;
      return `The entry is gone: ${where}. The next look-up queries the database.`;
    });
  }

  /** Changes the airport that is shown, and shows the result. */
  async #change(method, body, textOf) {
    const code = this.#airport;
    const field = find("airport-name");
    let result = "";
    let error = "";
    try {
      const answer = await ask(method, address(code, false), body);
      if (code !== this.#airport) return;
      if (answer.ok) result = textOf(answer.body);
      else error = problem(answer);
    } catch (caught) {
      error = reason(caught);
    }
    if (code !== this.#airport) return;
    write(find("change-result"), result);
    write(find("rename-error"), error);
    if (error) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }
}

/** Returns a button that looks up `query`. */
function lookingUp(code, query, name) {
  const button = element("button", "code", code);
  button.type = "button";
  button.dataset.example = query;
  button.setAttribute("aria-label", name);
  return button;
}

function reason(error) {
  if (error instanceof Unreachable) return error.message;
  // A bug of the page: developers see it in the console.
  console.error(error);
  return "The answer could not be read.";
}
