// Words for times, sizes, channels and numbers.
import { chip, h } from "./dom.js";

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const shortClock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const date = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const longDate = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });

/** A time in the browser's time zone; the exact one in UTC as a title. */
export function time(text, { isShort = false, isClock = false } = {}) {
  if (!text) return h("span", { class: "quiet" }, "never");
  const at = new Date(text);
  const isToday = isClock || at.toDateString() === new Date().toDateString();
  const shown = isToday ? (isShort ? shortClock : clock).format(at) : isShort ? date.format(at) : `${date.format(at)}, ${shortClock.format(at)}`;
  return h("time", { datetime: text, title: text }, shown);
}

export const day = (text) => longDate.format(new Date(text));
export const minute = (text) => shortClock.format(new Date(text));

export function bytes(count) {
  if (count === null || count === undefined) return "–";
  let value = count;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (value < 1024) return `${value < 10 && unit !== "B" ? value.toFixed(1) : Math.round(value)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

export function duration(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
    if (seconds >= size) return `${Math.floor(seconds / size)} ${unit}`;
  }
  return `${Math.round(seconds)} s`;
}

export const count = (value) => (value === null || value === undefined ? "–" : value.toLocaleString());
export const plural = (value, one, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;
export const milliseconds = (value) => (value === null || value === undefined ? "–" : `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`);

const TONES = { whatsapp: "good", chat: "blue", kiosk: "violet", sms: "warn", messenger: "blue", telegram: "blue" };
const CHANNELS = { whatsapp: "WhatsApp", chat: "Chat", kiosk: "Kiosk", sms: "SMS", rcs: "RCS", messenger: "Messenger", instagram: "Instagram", telegram: "Telegram", voice: "Voice" };

export const channel = (name) => (name ? chip(CHANNELS[name] ?? name, TONES[name] ?? "") : null);
export const channelName = (name) => CHANNELS[name] ?? name;

/** A sender as it may be shown: digits of phones masked but for the country and the last four. Other ids are shortened. */
export function masked(sender) {
  if (!sender || sender.includes("•")) return sender ?? "";
  const digits = sender.replace(/\D/g, "");
  if (digits.length < 7 || digits.length < sender.replace(/[\s()+.-]/g, "").length) return sender.length > 14 ? `${sender.slice(0, 10)}…` : sender;
  return `+${digits.slice(0, 2)}••••••${digits.slice(-4)}`;
}

/** A word of the data model in plain English: button_reply becomes “button reply”. */
export const words = (text) => String(text ?? "").replace(/[_.]/g, " ");
