// One chart over event time: lines, or two mirrored bars. Where nothing is known there is a gap.

import { h, s } from "./dom.js";
import { clock, day, hour, percent } from "./format.js";

const WIDTH = 640;
const HEIGHT = 190;
const LEFT = 44;
const RIGHT = 8;
const TOP = 8;
const BOTTOM = 22;
const DAY_MS = 86_400_000;

// spec: { zone, format, mirrored, series: [{ name, color, dashed, points: [{ start_ms, end_ms, coverage, value }] }] }
export function chart(spec) {
  const first = spec.series[0]?.points ?? [];
  const known = spec.series.flatMap((one) => one.points.filter((point) => point.value !== null));
  if (known.length === 0) return h("div", { class: "empty" }, "Nothing is known for this time yet.");
  const from = Math.max(firstKnown(known), first[0].start_ms);
  const scale = scaleOf(spec, first.filter((point) => point.end_ms > from), known);
  const svg = s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img" }, ...axes(spec, scale), ...unseen(scale));
  spec.series.forEach((one, index) => svg.append(spec.mirrored ? bars(one, index, scale) : path(one, scale)));
  const host = h("div", { class: "chart" }, svg);
  host.append(legend(spec.series));
  addCursor(host, svg, spec, scale);
  return host;
}

function firstKnown(known) {
  const starts = known.map((point) => point.start_ms);
  const step = known[0].end_ms - known[0].start_ms;
  // A little room before the first number, and never fewer than ten steps.
  const earliest = Math.min(...starts) - step;
  return Math.min(earliest, Math.max(...starts) - 10 * step);
}

function scaleOf(spec, buckets, known) {
  const from = buckets[0].start_ms;
  const to = buckets.at(-1).end_ms;
  const top = niceTop(Math.max(...known.map((point) => point.value), 0));
  const bottom = spec.mirrored ? -top : 0;
  return {
    buckets, from, to, top, bottom,
    x: (at) => LEFT + ((at - from) / (to - from)) * (WIDTH - LEFT - RIGHT),
    y: (value) => TOP + ((top - value) / (top - bottom)) * (HEIGHT - TOP - BOTTOM),
  };
}

function niceTop(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 8, 10].map((factor) => factor * power).find((one) => one >= value);
}

function axes(spec, scale) {
  const values = spec.mirrored ? [-scale.top, 0, scale.top] : [0, scale.top / 2, scale.top];
  const rules = values.flatMap((value) => [
    s("line", { class: "rule", x1: LEFT, x2: WIDTH - RIGHT, y1: scale.y(value), y2: scale.y(value) }),
    s("text", { x: LEFT - 7, y: scale.y(value) + 4, "text-anchor": "end" }, spec.format(Math.abs(value))),
  ]);
  const isLong = scale.to - scale.from > 2 * DAY_MS;
  const marks = [0.02, 0.26, 0.5, 0.74, 0.98].map((share) => scale.from + share * (scale.to - scale.from));
  const anchors = ["start", "middle", "middle", "middle", "end"];
  const labels = marks.map((at, index) =>
    s("text", { x: scale.x(at), y: HEIGHT - 6, "text-anchor": anchors[index] }, (isLong ? day : hour)(at, spec.zone)));
  return [...rules, ...labels];
}

function unseen(scale) {
  return scale.buckets.filter((bucket) => bucket.coverage === 0).map((bucket) => {
    const x = scale.x(bucket.start_ms);
    return s("rect", { class: "unseen", x, y: TOP, width: scale.x(bucket.end_ms) - x, height: HEIGHT - TOP - BOTTOM });
  });
}

function path(one, scale) {
  const at = (point) => [scale.x((point.start_ms + point.end_ms) / 2).toFixed(1), scale.y(point.value).toFixed(1)];
  const runs = [[]]; // of points without a gap between them
  for (const point of one.points) {
    if (point.value === null) runs.push([]);
    else if (point.end_ms > scale.from) runs.at(-1).push(at(point));
  }
  const data = runs.filter((run) => run.length > 1).map((run) => `M${run.map((point) => point.join(" ")).join("L")}`).join("");
  const alone = runs.filter((run) => run.length === 1).map(([[cx, cy]]) => s("circle", { class: `alone f${one.color}`, cx, cy, r: 3 }));
  return s("g", {}, s("path", { class: `s${one.color}${one.dashed ? " dashed" : ""}`, d: data, "stroke-linecap": "round" }), ...alone);
}

function bars(one, index, scale) {
  const sign = index === 0 ? 1 : -1;
  const rects = one.points.filter((point) => point.value && point.end_ms > scale.from).map((point) => {
    const left = scale.x(point.start_ms);
    const width = Math.max(1, (scale.x(point.end_ms) - left) * 0.78);
    const y = scale.y(sign * point.value);
    return s("rect", { class: `f${one.color}`, x: left, width, y: Math.min(y, scale.y(0)), height: Math.abs(scale.y(0) - y), rx: 1.5 });
  });
  return s("g", {}, ...rects);
}

function legend(series) {
  return h("div", { class: "legend" }, ...series.map((one) =>
    h("span", {}, h("i", { class: `f${one.color}` }), one.name)));
}

function addCursor(host, svg, spec, scale) {
  const cursor = s("line", { class: "cursor", y1: TOP, y2: HEIGHT - BOTTOM, visibility: "hidden" });
  const tip = h("div", { class: "tip", hidden: true });
  svg.append(cursor);
  host.append(tip);
  svg.addEventListener("mouseleave", () => { cursor.setAttribute("visibility", "hidden"); tip.hidden = true; });
  svg.addEventListener("mousemove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = scale.from + (((event.clientX - box.left) / box.width) * WIDTH - LEFT) / (WIDTH - LEFT - RIGHT) * (scale.to - scale.from);
    const bucket = scale.buckets.find((one) => one.start_ms <= at && at < one.end_ms);
    if (!bucket) return;
    const x = scale.x((bucket.start_ms + bucket.end_ms) / 2);
    cursor.setAttribute("x1", x);
    cursor.setAttribute("x2", x);
    cursor.setAttribute("visibility", "visible");
    tip.replaceChildren(...tipLines(spec, bucket));
    tip.hidden = false;
    const share = x / WIDTH;
    tip.style.left = share < 0.6 ? `${share * 100 + 2}%` : "auto";
    tip.style.right = share < 0.6 ? "auto" : `${(1 - share) * 100 + 2}%`;
  });
}

function tipLines(spec, bucket) {
  const lines = spec.series.map((one) => {
    const point = one.points.find((candidate) => candidate.start_ms === bucket.start_ms);
    const value = point && point.value !== null ? spec.format(point.value) : "not known";
    return h("div", {}, h("i", { class: `f${one.color}` }), `${one.name}: ${value}`);
  });
  return [h("div", { class: "note" }, clock(bucket.start_ms, spec.zone)), ...lines,
    h("div", { class: "note" }, `seen ${percent(bucket.coverage)} of the time`)];
}
