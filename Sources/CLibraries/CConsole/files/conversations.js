// Conversations: people by search, and one person's messages over all channels.
import { get, onEvent, post, withQuery } from "./api.js";
import { button, chip, confirmed, field, h, said, toast } from "./dom.js";
import { channel, time } from "./format.js";
import { timeline } from "./timeline.js";

let query = "";

export async function conversations(main, { parts, signal, isFirst }) {
  const id = parts[0];
  const pane = h("div", {});
  const people = await list(id, signal);
  main.replaceChildren(h("div", { class: "head" }, h("h1", {}, "Conversations")), h("div", { class: id ? "split open" : "split" }, people, pane));
  if (id) await person(pane, id, signal, isFirst);
  else pane.replaceChildren(h("p", { class: "card empty" }, "Choose a conversation."));
}

async function list(selected, signal) {
  const input = h("input", { type: "search", value: query, id: "search", autocomplete: "off", placeholder: "Phone, name, customer or session token" });
  const results = h("div", { class: "people" });
  const box = h("section", { class: "card people-pane", "aria-label": "People" }, h("div", { class: "body" }, h("search", { class: "filters" }, field("Search", input, true))), results);
  let turn = 0;
  const search = async () => {
    const mine = ++turn;
    const found = await get(withQuery("/admin/conversations", { query }), { signal });
    if (mine === turn) drawPeople(results, found, selected, signal);
  };
  let timer = null;
  input.addEventListener("input", () => {
    query = input.value.trim();
    clearTimeout(timer);
    timer = setTimeout(() => search().catch((error) => results.replaceChildren(h("p", { class: "note bad", role: "alert" }, error.message))), 200);
  });
  let refresh = null;
  onEvent((event) => {
    if (!event.subject || query) return;
    clearTimeout(refresh);
    refresh = setTimeout(() => search().catch(() => {}), 700);
  }, signal);
  await search();
  return box;
}

function drawPeople(box, { items, next }, selected, signal) {
  const rows = (list) => list.map((one) => h("li", {}, entry(one, selected)));
  const people = h("ul", { "aria-label": "Conversations, newest first" }, rows(items));
  const more = next ? h("div", { class: "more" }, button("More", async () => {
    const page = await get(withQuery("/admin/conversations", { query, after: next }), { signal });
    people.append(...rows(page.items));
    if (page.next) next = page.next; else more.remove();
  })) : null;
  box.replaceChildren(...(items.length ? [people, more].filter(Boolean) : [h("p", { class: "empty" }, query ? "Nobody fits." : "Nobody has written yet.")]));
}

function entry(one, selected) {
  return h("a", { href: `#/conversations/${one.contact_id}`, "aria-current": one.contact_id === selected ? "true" : null },
    h("span", { class: "line" }, h("strong", {}, said(one.name || one.phone || "Without a name")), one.active_session ? chip("in session", "good") : null, time(one.last_at, { isShort: true })),
    h("span", { class: "last" }, one.last_text ? said(one.last_text) : "No text"),
    h("span", { class: "line quiet" }, one.name ? h("span", { class: "mono" }, one.phone ?? "no phone") : null, (one.channels ?? []).map(channel)));
}

async function person(pane, id, signal, isFirst) {
  const path = `/admin/contacts/${encodeURIComponent(id)}`;
  const talk = h("ol", { class: "talk", "aria-label": "Messages and events, newest last" });
  const earlier = h("div", { class: "more", hidden: true });
  const head = h("div", { class: "talk-head" });
  /** The phone, once it was asked for. */
  const revealed = { phone: null };
  let items = [], next = null;
  const draw = () => {
    const focused = document.activeElement?.closest(".talk [data-id]")?.dataset.id;
    talk.replaceChildren(...timeline(items));
    if (focused) talk.querySelector(`[data-id="${CSS.escape(focused)}"] a`)?.focus({ preventScroll: true });
    earlier.hidden = !next;
  };
  const newest = async (isBackground) => {
    const [contact, page] = await Promise.all([get(path, { signal, isBackground }), get(`${path}/timeline`, { signal, isBackground })]);
    const known = new Set(page.items.map(key));
    if (items.length === 0) next = page.next;
    items = [...page.items, ...items.filter((item) => !known.has(key(item)))];
    head.replaceChildren(...header(contact, path, revealed, () => newest(false)));
    draw();
  };
  earlier.append(button("Show earlier", async () => {
    const page = await get(withQuery(`${path}/timeline`, { before: next }), { signal });
    items = [...items, ...page.items];
    next = page.next;
    draw();
  }));
  await newest(false);
  const box = h("section", { class: "card", "aria-label": "Conversation", tabindex: "-1" }, head, earlier, items.length ? talk : h("p", { class: "empty" }, "Nothing is stored of this person."));
  pane.replaceChildren(box);
  if (!isFirst && document.activeElement === document.body) box.focus({ preventScroll: true });
  talk.lastElementChild?.scrollIntoView({ block: "nearest" });
  let timer = null;
  onEvent((event) => {
    if (event.subject !== id && !(event.type.startsWith("status.") && items.some((item) => item.external_id === event.data.external_id || !item.external_id))) return;
    clearTimeout(timer);
    timer = setTimeout(() => newest(true).catch(() => {}), 150);
  }, signal);
}

const key = (item) => `${item.kind} ${item.id ?? item.session_id ?? ""} ${item.at}`;

function header(contact, path, revealed, reload) {
  const phone = h("span", { class: "mono", id: "phone" }, revealed.phone ?? contact.phone ?? "no phone");
  const reveal = contact.phone && !revealed.phone ? button("Show number", async () => {
    revealed.phone = (await post(`${path}/reveal`)).phone;
    phone.replaceChildren(revealed.phone ?? "no phone");
    reveal.remove();
  }, { class: "plain" }) : null;
  const session = contact.active_session;
  const end = session ? button("End session", async () => {
    const isSure = await confirmed({ title: "End this session?", text: "The person's token stops working. Their next message opens a new session.", action: "End session", isDangerous: true });
    if (!isSure) return;
    await post(`/admin/sessions/${encodeURIComponent(session.session_id)}/end`);
    toast("The session is ended.");
    await reload();
  }, { class: "danger" }) : null;
  return [
    h("header", {}, h("a", { class: "button", href: "#/conversations" }, h("span", { "aria-hidden": "true" }, "‹"), " All"),
      h("div", {}, h("h2", {}, said(contact.name || "Without a name")), h("div", { class: "quiet" }, phone, " ", reveal, contact.customer_id ? ["customer ", said(contact.customer_id)] : null)),
      h("span", { class: "push buttons" }, session ? chip("in session", "good") : chip("no session"), end)),
    h("div", { class: "body" }, h("details", {}, h("summary", {}, "Identities and session"),
      h("dl", { class: "pairs" },
        (contact.identities ?? []).map((one) => [h("dt", {}, said(one.kind)), h("dd", { class: "mono" }, said(one.value), one.scope ? [" in ", said(one.scope)] : null)]),
        session ? Object.entries(session).filter(([, value]) => value !== null && typeof value !== "object")
          .map(([name, value]) => [h("dt", {}, `session: ${name}`), h("dd", { class: "mono" }, said(value))]) : null))),
  ];
}
