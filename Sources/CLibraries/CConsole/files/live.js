// Live: events as they are committed, and the last hour as charts.
import { get, onEvent } from "./api.js";
import { chart } from "./chart.js";
import { button, card, field, h, said, select } from "./dom.js";
import { channel, channelName, count, masked, milliseconds, time, words } from "./format.js";
import { summary } from "./timeline.js";

const KEPT = 300;
const KINDS = ["message", "status", "activity", "identity", "notice", "unsupported"];

/** What was seen since sign-in, so that it is still there after a look at another page. */
const seen = [];
const filter = { kind: "", channel: "", account: "", text: "" };
onEvent((event) => {
  seen.unshift(event);
  seen.length = Math.min(seen.length, KEPT);
}, new AbortController().signal);
window.addEventListener("signed-out", () => { seen.length = 0; });

export async function live(main, { signal }) {
  let isPaused = false;
  let held = [];
  const list = h("ul", { class: "events", "aria-label": "Events, newest first" });
  const empty = h("p", { class: "empty" });
  const state = h("span", { class: "quiet", role: "status" });
  const charts = h("div", { class: "grid" });

  const draw = () => {
    const fitting = (isPaused ? held : seen).filter(fits);
    list.replaceChildren(...fitting.map((event) => row(event)));
    settle();
  };
  const settle = () => {
    empty.hidden = list.childElementCount > 0;
    empty.textContent = seen.length ? "No event fits the filters." : "Events appear here as soon as they are stored.";
    const missed = isPaused ? seen.filter((event) => !held.includes(event)).length : 0;
    state.textContent = isPaused ? `Paused, ${count(missed)} more` : "";
  };
  const pause = button("Pause", () => {
    isPaused = !isPaused;
    held = [...seen];
    pause.textContent = isPaused ? "Go on" : "Pause";
    draw();
  });
  onEvent((event) => {
    if (isPaused || !fits(event)) return settle();
    const item = row(event);
    item.classList.add("arrives");
    list.prepend(item);
    while (list.childElementCount > KEPT) list.lastChild.remove();
    settle();
  }, signal);

  main.replaceChildren(h("div", { class: "stack" },
    h("div", { class: "head" }, h("h1", {}, "Live"), h("span", { class: "push buttons" }, state, pause)),
    charts, card("Events", null, h("div", { class: "body" }, await filters(draw, signal)), list, empty)));
  draw();
  await drawCharts(charts, signal);
  const timer = setInterval(() => { if (!document.hidden) drawCharts(charts, signal).catch(() => {}); }, 15_000);
  signal.addEventListener("abort", () => clearInterval(timer));
}

const account = (event) => event.source.replace("/webhooks/", "");
const kind = (event) => event.type.split(".")[0];

function fits(event) {
  if (event.type === "switchboard.gap") return true;
  if (filter.kind && kind(event) !== filter.kind) return false;
  if (filter.channel && event.channel !== filter.channel) return false;
  if (filter.account && account(event) !== filter.account) return false;
  return !filter.text || JSON.stringify(event).toLowerCase().includes(filter.text.toLowerCase());
}

async function filters(changed, signal) {
  const set = (name) => (value) => { filter[name] = value; changed(); };
  const { accounts } = await get("/admin/overview", { isBackground: true, signal });
  const names = accounts.map((one) => `${one.adapter}/${one.account}`);
  const channels = [...new Set(["whatsapp", "chat", "kiosk", "sms", ...seen.map((event) => event.channel).filter(Boolean)])];
  const text = h("input", { type: "search", value: filter.text, placeholder: "Text, type or id" });
  text.addEventListener("input", () => set("text")(text.value));
  return h("div", { class: "filters" },
    field("Kind", select([["", "All kinds"], ...KINDS.map((name) => [name, words(name)])], filter.kind, set("kind"))),
    field("Channel", select([["", "All channels"], ...channels.map((name) => [name, channelName(name)])], filter.channel, set("channel"))),
    field("Account", select([["", "All accounts"], ...names.map((name) => [name, name])], filter.account, set("account"))),
    field("Contains", text, true));
}

async function drawCharts(box, signal) {
  const { points } = await get("/admin/series?minutes=60", { isBackground: true, signal });
  if (signal.aborted) return;
  box.replaceChildren(
    chart("Per minute, last hour", points, [
      { label: "events", key: "events", format: count, axis: shortNumber }, { label: "deliveries", key: "deliveries", format: count }]),
    chart("Time to acknowledge, last hour", points, [
      { label: "p50", key: "p50_ms", format: milliseconds, axis: (value) => `${value} ms` }, { label: "p99", key: "p99_ms", format: milliseconds }]));
}

const shortNumber = (value) => (value >= 1000 ? `${value / 1000}k` : String(value));

function row(event) {
  if (event.type === "switchboard.gap") {
    return h("li", {}, h("span"), h("strong", {}, "Gap"), h("span"), h("span", { class: "said-cell" }, `Events between ${event.data.after} and ${event.data.until} are missing: ${words(event.data.reason)}`));
  }
  const data = event.data;
  const links = h("span", { class: "links" },
    event.subject ? h("a", { href: `#/conversations/${event.subject}` }, "Conversation") : null,
    h("a", { href: `#/deliveries/${data.delivery_id}` }, "Delivery"));
  const person = masked(data.sender ?? data.recipient ?? data.data?.phone);
  return h("li", { "data-position": event.position },
    time(data.received_at, { isClock: true }), h("span", {}, channel(event.channel) ?? h("span", { class: "quiet" }, "–")),
    h("span", { class: "what" }, account(event)),
    h("span", { class: "said-cell" }, h("strong", {}, label(event)), " ", person ? [said(person), " "] : null, h("span", { class: "quiet" }, excerpt(event))), links);
}

function label(event) {
  if (kind(event) !== "message") return event.type[0].toUpperCase() + words(event.type.slice(1));
  return `${event.data.direction === "outbound" ? "Sent" : "Received"} ${words(event.data.type)}`;
}

function excerpt(event) {
  if (kind(event) === "message") return summary(event.data);
  return event.data.errors ? said(event.data.errors.map?.((error) => error.title ?? error.message ?? "").join("; ") ?? "") : null;
}
