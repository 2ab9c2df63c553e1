// All sites: how the cameras do, and the day so far.

import { ask } from "./api.js";
import { h } from "./dom.js";
import { clock, insideLabel, percent, whole } from "./format.js";

const EVERY_MS = 5000;

export async function showSites(main, signal) {
  const render = async () => {
    const { sites } = await ask("/sites", {}, signal);
    main.replaceChildren(h("h1", { class: "row" }, "Sites"), sites.length ? list(sites) : nothing());
  };
  await render();
  const timer = setInterval(() => render().catch(() => {}), EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
}

function nothing() {
  return h("div", { class: "card empty grid" }, h("h2", {}, "No site yet"),
    h("p", {}, "A site appears with its first frame, or as soon as its layout is published."));
}

function list(sites) {
  return h("div", { class: "grid cards" }, ...sites.map(card));
}

function card(site) {
  const { today } = site;
  return h("a", { class: "card site", href: `#/sites/${site.site}`, "data-site": site.site },
    h("div", { class: "row" }, h("h2", {}, site.site), h("span", { class: "space" }), badge(site.cameras)),
    h("div", { class: "pair" }, number(today?.occupancy_count, insideLabel(today)), number(today?.entry_total, "came in"), number(today?.exit_total, "went out")),
    h("div", { class: "note" }, today
      ? `${clock(site.newest_at_ms, site.time_zone)} · seen ${percent(today.coverage)} since the reset`
      : "No window has closed yet."));
}

export function badge(cameras) {
  const total = cameras.live + cameras.silent + cameras.unknown;
  if (total > 0 && cameras.live === total) return h("span", { class: "badge live" }, `${total} live`);
  if (cameras.silent > 0) return h("span", { class: "badge silent" }, `${cameras.silent} of ${total} silent`);
  return h("span", { class: "badge" }, `${cameras.live} of ${total} live`);
}

function number(value, name) {
  return h("div", { class: "number" }, h("b", {}, whole(value)), h("span", {}, name));
}
