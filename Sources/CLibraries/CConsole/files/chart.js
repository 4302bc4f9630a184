// Charts of one or two lines over time, drawn as SVG.
import { h, s } from "./dom.js";
import { minute } from "./format.js";

let WIDTH = 560;
const HEIGHT = 150, LEFT = 46, RIGHT = 8, TOP = 10, BOTTOM = 22;

/** A round number that is at least `value`, as the end of an axis. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value) ?? 1;
}

/** A figure of `lines` ({label, key, format}) over `points`, whose member `at` is the time. */
export function chart(title, points, lines) {
  // On a narrow screen the drawing is as narrow, so that its words keep their size.
  WIDTH = window.innerWidth < 600 ? 320 : 560;
  const known = points.flatMap((point) => lines.map((line) => point[line.key])).filter((value) => typeof value === "number");
  const top = ceiling(Math.max(2, ...known));
  const x = (index) => LEFT + (points.length < 2 ? 0 : (index / (points.length - 1)) * (WIDTH - LEFT - RIGHT));
  const y = (value) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const summary = lines.map((line) => {
    const values = points.map((point) => point[line.key]).filter((value) => typeof value === "number");
    return values.length ? `${line.label}: now ${line.format(values.at(-1))}, highest ${line.format(Math.max(...values))}` : `${line.label}: no values`;
  }).join("; ");
  const drawing = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": `${title}. ${summary}.` });
  for (const part of [0, 0.5, 1]) {
    drawing.append(s("line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: y(part * top), y2: y(part * top) }));
    drawing.append(s("text", { x: LEFT - 6, y: y(part * top) + 4, "text-anchor": "end" }, lines[0].axis?.(part * top) ?? String(part * top)));
  }
  if (points.length > 1) {
    for (const [index, anchor] of [[0, "start"], [Math.floor((points.length - 1) / 2), "middle"], [points.length - 1, "end"]]) {
      drawing.append(s("text", { x: x(index), y: HEIGHT - 6, "text-anchor": anchor }, minute(points[index].at)));
    }
  }
  if (points.length < 2) drawing.append(s("text", { x: WIDTH / 2, y: HEIGHT / 2 - 12, "text-anchor": "middle" }, "One point is added each minute"));
  lines.forEach((line, order) => draw(drawing, points, line, order, x, y));
  return h("figure", { class: "card chart" }, h("div", { class: "title" }, h("h2", {}, title), readout(drawing, points, lines, x)), h("div", { class: "body" }, drawing));
}

function draw(drawing, points, line, order, x, y) {
  let path = "", start = null, last = null;
  const close = () => {
    if (order === 0 && start !== null) drawing.append(s("path", { class: "area", d: `${path} L${x(last)} ${y(0)} L${x(start)} ${y(0)} Z` }));
    if (path) drawing.append(s("path", { class: order === 0 ? "one" : "two", d: path }));
    path = ""; start = null;
  };
  points.forEach((point, index) => {
    const value = point[line.key];
    if (typeof value !== "number") return close();
    path += `${path ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    start ??= index; last = index;
  });
  close();
}

/** The values beside the title: the latest, or those under the pointer. */
function readout(drawing, points, lines, x) {
  const box = h("span", { class: "key push" });
  const cursor = s("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const show = (index) => {
    const point = points[index];
    box.replaceChildren(...lines.flatMap((line, order) => {
      const sample = s("svg", { viewBox: "0 0 18 4", "aria-hidden": "true" }, s("line", { class: order === 0 ? "one" : "two", x1: 0, x2: 18, y1: 2, y2: 2 }));
      const value = point?.[line.key];
      return [sample, `${line.label} ${typeof value === "number" ? line.format(value) : "–"}`];
    }), point && index !== points.length - 1 ? ` at ${minute(point.at)}` : "");
  };
  drawing.append(cursor);
  drawing.addEventListener("pointermove", (event) => {
    const area = drawing.getBoundingClientRect();
    const place = ((event.clientX - area.left) / area.width) * WIDTH;
    const index = Math.min(points.length - 1, Math.max(0, Math.round(((place - LEFT) / (WIDTH - LEFT - RIGHT)) * (points.length - 1))));
    if (index < 0) return;
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, x(index));
    cursor.setAttribute("visibility", "visible");
    show(index);
  });
  drawing.addEventListener("pointerleave", () => {
    cursor.setAttribute("visibility", "hidden");
    show(points.length - 1);
  });
  show(points.length - 1);
  return box;
}
