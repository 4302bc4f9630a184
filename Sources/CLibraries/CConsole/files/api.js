// Requests to the gateway, and the stream of its events.

let session = null;

export const currentSession = () => session;

/** A refusal, in the gateway's words. */
export class Refusal extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `the gateway answered ${status}`);
    this.status = status;
  }
}

async function answered(response) {
  if (response.ok) return response;
  let problem = null;
  try { problem = await response.json(); } catch { /* not a problem of the gateway, such as a proxy's page */ }
  throw new Refusal(response.status, problem);
}

function signedOut() {
  session = null;
  window.dispatchEvent(new Event("signed-out"));
}

async function send(method, path, { body, isBackground, signal } = {}) {
  const headers = {};
  if (method !== "GET" && session) headers["X-CSRF-Token"] = session.csrf_token;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (isBackground) headers["X-Console-Background"] = "1";
  let response;
  try {
    response = await fetch(path, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body), cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The gateway does not answer.");
  }
  if (response.status === 401 && session) signedOut();
  return answered(response);
}

/** The JSON of an answer; null if it has no body. */
export async function json(method, path, options) {
  const response = await send(method, path, options);
  return response.status === 204 ? null : response.json();
}

export const get = (path, options) => json("GET", path, options);
export const post = (path, body, options) => json("POST", path, { body, ...options });
export const text = async (path, options) => (await send("GET", path, options)).text();

/** A path with the parameters that have a value. */
export function withQuery(path, parameters) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined && value !== ""));
  return query.size ? `${path}?${query}` : path;
}

/** Resumes the session of an earlier visit, if there is one. */
export async function resume() {
  try { session = await get("/console/session", { isBackground: true }); } catch (error) {
    if (error.status !== 401) throw error;
    session = null;
  }
  return session;
}

export async function signIn(token) { session = await post("/console/login", { token }); }

export async function signOut() {
  try { await post("/console/logout"); } finally { if (session) signedOut(); }
}

// One stream serves all pages. EventSource would have to be told the name of every type of event, and there are new ones at any time.
const listeners = new Set();
let stream = null;
let position = null;
let isConnected = false;

/** Calls `listener` with each stored event until the signal is aborted. */
export function onEvent(listener, signal) {
  listeners.add(listener);
  signal.addEventListener("abort", () => listeners.delete(listener));
}

export const isStreaming = () => isConnected;

function connected(value) {
  if (isConnected === value) return;
  isConnected = value;
  window.dispatchEvent(new Event("stream-changed"));
}

export function startStream() {
  stopStream();
  stream = new AbortController();
  follow(stream.signal);
}

export function stopStream() {
  stream?.abort();
  stream = null;
  position = null;
  connected(false);
}

async function follow(signal) {
  while (!signal.aborted) {
    try { await read(signal); } catch (error) {
      if (error.status === 400) position = null;
    }
    connected(false);
    if (!signal.aborted) await new Promise((resolve) => setTimeout(resolve, 3000));
  }
}

async function read(signal) {
  const headers = position === null ? {} : { "Last-Event-ID": position };
  const response = await fetch("/events", { headers, signal, cache: "no-store" });
  if (response.status === 401) return signedOut();
  await answered(response);
  connected(true);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", data = null;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r?\n/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("id:")) position = line.slice(3).trim();
      else if (line.startsWith("data:")) data = (data ?? "") + line.slice(5).trim();
      else if (line === "" && data !== null) {
        const event = JSON.parse(data);
        data = null;
        for (const listener of listeners) listener(event);
      }
    }
  }
}
