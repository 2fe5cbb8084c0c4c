// The service over HTTP: what it is asked, and what its answers say besides their bodies.

/** No answer, or none that the service would give. */
export class Unreachable extends Error {}

/** Nothing takes longer than the service's own limit, which is shorter. */
const PATIENCE_MS = 15_000;

/**
 * One request. `lookup` is where the answer came from and how long the function took, if the answer
 * tells; `milliseconds` is the whole request, with its body.
 */
export async function ask(method, path, body = undefined) {
  // A browser's own memory would answer in place of the service's.
  const options = { method, cache: "no-store", signal: AbortSignal.timeout(PATIENCE_MS) };
  if (body !== undefined) {
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const begun = performance.now();
  let response;
  let text;
  try {
    response = await fetch(path, options);
    text = await response.text();
  } catch {
    throw new Unreachable("The service does not answer. Is it still running?");
  }
  const milliseconds = performance.now() - begun;
  return {
    ok: response.ok,
    status: response.status,
    headers: response.headers,
    lookup: lookup(response.headers.get("Server-Timing")),
    milliseconds,
    body: parsed(text),
  };
}

/** What is wrong, in the words of the service if it has any. */
export function problem(answer) {
  const told = answer.body?.error;
  return typeof told === "string" ? told : `The service answered with status ${answer.status}.`;
}

/** `lookup;dur=0.000412;desc="Hit"`, milliseconds and a state. */
function lookup(header) {
  const entry = /(?:^|,)\s*lookup\s*;([^,]*)/.exec(header ?? "")?.[1];
  const milliseconds = Number.parseFloat(/dur=([\d.eE+-]+)/.exec(entry ?? "")?.[1]);
  const state = /desc="?(\w+)"?/.exec(entry ?? "")?.[1];
  if (state === undefined || Number.isNaN(milliseconds)) return null;
  return { state, nanoseconds: milliseconds * 1e6 };
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Where the answer to what was typed is. Null if there cannot be one. */
export function address(query, pastCache) {
  // These two would be steps in the path, however they are encoded.
  if (query === "" || query === "." || query === "..") return null;
  const table = query.includes("-") ? "cached-data" : "cached";
  try {
    return `${pastCache ? "/uncached" : ""}/${table}/${encodeURIComponent(query)}`;
  } catch {
    return null; // half of a surrogate pair
  }
}
