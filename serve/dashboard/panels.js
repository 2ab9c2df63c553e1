// Numbers over time, heat, and how the cameras do.

import { chart } from "./chart.js";
import { h } from "./dom.js";
import { Floor } from "./floor.js";
import { clock, decimal, duration, whole } from "./format.js";
import { Plan } from "./plan.js";

const COLORS = 6;

export function charts({ footfall, queues, occupancy }, zone) {
  const [site] = footfall.series;
  const panels = [panel("In and out", { zone, format: whole, mirrored: true,
    series: [line("in", 0, site, "entry_total"), line("out", 1, site, "exit_total")] })];
  if (queues.series.length) {
    panels.push(panel("Queue length (mean)", { zone, format: decimal, series: perZone(queues, "length_mean") }));
    panels.push(panel("Wait (median, dashed: 95th percentile)", { zone, format: duration, series: [
      ...perZone(queues, "wait_p50_ms"), ...perZone(queues, "wait_p95_ms", { dashed: true, suffix: " 95 %" })] }));
  }
  if (occupancy.series.length) {
    panels.push(panel("People per zone (mean)", { zone, format: decimal, series: perZone(occupancy, "count_mean") }));
  }
  return panels;
}

function panel(title, spec) {
  return h("section", { class: "card", "data-chart": title }, h("h2", {}, title), chart(spec));
}

function perZone(answer, field, { dashed = false, suffix = "" } = {}) {
  return answer.series.map((one, index) => ({ ...line(one.id + suffix, index % COLORS, one, field), dashed }));
}

function line(name, color, series, field) {
  return { name, color, points: series.points.map(({ start_ms, end_ms, coverage, [field]: value }) => ({ start_ms, end_ms, coverage, value })) };
}

export function heatmaps(images, floors, layout) {
  const onImages = images.heatmaps.map((heatmap) => {
    const camera = layout?.cameras.find((one) => one.id === heatmap.camera) ?? { id: heatmap.camera };
    const plan = new Plan(camera, heatmap.cols / heatmap.rows);
    plan.warm(heatmap);
    return heatPanel(heatmap, `camera ${heatmap.camera}`, plan, heatmap.camera);
  });
  const onFloor = floors.heatmaps.map((heatmap) => {
    const plan = Floor.of(layout)?.plan() ?? new Plan({ id: "floor" }, heatmap.cols / heatmap.rows);
    plan.warm(heatmap);
    return heatPanel(heatmap, "the floor", plan, "floor");
  });
  return [...onFloor, ...onImages];
}

function heatPanel(heatmap, where, plan, key) {
  return h("section", { class: "card", "data-heat": key },
    h("div", { class: "row" }, h("h2", {}, `Where people were: ${where}`), h("span", { class: "space" }),
      h("span", { class: "note" }, `${duration(heatmap.person_ms)} of people's time`)),
    plan.svg);
}

const STATES = { live: "live", silent: "silent", unknown: "no frame yet" };

export function healthTable(site) {
  if (site.cameras.length === 0) return [h("h2", {}, "Cameras"), h("p", { class: "note" }, "None yet.")];
  const head = ["camera", "state", "newest frame (event time)"].map((name) => h("th", {}, name));
  return [h("h2", {}, "Cameras"), h("table", {},
    h("thead", {}, h("tr", {}, ...head, h("th", { class: "figure" }, "frames/s"), h("th", {}, "frames by what became of them"))),
    h("tbody", {}, ...site.cameras.map((camera) => row(camera, site.time_zone))))];
}

function row(camera, zone) {
  const state = camera.state === "unknown" ? "" : camera.state;
  return h("tr", { "data-health": camera.camera }, h("td", {}, camera.camera),
    h("td", {}, h("span", { class: `badge ${state}` }, STATES[camera.state])),
    h("td", {}, clock(camera.newest_at_ms, zone)),
    h("td", { class: "figure" }, decimal(camera.rate_hz)),
    h("td", { class: "note" }, counters(camera.counters)));
}

function counters(parts) {
  const said = Object.entries(parts).map(([part, counts]) => {
    const known = Object.entries(counts).filter(([, count]) => count > 0);
    return `${part}: ${known.length ? known.map(([cause, count]) => `${cause} ${whole(count)}`).join(", ") : "none"}`;
  });
  return said.join(" · ") || "–";
}
