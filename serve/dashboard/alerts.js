// Alerts in words: what is wrong, where, since when. Open ones first, then the latest that are over.

import { h } from "./dom.js";
import { second } from "./format.js";

const COMPARED = { ">": "more than", ">=": "at least", "<": "less than", "<=": "at most" };
const MEASURED = {
  length: (number) => `${number} waiting`,
  wait: (number) => `${number} s of waiting`,
  occupancy: (number) => `${number} people there`,
  in: (number) => `${number} came in`,
  out: (number) => `${number} went out`,
  coverage: (number) => `${Math.round(number * 100)} % of the time seen`,
};

export function alertRows(open, closed, site) {
  const rules = new Map((site.layout?.rules ?? []).map((rule) => [rule.id, rule.when]));
  const zone = site.time_zone;
  if (open.length === 0) {
    const last = closed[0];
    const before = last && ` The last: ${inWords(last, rules)}, ${second(last.opened_at_ms, zone)} to ${second(last.closed_at_ms, zone)}.`;
    return [h("span", { class: "note" }, `No alert is open.${before ?? ""}`)];
  }
  return open.map((alert) => h("div", { class: "row alert", "data-alert": alert.rule },
    h("span", { class: "badge silent" }, "alert"), h("b", {}, inWords(alert, rules)),
    h("span", { class: "note" }, `since ${second(alert.opened_at_ms, zone)}`)));
}

function inWords(alert, rules) {
  if (alert.rule === "camera-bumped") return `${alert.entity}: the camera has moved, its zones and lines lie elsewhere now`;
  const [, metric, comparison, number] = /^(\w+) ([<>]=?) (\S+)$/.exec(rules.get(alert.rule) ?? "") ?? [];
  if (!(metric in MEASURED)) return `${alert.entity}: ${alert.rule}`;
  return `${alert.entity}: ${COMPARED[comparison]} ${MEASURED[metric](Number(number))}`;
}
