// One site: now, and over time. Time is the site's own newest event time, not this computer's.

import { alertRows } from "./alerts.js";
import { ask, watch } from "./api.js";
import { h } from "./dom.js";
import { clock, hour, insideLabel, percent, whole } from "./format.js";
import { Now } from "./now.js";
import { charts, healthTable, heatmaps } from "./panels.js";

const EVERY_MS = 5000;
const HOUR_MS = 3_600_000;
const STEPS_MS = [60_000, 120_000, 300_000, 900_000, HOUR_MS];
const POINTS = 100;

const RANGES = {
  hour: { name: "Last hour", from: ({ to }) => to - HOUR_MS },
  today: { name: "Since reset", from: ({ since }) => since },
  day: { name: "24 hours", from: ({ to }) => to - 24 * HOUR_MS },
  week: { name: "7 days", from: ({ to }) => to - 7 * 24 * HOUR_MS },
};

export async function showSite(main, id, signal) {
  const view = new SiteView(id, signal);
  await view.load();
  main.replaceChildren(view.element);
  const timer = setInterval(() => view.load().catch(() => {}), EVERY_MS);
  const watchdog = setInterval(() => view.now.look(), 1000);
  signal.addEventListener("abort", () => { clearInterval(timer); clearInterval(watchdog); });
  watch(id, (record) => view.now.show(record), signal);
}

class SiteView {
  constructor(id, signal) {
    this.id = id;
    this.signal = signal;
    this.range = "hour";
    this.said = undefined; // what the numbers over time were drawn from
    this.numbers = h("div", { class: "grid numbers card" });
    this.alerts = h("div", { class: "card alerts", "data-alerts": "" });
    this.over = h("div", { class: "grid two" });
    this.heat = h("div", { class: "grid views" });
    this.health = h("div", { class: "card grid" });
    this.now = new Now(document.getElementById("live"), document.getElementById("clock"));
    this.element = h("div", {}, this.alerts, this.numbers, this.now.element, this.choice(), this.over, this.heat, this.health);
  }

  choice() {
    this.buttons = Object.entries(RANGES).map(([key, { name }]) =>
      h("button", { "aria-pressed": String(key === this.range), "data-range": key, onclick: () => this.choose(key) }, name));
    this.span = h("span", { class: "note" });
    return h("div", { class: "row" }, h("h2", {}, "Over time"), h("div", { class: "choice" }, ...this.buttons), this.span);
  }

  choose(range) {
    this.range = range;
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.range === range));
    this.load().catch(() => {});
  }

  async load() {
    const [site, summary, { alerts: open }, { alerts: closed }] = await Promise.all([
      this.ask(""), this.ask("/summary"),
      this.ask("/alerts", { state: "opened" }), this.ask("/alerts", { state: "closed", limit: 1 })]);
    this.zone = site.time_zone;
    this.now.adopt(site);
    this.alerts.classList.toggle("problem", open.length > 0);
    this.alerts.replaceChildren(...alertRows(open, closed, site));
    this.numbers.replaceChildren(...figures(summary, this.now, this.zone));
    this.health.replaceChildren(...healthTable(site));
    if (summary.today) await this.loadOverTime(site, summary.today);
    else this.over.replaceChildren(h("div", { class: "card empty" }, "No window has closed yet: numbers over time appear a minute or so of event time after the first frames."));
  }

  async loadOverTime(site, today) {
    const from = RANGES[this.range].from({ to: today.to_ms, since: today.since_ms });
    const window = (site.layout?.window_s ?? 60) * 1000;
    const wanted = STEPS_MS.find((step) => (today.to_ms - from) / step <= POINTS) ?? STEPS_MS.at(-1);
    const step = Math.ceil(wanted / window) * window;
    const span = { from, to: today.to_ms, step };
    const answers = await Promise.all([
      this.ask("/footfall", span), this.ask("/queues", span), this.ask("/occupancy", span),
      this.ask("/heatmap", { from, to: today.to_ms }), this.ask("/heatmap", { from, to: today.to_ms, space: "floor" })]);
    // Drawn anew only when it changed: who points at a chart keeps what it tells there.
    const said = JSON.stringify([site.layout?.version, answers]);
    if (said === this.said) return;
    this.said = said;
    const [footfall, queues, occupancy, heat, floor] = answers;
    this.span.textContent = `${clock(footfall.from_ms, this.zone)} – ${clock(footfall.to_ms, this.zone)} (${this.zone}), seen ${percent(footfall.series[0]?.total.coverage)}`;
    this.over.replaceChildren(...charts({ footfall, queues, occupancy }, this.zone));
    this.heat.replaceChildren(...heatmaps(heat, floor, site.layout));
    this.now.shape(heat);
  }

  ask(path, parameters) {
    return ask(`/sites/${this.id}${path}`, parameters, this.signal);
  }
}

function figures({ today, drift_count: drift }, now, zone) {
  const since = today ? `since ${hour(today.since_ms, zone)}` : "since the reset";
  const driftNote = drift ? `, off by ${drift} at the last reset` : "";
  return [
    now.waiting, now.longest, now.inView,
    figure(whole(today?.occupancy_count), `${insideLabel(today)}${driftNote}`, "inside"),
    figure(whole(today?.entry_total), `came in ${since}`, "in"),
    figure(whole(today?.exit_total), `went out ${since}`, "out"),
    figure(percent(today?.coverage), `of the time seen ${since}`, "coverage"),
  ];
}

function figure(value, name, key) {
  return h("div", { class: "number" }, h("b", { "data-figure": key }, value), h("span", {}, name));
}

