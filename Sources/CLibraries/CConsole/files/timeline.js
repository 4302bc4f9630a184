// One conversation as a list: bubbles, dividers and lines in between.
import { h, s, said } from "./dom.js";
import { channel, day, time, words } from "./format.js";

const NAMES = {
  image: "Picture", video: "Video", audio: "Audio", document: "Document", sticker: "Sticker", location: "Location", contacts: "Contact card",
  reaction: "Reaction", button_reply: "Button", list_reply: "Chosen from a list", flow_reply: "Filled-in form", order: "Order", edit: "Edited",
  revoke: "Deleted", product: "Question about a product", unsupported: "Unknown kind of message",
};
const TICKS = { accepted: "·", queued: "·", sent: "✓", delivered: "✓✓", read: "✓✓", played: "✓✓", failed: "✗", undelivered: "✗" };

const parsed = (text) => { try { return JSON.parse(text); } catch { return null; } };

/** A message in one line. */
export function summary(message) {
  const content = message.content ?? {};
  if (message.text) return said(message.text);
  if (message.type === "reaction") return content.emoji ? said(content.emoji) : "took the reaction back";
  if (message.type === "location") return placeOf(content);
  return NAMES[message.type] ?? words(message.type);
}

const mediaType = (content) => content.mime_type ?? content.MediaContentType0;
const placeOf = (content) => `${content.latitude ?? content.Latitude ?? "?"}, ${content.longitude ?? content.Longitude ?? "?"}`;

function file(message) {
  const content = message.content ?? {};
  const facts = [content.filename ? said(content.filename) : null, mediaType(content), content.voice ? "voice message" : null, content.animated ? "animated" : null]
    .filter(Boolean).flatMap((part, index) => (index ? [", ", part] : [part]));
  const icon = s("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, s("path", { d: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6" }));
  return [h("span", { class: "file" }, icon, h("span", {}, h("span", { class: "kind" }, NAMES[message.type]), h("span", { class: "quiet" }, facts.length ? [" · ", facts] : ""))),
    message.text ? said(message.text, "div") : null];
}

function cards(message) {
  const list = Array.isArray(message.content) ? message.content : message.content?.contacts ?? [];
  return [h("div", { class: "kind" }, NAMES.contacts), list.length ? list.map((one) => h("div", {}, said(one.name?.formatted_name ?? "unnamed"),
    (one.phones ?? []).map((phone) => [" ", said(String(phone.phone ?? phone.wa_id ?? "").replace(/\d(?=(?:\D*\d){4})/g, "•"))]))) : message.text ? said(message.text, "div") : null];
}

function order(message) {
  const items = message.content?.product_items ?? [];
  return [h("div", { class: "kind" }, `${NAMES.order}, ${items.length} ${items.length === 1 ? "product" : "products"}`),
    h("table", {}, h("thead", {}, h("tr", {}, ["Product", "Quantity", "Price"].map((label) => h("th", { scope: "col" }, label)))),
      h("tbody", {}, items.map((item) => h("tr", {}, h("td", {}, said(item.product_retailer_id)), h("td", {}, said(item.quantity)), h("td", {}, said(`${item.item_price} ${item.currency ?? ""}`)))))),
    message.text ? said(message.text, "div") : null];
}

function form(message) {
  const content = message.content ?? {};
  const answers = parsed(content.response_json ?? content.InteractiveData ?? "");
  return [h("div", { class: "kind" }, NAMES.flow_reply), message.text ? said(message.text, "div") : null,
    answers && h("dl", { class: "pairs" }, Object.entries(answers.data ?? answers).filter(([key]) => key !== "flow_token")
      .map(([key, value]) => [h("dt", {}, said(key)), h("dd", {}, said(typeof value === "string" ? value : JSON.stringify(value)))]))];
}

