// Dead letters: what could not be read or stored for good, why, and what to do with it.
import { get, post, withQuery } from "./api.js";
import { button, card, chip, confirmed, h, said, toast } from "./dom.js";
import { count, plural, time, words } from "./format.js";

const STAGES = { normalize: "could not be read", sync: "refused by the database" };

export async function letters(main, { query, signal }) {
  const reason = query.get("reason") ?? "";
  const page = await get(withQuery("/admin/dead-letters", { reason }), { signal });
  const reload = async () => {
    window.dispatchEvent(new Event("letters-changed"));
    await letters(main, { query, signal });
    if (document.activeElement === document.body) main.focus({ preventScroll: true });
  };
  main.replaceChildren(h("div", { class: "stack" }, h("div", { class: "head" }, h("h1", {}, "Dead letters")), reasons(page, reason, reload), list(page, reason, reload, signal)));
}

function reasons(page, selected, reload) {
  if (!page.reasons?.length) return null;
  return card("Reasons", selected ? h("a", { class: "push", href: "#/dead-letters" }, "Show all") : null, h("ul", {}, page.reasons.map((one) =>
    h("li", { class: "body" }, h("div", { class: "head" },
      h("div", {}, h("strong", {}, said(one.reason)), " ", chip(count(one.count), "bad"), " ", h("a", { href: withQuery("#/dead-letters", { reason: one.reason }) }, "Show these"),
        h("div", { class: "quiet" }, said(one.explanation ?? ""))),
      h("span", { class: "push buttons" },
        button("Retry all", () => every("retry", one, reload), { "aria-label": `Retry all: ${one.reason}` }),
        button("Discard all", () => every("discard", one, reload), { class: "danger", "aria-label": `Discard all: ${one.reason}` })))))));
}

async function every(action, { stage, reason, count: number }, reload) {
  const isRetry = action === "retry";
  const isSure = await confirmed({
    title: `${isRetry ? "Retry" : "Discard"} ${plural(number, "dead letter")}?`,
    text: isRetry ? `All with this reason are processed again: ${reason}.` : `All with this reason are given up: ${reason}. This cannot be undone.`,
    action: isRetry ? "Retry all" : "Discard all", isDangerous: !isRetry,
  });
  if (!isSure) return;
  toast(outcome(action, await post(`/admin/dead-letters/${action}`, { reason, stage })));
  await reload();
}

/** The answer's numbers in words, whatever members it has. */
function outcome(action, answer) {
  if (typeof answer?.resolved === "boolean") return answer.resolved ? "Resolved." : `Not resolved: ${answer.reason ?? "it still fails"}`;
  const numbers = Object.entries(answer ?? {}).filter(([, value]) => typeof value === "number").map(([name, value]) => `${count(value)} ${words(name)}`);
  return numbers.length ? numbers.join(", ") : action === "retry" ? "Retried." : "Discarded.";
}

function list(page, reason, reload, signal) {
  if (page.items.length === 0) return h("p", { class: "card empty" }, reason ? "No dead letter has this reason." : "There are no dead letters. Everything could be read and stored.");
  const rows = h("ul", { "aria-label": "Dead letters, newest first" }, page.items.map((one) => letter(one, reload)));
  let next = page.next;
  const more = next ? h("div", { class: "more" }, button("More", async () => {
    const further = await get(withQuery("/admin/dead-letters", { reason, after: next }), { signal });
    rows.append(...further.items.map((one) => letter(one, reload)));
    next = further.next;
    if (!next) more.remove();
  })) : null;
  return h("section", { class: "card", "aria-label": "Dead letters" }, rows, more);
}

function letter(one, reload) {
  const path = `/admin/dead-letters/${encodeURIComponent(one.dead_letter_id)}`;
  const isOpen = !one.resolved_at;
  return h("li", { class: "body letter" }, h("div", { class: "head" },
    h("div", {}, h("strong", {}, said(one.reason)), " ", chip(STAGES[one.stage] ?? words(one.stage), one.stage === "sync" ? "warn" : "blue"), isOpen ? null : [" ", chip("resolved", "good")],
      h("div", { class: "quiet" }, time(one.created_at), one.detail ? [" · ", said(one.detail)] : null, " ", one.delivery_id ? h("a", { href: `#/deliveries/${one.delivery_id}` }, "Delivery") : null)),
    h("span", { class: "push buttons" }, isOpen ? [
      button("Retry", async () => {
        toast(outcome("retry", await post(`${path}/retry`)));
        await reload();
      }),
      button("Discard", async () => {
        const isSure = await confirmed({ title: "Discard this dead letter?", text: "It is given up: nothing of it will be stored.", action: "Discard", isDangerous: true });
        if (!isSure) return;
        await post(`${path}/discard`);
        toast("Discarded.");
        await reload();
      }, { class: "danger" })] : null)));
}
