// The present: dots and counts per camera from the live feed; says so when the feed or a camera is silent.

import { h } from "./dom.js";
import { Floor } from "./floor.js";
import { clock, duration, second, whole } from "./format.js";
import { Plan } from "./plan.js";

const SILENT_MS = 5000;

export class Now {
  constructor(badge, clockElement) {
    this.badge = badge;
    this.clock = clockElement;
    this.element = h("div", { class: "grid views" });
    this.cameras = new Map(); // of the layout; made anew when its version changes
    this.version = undefined;
    this.aspects = new Map(); // camera to width over height, of the cameras in the layout
    this.heardAt = null; // this computer's clock: only to notice silence
    this.waiting = bare("waiting", "waiting now");
    this.longest = bare("longest", "longest wait now");
    this.inView = bare("in-view", "people in view now");
  }

  adopt(site) {
    this.zone = site.time_zone;
    if (this.heardAt === null) this.clock.textContent = site.newest_at_ms === null ? "" : clock(site.newest_at_ms, this.zone);
    const version = site.layout?.version ?? null;
    const ids = site.cameras.map((one) => one.camera).join();
    if (version === this.version && ids === this.ids) return;
    [this.version, this.ids, this.site] = [version, ids, site];
    this.draw();
  }

  draw() {
    const drawn = new Map((this.site.layout?.cameras ?? []).map((camera) => [camera.id, camera]));
    this.cameras.clear();
    for (const { camera } of this.site.cameras) {
      this.cameras.set(camera, new CameraNow(drawn.get(camera) ?? { id: camera }, this.aspects.get(camera)));
    }
    this.floor = Floor.of(this.site.layout);
    this.floorPlan = this.floor?.plan();
    const cards = [...this.cameras.values()].map((camera) => camera.element);
    this.element.replaceChildren(...cards, ...(this.floor ? [this.floorCard()] : []));
    if (cards.length === 0) this.element.append(h("div", { class: "card empty" }, "No camera yet: neither a layout nor a frame has come."));
  }

  floorCard() {
    this.onFloor = h("span", { class: "note", title: "Each counted by the camera that sees the place best" }, "nothing yet");
    return h("section", { class: "card", "data-now-floor": "" },
      h("div", { class: "row" }, h("h2", {}, "the floor"), h("span", { class: "space" }), this.onFloor),
      this.floorPlan.svg);
  }

  // The heatmap's grid has the shape of the image, which nothing else here knows.
  shape({ heatmaps }) {
    let isNew = false;
    for (const { camera, rows, cols } of heatmaps) {
      const known = this.aspects.get(camera);
      if (known === cols / rows) continue;
      this.aspects.set(camera, cols / rows);
      isNew = true;
    }
    if (isNew) this.draw();
  }

  show(record) {
    this.heardAt = performance.now();
    this.clock.textContent = clock(record.at_ms, this.zone);
    let waiting = 0, inView = 0, longest = null;
    for (const camera of record.cameras) {
      this.cameras.get(camera.camera)?.show(camera, record.at_ms, this.zone);
      inView += camera.tracks.length;
      for (const zone of camera.zones) {
        if (this.isQueue(zone.zone)) waiting += zone.count;
        if (zone.longest_open_wait_ms !== null) longest = Math.max(longest ?? 0, zone.longest_open_wait_ms);
      }
    }
    if (this.floor) {
      const there = record.cameras.flatMap((camera) => this.floor.people(camera));
      this.floorPlan.show(there);
      this.onFloor.textContent = `${people(there.length)}, each counted once`;
    }
    set(this.waiting, whole(waiting));
    set(this.longest, longest === null ? "none" : duration(longest));
    set(this.inView, whole(inView));
    this.look();
  }

  isQueue(id) {
    const zones = (this.site?.layout?.cameras ?? []).flatMap((camera) => camera.zones ?? []);
    return zones.some((zone) => zone.id === id && zone.kind === "queue");
  }

  look() {
    this.badge.hidden = false;
    const silence = this.heardAt === null ? null : performance.now() - this.heardAt;
    const isLive = silence !== null && silence < SILENT_MS;
    this.badge.className = `badge ${isLive ? "live" : silence === null ? "" : "silent"}`;
    this.badge.textContent = isLive ? "live" : silence === null ? "waiting for live numbers" : `nothing new for ${duration(silence)}`;
    if (isLive) return;
    this.floorPlan?.stand();
    for (const camera of this.cameras.values()) camera.plan.stand();
  }
}

class CameraNow {
  constructor(camera, aspect) {
    this.kinds = new Map((camera.zones ?? []).map((zone) => [zone.id, zone]));
    this.plan = new Plan(camera, aspect);
    this.note = h("span", { class: "note" }, "nothing yet");
    this.time = h("time", { class: "clock", title: "Event time of the frame that these numbers are of" });
    this.rows = h("tbody");
    this.element = h("section", { class: "card", "data-now": camera.id },
      h("div", { class: "row" }, h("h2", {}, camera.id), h("span", { class: "space" }), this.note, this.time),
      this.plan.svg,
      h("table", { class: "zones" }, this.rows));
  }

  show(camera, newestMs, zone) {
    const behind = newestMs - camera.at_ms;
    this.note.textContent = behind > SILENT_MS ? `silent for ${duration(behind)}` : `${people(camera.tracks.length)} in view`;
    this.plan.show(camera.tracks);
    if (behind > SILENT_MS) this.plan.stand();
    this.rows.replaceChildren(...camera.zones.map((one) => this.row(one)));
    this.time.textContent = second(camera.at_ms, zone);
    this.time.dateTime = new Date(camera.at_ms).toISOString();
  }

  row(zone) {
    const { kind, long_above: longAbove } = this.kinds.get(zone.zone) ?? {};
    const isLong = longAbove !== undefined && longAbove !== null && zone.count > longAbove;
    return h("tr", { "data-zone": zone.zone, class: isLong ? "long" : null },
      h("td", {}, zone.zone),
      h("td", { class: "figure", "data-count": zone.count }, whole(zone.count)),
      h("td", { class: "note" }, inWords(kind, zone), isLong ? h("span", { class: "badge warn" }, "long") : null));
  }
}

function people(count) {
  return `${whole(count)} ${count === 1 ? "person" : "people"}`;
}

// What a zone's number means; the number itself stands beside it.
function inWords(kind, { count, longest_open_wait_ms: longest }) {
  if (kind === "service") return count === 0 ? "nobody being served" : "being served";
  if (kind !== "queue") return count === 0 ? "nobody there" : "there now";
  if (count === 0) return "nobody waits";
  return longest === null ? "waiting" : `waiting, ${count === 1 ? "for" : "longest"} ${duration(longest)}`;
}

function bare(key, name) {
  return h("div", { class: "number" }, h("b", { "data-figure": key }, "–"), h("span", {}, name));
}

function set(figure, text) {
  figure.firstChild.textContent = text;
}
