// Health: the state of the gateway, of its database and accounts, and what operators did.
import { get, post, withQuery } from "./api.js";
import { chart } from "./chart.js";
import { button, card, chip, h, said, table, toast } from "./dom.js";
import { bytes, count, duration, milliseconds, plural, time, words } from "./format.js";

const TABS = [["", "State", state], ["doctor", "Doctor", doctor], ["settings", "Settings", settings], ["audit", "Audit log", audit]];

export async function health(main, { parts, signal }) {
  const [, , draw] = TABS.find(([id]) => id === (parts[0] ?? "")) ?? TABS[0];
  const body = h("div", { class: "stack" });
  const tabs = h("nav", { class: "tabs", "aria-label": "Parts of Health" }, TABS.map(([id, title]) =>
    h("a", { href: id ? `#/health/${id}` : "#/health", "aria-current": id === (parts[0] ?? "") ? "page" : null }, title)));
  const place = () => main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Health"), tabs), body);
  await draw(body, signal);
  if (!signal.aborted) place();
}

async function state(body, signal) {
  const draw = async () => {
    const [overview, series] = await Promise.all(["/admin/overview", "/admin/series?minutes=60"].map((path) => get(path, { isBackground: true, signal })));
    body.replaceChildren(facts(overview), ...notes(overview), charts(series.points), accounts(overview.accounts), errors(overview.last_errors), journal(overview.journal));
  };
  await draw();
  const timer = setInterval(() => {
    // Redrawing would take the focus away from whoever is using the page by keyboard.
    if (!document.hidden && !body.contains(document.activeElement)) draw().catch(() => {});
  }, 15_000);
  signal.addEventListener("abort", () => clearInterval(timer));
}

const TONES = { connected: "good", unknown: "warn", disabled: "" };

function facts({ supabase, outbox, sessions_active: sessions, dead_letters_open: letters, signature_failures: failures, acknowledgement, version, started_at: startedAt, journal: file }) {
  const fact = (name, value, small) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value, small ? h("small", {}, small) : null));
  return h("dl", { class: "card facts" },
    fact("Supabase", chip(words(supabase?.state ?? "unknown"), TONES[supabase?.state ?? "unknown"] ?? "bad"), trouble(supabase)),
    fact("Waiting for the database", count(outbox?.depth), outbox?.depth ? `the oldest for ${duration(outbox.oldest_age_seconds)}` : "nothing waits"),
    fact("Active sessions", count(sessions)),
    fact("Dead letters", letters ? h("a", { href: "#/dead-letters" }, count(letters)) : "0", letters ? "open" : "none open"),
    fact("Signature failures", count(failures), "since the start"),
    fact("Acknowledgement", milliseconds(acknowledgement?.p50_ms), `p99 ${milliseconds(acknowledgement?.p99_ms)}`),
    fact("Journal", bytes(file.bytes), `${bytes(file.disk_free_bytes)} free on its disk`),
    fact("Version", version, ["up since ", time(startedAt)]));
}

/** Why the database does not answer, if it does not. */
function trouble({ state: word, detail } = {}) {
  if (word === "disabled") return "data stays in the journal";
  if (word === "connected") return null;
  const text = detail?.last_error?.message ?? detail?.last_error ?? detail?.failure;
  return text ? said(typeof text === "string" ? text : JSON.stringify(text)) : null;
}

function notes({ journal: file }) {
  return [file.read_only ? h("p", { class: "note" }, "The gateway is read-only: it stores nothing.") : null].filter(Boolean);
}

function charts(points) {
  return h("div", { class: "grid" },
    chart("Waiting for the database, last hour", points, [{ label: "rows", key: "outbox_depth", format: count, axis: (value) => count(value) }]),
    chart("Age of the oldest waiting row", points, [{ label: "age", key: "outbox_age_seconds", format: duration, axis: duration }]));
}

function accounts(items) {
  if (!items?.length) return card("Accounts", null, h("p", { class: "empty" }, "No account is configured."));
  const outcomes = (one) => Object.entries(one.deliveries ?? {}).map(([name, value]) => h("span", { class: "chip" }, `${count(value)} ${words(name)}`)).flatMap((part) => [part, " "]);
  return card("Accounts", null, h("div", { class: "scroll" }, table("Accounts", [
    ["Account", (one) => h("strong", {}, `${one.adapter}/${one.account}`)],
    ["Deliveries", outcomes],
    ["Last webhook", (one) => time(one.last_webhook_at), "tight"],
    ["Silent for", (one) => (one.last_webhook_at ? duration(one.silent_seconds) : "–"), "tight number"],
  ], items).element));
}

function errors(items) {
  return card("Last errors", null, items?.length ? h("ul", { class: "body stack" }, items.map((one) => h("li", {}, time(one.at), " ", said(one.message)))) : h("p", { class: "empty" }, "No errors since the start."));
}

function journal(file) {
  return card("Journal", h("span", { class: "push" }, button("Back up now", async () => {
    const made = await post("/admin/journal/backup");
    toast(`Backed up: ${made.path}, ${bytes(made.bytes)}.`);
  })), h("p", { class: "body mono" }, said(file.path)));
}

async function doctor(body, signal) {
  const { findings } = await get("/admin/doctor", { signal });
  const tones = { ok: "good", pass: "good", warn: "warn", warning: "warn", fail: "bad", error: "bad" };
  body.replaceChildren(card("What doctor finds", h("span", { class: "push" }, button("Check again", () => doctor(body, signal))), findings.length ? h("ul", { class: "body stack" }, findings.map((one) =>
    h("li", {}, chip(one.level ?? "?", tones[one.level] ?? ""), " ", h("code", {}, said(one.check)), " ", said(one.message), one.advice ? h("div", { class: "quiet" }, said(one.advice)) : null)))
    : h("p", { class: "empty" }, "Nothing is wrong.")));
}

async function settings(body, signal) {
  const { text } = await get("/admin/settings", { signal });
  body.replaceChildren(card("Settings in use, secrets hidden", null, h("pre", { tabindex: "0", "aria-label": "Settings" }, said(text))));
}

async function audit(body, signal) {
  const page = await get("/admin/audit", { signal });
  if (page.items.length === 0) return body.replaceChildren(card("What operators did", null, h("p", { class: "empty" }, "Nothing yet.")));
  const rows = table("Actions of operators, newest first", [
    ["When", (one) => time(one.at), "tight"], ["Operator", (one) => said(one.operator)], ["Action", (one) => words(one.action)],
    ["Target", (one) => h("span", { class: "mono" }, said(one.target))], ["Outcome", (one) => words(one.outcome)], ["From", (one) => h("span", { class: "mono" }, said(one.address))],
  ], page.items);
  let next = page.next;
  const more = next ? h("div", { class: "more" }, button("More", async () => {
    const further = await get(withQuery("/admin/audit", { after: next }), { signal });
    rows.append(further.items);
    next = further.next;
    if (!next) more.remove();
  })) : null;
  body.replaceChildren(card("What operators did", h("span", { class: "push quiet" }, plural(page.items.length, "entry", "entries")), h("div", { class: "scroll" }, rows.element), more));
}
