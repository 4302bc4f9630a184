// Makes elements. Texts only ever become text nodes.

/** An element: attributes, listeners as on…, and children, of which null and false are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** An element of SVG. */
export function s(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const CONTROLS = {
  0x200e: "LRM", 0x200f: "RLM", 0x061c: "ALM", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF", 0x202d: "LRO", 0x202e: "RLO",
  0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
};
const SHOWN = /([\u0000-\u0008\u000b-\u001f\u007f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069])/u;

/** A text that somebody else chose. Characters that would change the order of what follows are shown by name and have no effect. */
export function said(text, name = "span") {
  const element = h(name, { class: "said", dir: "auto" });
  for (const part of String(text ?? "").split(SHOWN)) {
    if (part.length !== 1 || !SHOWN.test(part)) { if (part) element.append(part); continue; }
    const code = part.codePointAt(0);
    const label = CONTROLS[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
    element.append(h("span", { class: "control", title: "a control character in the text" }, label));
  }
  return element;
}

/** Shows a message for some seconds, also to screen readers. */
export function toast(text) {
  const box = h("div", { class: "toast" }, text);
  document.getElementById("toasts").append(box);
  setTimeout(() => box.remove(), 6000);
}

/** Asks before an action; resolves to whether it was confirmed. */
export function confirmed({ title, text, action, isDangerous = false }) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    const dialog = h("dialog", { "aria-labelledby": "dialog-title" },
      h("h2", { id: "dialog-title" }, title), h("p", {}, text),
      h("form", { method: "dialog", class: "buttons" },
        h("button", { value: "no" }, "Cancel"),
        h("button", { value: "yes", class: isDangerous ? "danger" : "main" }, action)));
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
      if (before?.isConnected) before.focus();
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A button whose action runs once at a time; what goes wrong is shown. */
export function button(label, action, attributes = {}) {
  const element = h("button", { type: "button", ...attributes }, label);
  let isBusy = false;
  element.addEventListener("click", async () => {
    // Not disabled meanwhile: a disabled button loses the focus.
    if (isBusy) return;
    isBusy = true;
    try { await action(element); } catch (error) { if (error.name !== "AbortError") toast(error.message); } finally { isBusy = false; }
  });
  return element;
}

/** A labelled field. */
export function field(label, control, isGrowing = false) {
  if (!control.id) control.id = `field-${label.toLowerCase().replace(/\W+/g, "-")}`;
  return h("label", { class: isGrowing ? "field grow" : "field" }, h("span", {}, label), control);
}

/** A select of [value, label] pairs. */
export function select(options, value, onchange) {
  const element = h("select", {}, options.map(([key, label]) => h("option", { value: key, selected: key === value }, label)));
  element.addEventListener("change", () => onchange(element.value));
  return element;
}

/** A table; `columns` are [label, cell of an item, class]. On narrow screens its rows fold into labelled lines. */
export function table(caption, columns, items) {
  const row = (item) => h("tr", {}, columns.map(([label, cell, style]) => h("td", { class: style, "data-label": label }, cell(item))));
  const body = h("tbody", {}, items.map(row));
  const element = h("table", { class: "folds" }, h("caption", { class: "hidden-text" }, caption),
    h("thead", {}, h("tr", {}, columns.map(([label, , style]) => h("th", { scope: "col", class: style }, label || h("span", { class: "hidden-text" }, "Actions"))))),
    body);
  return { element, append: (more) => body.append(...more.map(row)) };
}

/** A card with a heading, what stands beside it, and a body. */
export function card(title, beside, ...body) {
  return h("section", { class: "card" }, h("header", {}, h("h2", {}, title), beside), ...body);
}

/** A state in words, with a colour. */
export function chip(text, tone = "") { return h("span", { class: `chip ${tone}` }, text); }
