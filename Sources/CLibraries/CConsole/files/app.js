// Signing in and out, and the pages by the part of the address after “#”.
import { currentSession, get, isStreaming, resume, signIn, signOut, startStream, stopStream } from "./api.js";
import { button, field, h } from "./dom.js";
import { conversations } from "./conversations.js";
import { deliveries } from "./deliveries.js";
import { health } from "./health.js";
import { letters } from "./letters.js";
import { live } from "./live.js";

const PAGES = [
  ["live", "Live", live], ["conversations", "Conversations", conversations], ["deliveries", "Deliveries", deliveries],
  ["dead-letters", "Dead letters", letters], ["health", "Health", health],
];

const main = document.getElementById("main");
const nav = document.getElementById("nav");
const who = document.getElementById("who");
let leaving = new AbortController();
let shown = null;

/** The address after “#”: its parts, and its parameters. */
function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { parts: path.split("/").map(decodeURIComponent), query: new URLSearchParams(query) };
}

function mark(link) {
  link.setAttribute("aria-current", "page");
  nav.scrollLeft = link.offsetLeft - (nav.clientWidth - link.offsetWidth) / 2;
}

async function show() {
  if (!currentSession()) return;
  if (location.hash && !location.hash.startsWith("#/")) return;
  const { parts, query } = route();
  const [id, title, page] = PAGES.find(([name]) => name === parts[0]) ?? PAGES[0];
  leaving.abort();
  leaving = new AbortController();
  const signal = leaving.signal;
  for (const link of nav.querySelectorAll("a")) {
    if (link.dataset.page === id) mark(link); else link.removeAttribute("aria-current");
  }
  document.title = `${title} · Switchboard`;
  const isFirst = shown === null;
  shown = id;
  const focused = document.activeElement?.id;
  delete main.dataset.page;
  try {
    await page(main, { parts: parts.slice(1), query, signal, isFirst });
  } catch (error) {
    if (signal.aborted || error.name === "AbortError" || !currentSession()) return;
    main.replaceChildren(h("h1", { class: "head" }, title), h("p", { class: "note bad", role: "alert" }, error.message));
  }
  // For whoever waits until the page is complete.
  if (!signal.aborted) main.dataset.page = parts.join("/");
  // What had the focus may have been drawn anew or be gone.
  if (isFirst || signal.aborted || document.activeElement !== document.body) return;
  (document.getElementById(focused) ?? main).focus({ preventScroll: true });
}

function drawFrame() {
  nav.hidden = who.hidden = false;
  nav.replaceChildren(h("ul", {}, PAGES.map(([id, title]) =>
    h("li", {}, h("a", { href: `#/${id}`, "data-page": id }, title, id === "dead-letters" ? h("span", { class: "chip bad", id: "letter-count", hidden: true }) : null)))));
  const state = h("span", { class: "key", id: "stream-state" });
  who.replaceChildren(state, h("span", {}, h("span", { class: "role" }, "Operator "), h("span", { class: "name" }, currentSession().operator)), button("Sign out", signOut));
  drawState();
}

function drawState() {
  const state = document.getElementById("stream-state");
  state?.replaceChildren(h("span", { class: `dot ${isStreaming() ? "good" : "warn"}` }), h("span", { class: "role" }, isStreaming() ? "Connected" : "Connecting…"));
}

/** The number of open dead letters beside the page's name. */
async function countLetters() {
  try {
    const { dead_letters_open: open } = await get("/admin/overview", { isBackground: true });
    const badge = document.getElementById("letter-count");
    if (!badge) return;
    badge.hidden = !open;
    badge.replaceChildren(String(open), h("span", { class: "hidden-text" }, " open"));
  } catch { /* the pages themselves say what is wrong */ }
}

async function begin() {
  drawFrame();
  startStream();
  countLetters();
  if (!location.hash.startsWith("#/")) history.replaceState(null, "", "#/live");
  await show();
}

function drawLogin(reason) {
  leaving.abort();
  stopStream();
  shown = null;
  nav.hidden = who.hidden = true;
  document.title = "Sign in · Switchboard";
  const token = h("input", { type: "password", autocomplete: "current-password", required: true, id: "token", "aria-describedby": "login-note" });
  const note = h("p", { class: reason ? "note" : "quiet", id: "login-note", role: "status" }, reason ?? "The settings name the operators and their tokens, under operators.");
  const submit = h("button", { class: "main" }, "Sign in");
  const form = h("form", { class: "card login" }, h("h1", {}, "Sign in"), field("Operator token", token), note, submit);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await signIn(token.value.trim());
      await begin();
      main.focus({ preventScroll: true });
    } catch (error) {
      if (!token.isConnected) throw error;
      note.className = "note bad";
      note.textContent = error.status === 401 ? "This is not the token of an operator." : error.message;
      token.select();
    } finally { submit.disabled = false; }
  });
  main.replaceChildren(form);
  token.focus();
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
window.addEventListener("hashchange", show);
window.addEventListener("stream-changed", drawState);
window.addEventListener("letters-changed", countLetters);
window.addEventListener("signed-out", () => drawLogin("You are signed out. Sign in again to go on."));
setInterval(() => { if (currentSession() && !document.hidden) countLetters(); }, 20_000);

try { if (await resume()) await begin(); else drawLogin(); } catch (error) {
  main.replaceChildren(h("p", { class: "note bad", role: "alert" }, error.message));
}
