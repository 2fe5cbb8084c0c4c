// Requests to the service, and the parts of its answers.

/** The service did not answer. */
export class Unreachable extends Error {}

/** Longer than the service's own limit for an answer. */
const PATIENCE_MS = 15_000;

/**
 * Sends a request. `lookup` is the status and the time of the cached function, or null if the
 * answer has none; `milliseconds` is the time of the whole request.
 */
export async function ask(method, path, body = undefined) {
  // Without this, the browser's own cache would answer.
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

/** Returns the error message of the service, or a text with the status. */
export function problem(answer) {
  const told = answer.body?.error;
  return typeof told === "string" ? told : `The service answered with status ${answer.status}.`;
}

/** Parses a header such as `lookup;dur=0.000412;desc="Hit"`: milliseconds and a state. */
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

/** Returns the path for the text of the field, or null if there is none. */
export function address(query, withoutCache) {
  // Browsers resolve `.` and `..` in a path, even if they are encoded.
  if (query === "" || query === "." || query === "..") return null;
  const table = query.includes("-") ? "cached-data" : "cached";
  try {
    return `${withoutCache ? "/uncached" : ""}/${table}/${encodeURIComponent(query)}`;
  } catch {
    return null; // half of a surrogate pair
  }
}
