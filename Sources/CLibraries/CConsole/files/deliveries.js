// Deliveries: the requests as they came, and what they gave.
import { get, post, text, withQuery } from "./api.js";
import { button, card, chip, confirmed, field, h, said, select, table, toast } from "./dom.js";
import { bytes, count, plural, time, words } from "./format.js";

export async function deliveries(main, { parts, query, signal }) {
  if (parts[0]) return delivery(main, parts[0], signal);
  const account = query.get("account") ?? "";
  const since = query.get("since") ?? "";
  const [adapter, name] = account.split("/");
  const parameters = { adapter, account: name, since: since ? new Date(Date.now() - Number(since) * 1000).toISOString() : "" };
  const [{ accounts }, page] = await Promise.all([get("/admin/overview", { signal }), get(withQuery("/admin/captures", parameters), { signal })]);
  const go = (change) => { location.hash = withQuery("#/deliveries", { account, since, ...change }); };
  const names = accounts.map((one) => `${one.adapter}/${one.account}`);
  main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Deliveries")),
    h("div", { class: "filters" },
      field("Account", select([["", "All accounts"], ...names.map((one) => [one, one])], account, (value) => go({ account: value }))),
      field("Received", select([["", "At any time"], ["3600", "In the last hour"], ["86400", "In the last day"], ["604800", "In the last week"]], since, (value) => go({ since: value }))),
      button("Refresh", () => deliveries(main, { parts, query, signal }))),
    h("section", { class: "card", "aria-label": "Deliveries" }, list(page, parameters, signal)));
}

function list(page, parameters, signal) {
  if (page.items.length === 0) return h("p", { class: "empty" }, "No delivery is kept that fits.");
  const rows = table("Deliveries, newest first", [
    ["Received", (one) => h("a", { href: `#/deliveries/${one.delivery_id}` }, time(one.received_at)), "tight"],
    ["Account", (one) => `${one.adapter}/${one.account}`],
    ["Size", (one) => bytes(one.bytes), "number tight"],
    ["Events", (one) => count(one.events), "number"],
    ["Duplicates", (one) => count(one.duplicates), "number"],
    ["State", (one) => (one.dead_letter ? chip("dead letter", "bad") : one.events ? chip("stored", "good") : chip("nothing new"))],
    ["Id", (one) => h("span", { class: "mono quiet" }, one.delivery_id), "wide"],
  ], page.items);
  let next = page.next;
  const more = next ? h("div", { class: "more" }, button("More", async () => {
    const further = await get(withQuery("/admin/captures", { ...parameters, after: next }), { signal });
    rows.append(further.items);
    next = further.next;
    if (!next) more.remove();
  })) : null;
  return [h("div", { class: "scroll" }, rows.element), more];
}

async function delivery(main, id, signal) {
  const path = `/admin/captures/${encodeURIComponent(id)}`;
  const one = await get(path, { signal });
  const reload = () => delivery(main, id, signal);
  main.replaceChildren(h("div", { class: "stack" },
    h("div", { class: "head" }, h("a", { class: "button", href: "#/deliveries" }, h("span", { "aria-hidden": "true" }, "‹"), " All"),
      h("div", {}, h("h1", {}, "Delivery"), h("div", { class: "quiet mono" }, one.delivery_id)), h("span", { class: "push buttons" }, actions(path, reload))),
    h("dl", { class: "card facts" }, facts(one)),
    h("div", { class: "grid" }, card("Request", null, request(one)), h("div", { class: "stack" }, card("Events it gave", null, stored(one)), duplicates(one), differences(one)))));
}