/** What a message says, as nodes. */
function body(message) {
  const content = message.content ?? {};
  switch (message.type) {
    case "text": return said(message.text, "div");
    case "image": case "video": case "audio": case "document": case "sticker": return file(message);
    case "location": {
      const name = content.name ?? content.Label, address = content.address ?? content.Address;
      return [h("div", { class: "kind" }, NAMES.location), name ? said(name, "div") : null, address ? said(address, "div") : null, h("div", { class: "mono" }, placeOf(content))];
    }
    case "contacts": return cards(message);
    case "order": return order(message);
    case "flow_reply": return form(message);
    case "reaction": return content.emoji ? [h("span", { class: "quiet" }, "Reacted "), said(content.emoji)] : h("span", { class: "quiet" }, "Took the reaction back");
    case "edit": return [h("div", { class: "kind" }, NAMES.edit), message.text ? said(message.text, "div") : null];
    case "revoke": return h("span", { class: "quiet" }, "Deleted a message");
    case "button_reply": case "list_reply":
      return [h("div", { class: "quiet" }, NAMES[message.type]), said(message.text ?? content.title ?? content.id, "div"), content.description ? h("div", { class: "quiet" }, said(content.description)) : null];
    default: return [h("div", { class: "kind" }, NAMES[message.type] ?? words(message.type)), message.text ? said(message.text, "div") : null,
      h("details", {}, h("summary", {}, "As received"), h("pre", { tabindex: "0" }, said(JSON.stringify(content, null, 2))))];
  }
}

/** The id of the message that this one answers, changes or reacts to. */
function target(message) {
  const content = message.content ?? {};
  return message.context?.id ?? content.original_message_id ?? content.message_id ?? content.context?.id ?? null;
}

function ticks(statuses) {
  const last = statuses?.at(-1);
  if (!last) return null;
  const history = statuses.map((status) => `${words(status.status)} ${status.at}`).join("\n");
  const errors = statuses.flatMap((status) => status.errors ?? []).map((error) => error.title ?? error.message ?? JSON.stringify(error));
  return [h("span", { class: `tick ${last.status}`, title: history }, `${TICKS[last.status] ?? "·"} ${words(last.status)}`), errors.length ? said(errors.join("; ")) : null];
}

function bubble(item, byID) {
  const quoted = target(item) && byID.get(target(item));
  const side = item.direction === "outbound" ? "outbound" : "inbound";
  return h("li", { class: `bubble ${side}`, "data-id": item.id },
    h("span", { class: "hidden-text" }, side === "outbound" ? "From the business: " : "From the customer: "),
    quoted ? h("span", { class: "quote" }, summary(quoted)) : target(item) && item.type !== "reaction" ? h("span", { class: "quote" }, "An earlier message") : null,
    body(item),
    h("div", { class: "foot" }, time(item.at, { isShort: true, isClock: true }), channel(item.channel), ticks(item.statuses),
      item.delivery_id ? h("a", { href: `#/deliveries/${item.delivery_id}` }, "Delivery") : null));
}

function aside(item) {
  const content = item.content ?? {};
  const detail = content.screen ?? content.detail ?? content.status ?? content.body ?? item.text;
  const kinds = { call: "Call", screen: "Kiosk screen", preference: "Preference" };
  const [first, ...rest] = String(item.type ?? item.kind).split(".");
  const name = item.kind === "identity" ? `Identity: ${words(item.type)}` : kinds[first] ? `${kinds[first]} ${rest.join(" ")}` : words(item.type ?? item.kind);
  return h("li", { class: "aside" }, name[0].toUpperCase() + name.slice(1), detail ? [": ", said(typeof detail === "string" ? detail : JSON.stringify(detail))] : null, " · ", time(item.at, { isShort: true, isClock: true }), " ", channel(item.channel));
}

function divider(text, at) { return h("li", { class: "divider" }, h("span", {}, text, at ? [" ", time(at, { isShort: true, isClock: true })] : null)); }

const ENDS = { logged_out: "logged out", expired: "expired", merged: "merged with another" };

/** The items, newest first as the gateway sends them, as a list whose last line is the newest. */
export function timeline(items) {
  const byID = new Map(items.flatMap((item) => [[item.id, item], [item.external_id, item]]).filter(([id]) => id));
  const lines = [];
  let lastDay = null;
  for (const item of [...items].reverse()) {
    if (day(item.at) !== lastDay) lines.push(divider(lastDay = day(item.at)));
    if (item.kind === "message") lines.push(bubble(item, byID));
    else if (item.kind === "session_started") lines.push(divider("Session started", item.at));
    else if (item.kind === "session_ended") lines.push(divider(`Session ended${item.type ? `, ${ENDS[item.type] ?? words(item.type)}` : ""}`, item.at));
    else lines.push(aside(item));
  }
  return lines;
}
