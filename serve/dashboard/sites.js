// All sites: what is going on now, how the cameras do, and the day so far.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { clock, duration, insideLabel, percent, second, whole } from "./format.js";

const NOW_EVERY_MS = 2000;
const DAY_EVERY_MS = 5000;

export async function showSites(main, signal) {
  const view = new SitesView(signal);
  await view.loadDay();
  main.replaceChildren(h("h1", { class: "row" }, "Sites"), view.element);
  view.loadNow().catch(() => {});
  const timers = [
    setInterval(() => view.loadDay().catch(() => {}), DAY_EVERY_MS),
    setInterval(() => view.loadNow().catch(() => {}), NOW_EVERY_MS),
  ];
  signal.addEventListener("abort", () => timers.forEach(clearInterval));
}

class SitesView {
  constructor(signal) {
    this.signal = signal;
    this.cards = new Map(); // by site; one that is gone leaves with the next answer
    this.element = h("div", { class: "grid cards" });
  }

  async loadDay() {
    const { sites } = await ask("/sites", {}, this.signal);
    const known = new Map(sites.map((site) => [site.site, this.cards.get(site.site) ?? new Card(site)]));
    const isSame = [...known.keys()].join() === [...this.cards.keys()].join();
    this.cards = known;
    for (const site of sites) known.get(site.site).showDay(site);
    // Cards that stay are not touched: a click may be going on.
    if (!isSame || sites.length === 0) this.element.replaceChildren(...(sites.length ? [...known.values()].map((card) => card.element) : [nothing()]));
  }

  async loadNow() {
    const { sites, open_alerts: alerts } = await ask("/now", {}, this.signal);
    const present = new Map(sites.map((site) => [site.site, site]));
    for (const [id, card] of this.cards) card.showNow(present.get(id), alerts[id] ?? 0);
  }
}

function nothing() {
  return h("div", { class: "card empty grid" }, h("h2", {}, "No site yet"),
    h("p", {}, "A site appears with its first frame, or as soon as its layout is published."));
}

class Card {
  constructor({ site, time_zone: zone }) {
    this.zone = zone;
    this.badges = h("span", { class: "row" });
    this.alerts = h("span", {});
    this.now = h("div", { class: "pair" });
    this.day = h("div", { class: "pair small" });
    this.note = h("div", { class: "note" });
    this.element = h("a", { class: "card site", href: `#/sites/${site}`, "data-site": site },
      h("div", { class: "row" }, h("h2", {}, site), h("span", { class: "space" }), this.alerts, this.badges),
      this.now, this.day, this.note);
    this.showNow(undefined, 0);
  }

  showNow(now, alertCount) {
    const longest = now?.longest_open_wait_ms;
    this.now.replaceChildren(
      number(whole(now?.waiting_count), "waiting now", "waiting"),
      number(longest === null ? "none" : duration(longest), "longest wait", "longest"),
      number(whole(now?.people_count), "in view", "in-view"));
    this.now.title = now ? `at ${second(now.at_ms, this.zone)}` : "nothing heard lately";
    this.alerts.replaceChildren(...(alertCount ? [h("span", { class: "badge silent", "data-alerts": alertCount }, `${alertCount} ${alertCount === 1 ? "alert" : "alerts"}`)] : []));
  }

  showDay({ today, cameras, newest_at_ms: newest, time_zone: zone }) {
    this.zone = zone;
    this.badges.replaceChildren(badge(cameras));
    this.day.replaceChildren(number(whole(today?.occupancy_count), insideLabel(today), "inside"),
      number(whole(today?.entry_total), "came in", "in"), number(whole(today?.exit_total), "went out", "out"));
    this.note.textContent = today
      ? `${clock(newest, zone)} · seen ${percent(today.coverage)} since the reset`
      : "No window has closed yet: the day's numbers come with the first.";
  }
}

export function badge(cameras) {
  const total = cameras.live + cameras.silent + cameras.unknown;
  if (total > 0 && cameras.live === total) return h("span", { class: "badge live" }, `${total} live`);
  if (cameras.silent > 0) return h("span", { class: "badge silent" }, `${cameras.silent} of ${total} silent`);
  return h("span", { class: "badge" }, `${cameras.live} of ${total} live`);
}

function number(value, name, key) {
  return h("div", { class: "number" }, h("b", { "data-figure": key }, value), h("span", {}, name));
}