function actions(path, reload) {
  return [
    button("Replay", async () => {
      const isSure = await confirmed({ title: "Replay this delivery?", text: "It goes through the same code again. What is already stored is recognized and stays as it is.", action: "Replay" });
      if (!isSure) return;
      const { accepted, duplicates: known, rejected } = await post(`${path}/replay`);
      toast(`Replayed: ${count(accepted)} accepted, ${plural(known, "duplicate")}, ${count(rejected?.length ?? 0)} rejected.`);
      await reload();
    }, { class: "main" }),
    button("Copy as curl", async () => {
      await navigator.clipboard.writeText(await text(`${path}/curl`));
      toast("The command is copied. It contains the customer's text.");
    }),
    h("a", { class: "button", href: `${path}/export?redact=true`, download: "" }, "Export redacted"),
  ];
}

function facts(one) {
  const fact = (name, value) => h("div", { class: "fact" }, h("dt", {}, name), h("dd", {}, value));
  return [fact("Received", time(one.received_at)), fact("Account", `${one.adapter}/${one.account}`), fact("Size", bytes(one.bytes)),
    fact("Events", count(one.events ?? one.stored?.length)), fact("Dead letter", one.dead_letter ? chip("yes", "bad") : "no")];
}

function request(one) {
  const pretty = (() => { try { return JSON.stringify(JSON.parse(one.body), null, 2); } catch { return null; } })();
  const body = one.body ?? `${one.body_base64 ?? ""} (base64)`;
  const shown = h("pre", { tabindex: "0", "aria-label": "Body" }, said(pretty ?? body));
  let isPretty = Boolean(pretty);
  const exact = pretty ? button("Show exact bytes", () => {
    isPretty = !isPretty;
    shown.replaceChildren(said(isPretty ? pretty : body));
    exact.textContent = isPretty ? "Show exact bytes" : "Show formatted";
  }, { class: "plain" }) : null;
  return [h("div", { class: "body" }, h("p", { class: "mono" }, said(`${one.method} ${one.target}`)),
    h("details", {}, h("summary", {}, plural(one.headers?.length ?? 0, "header")), h("dl", { class: "pairs mono" }, (one.headers ?? []).map(([name, value]) => [h("dt", {}, said(name)), h("dd", {}, said(value))]))), exact), shown];
}

function stored(one) {
  const items = one.stored ?? [];
  if (items.length === 0) return h("p", { class: "empty" }, "Nothing is stored of this delivery.");
  return h("ul", { class: "body stack" }, items.map((item) => {
    const row = item.record ?? item;
    const contact = row.contact_id;
    return h("li", {}, chip(words(row.type ?? row.status ?? item.table)), " ", row.text ? said(row.text) : null, " ",
      contact ? h("a", { href: `#/conversations/${contact}` }, "Conversation") : null,
      h("details", {}, h("summary", {}, "As stored"), h("pre", { tabindex: "0" }, said(JSON.stringify(item, null, 2)))));
  }));
}

function duplicates(one) {
  if (!one.duplicate_of?.length) return null;
  return card("Duplicate of", null, h("ul", { class: "body" }, one.duplicate_of.map((other) => {
    const id = typeof other === "string" ? other : other.delivery_id;
    return h("li", {}, h("a", { class: "mono", href: `#/deliveries/${id}` }, id));
  })));
}

function difference(item) {
  const columns = (item.columns ?? []).map((column) => [h("dt", {}, column.name), h("dd", {}, "stored ", said(column.stored ?? "nothing"), ", read today ", said(column.made ?? "nothing"))]);
  return [chip(words(item.type)), " ", h("span", { class: "mono" }, said(item.external_id)), item.stored_by ? [" ", h("a", { href: `#/deliveries/${item.stored_by}` }, "Stored delivery")] : null,
    columns.length ? h("dl", { class: "pairs" }, columns) : null];
}

function differences(one) {
  const items = one.differences ?? [];
  const body = items.length ? h("ul", { class: "body stack" }, items.map((item) => h("li", {}, difference(item))))
    : h("p", { class: "body quiet" }, "Today's adapter reads this delivery as it was stored.");
  return card("Differences of today's adapter", null, body);
}
