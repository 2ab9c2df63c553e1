// A camera's view as a drawing: zones, lines with their direction, people as dots, heat. No pixels are kept,
// so this drawing is all there is to see.

import { s } from "./dom.js";

const WIDTH = 100;
// Desks and the room behind them go without a name: their queue has one.
const NAMED = new Set(["queue", "browse"]);

export class Plan {
  constructor(camera, aspect = 16 / 9) {
    this.height = WIDTH / aspect;
    this.heat = s("g");
    this.people = s("g");
    this.dots = new Map(); // a track's dot goes when the track leaves the live record
    this.svg = s("svg", { class: "plan", viewBox: `0 0 ${WIDTH} ${this.height}`, role: "img", "data-camera": camera.id },
      this.heat, ...(camera.zones ?? []).map((zone) => this.zone(zone)),
      ...(camera.lines ?? []).map((line) => this.line(line)), this.people);
  }

  zone(zone) {
    const points = zone.polygon.map((point) => this.at(point).join(",")).join(" ");
    // Above the zone, not in it: that is where people stand.
    const top = this.at(zone.polygon.reduce((highest, point) => (point[1] < highest[1] ? point : highest)));
    return s("g", {}, s("polygon", { class: `zone ${zone.kind}`, points }), NAMED.has(zone.kind)
      ? s("text", { x: top[0], y: Math.max(top[1] - 1.2, 3.5), "text-anchor": anchor(top[0]) }, zone.id) : null);
  }

  line(line) {
    const [ax, ay] = this.at(line.from);
    const [bx, by] = this.at(line.to);
    const length = Math.hypot(bx - ax, by - ay);
    // In is to the right-hand side of A->B with y pointing down.
    const [ux, uy] = [(bx - ax) / length, (by - ay) / length];
    const [nx, ny] = [-uy, ux];
    const [mx, my] = [(ax + bx) / 2, (ay + by) / 2];
    const arrow = [[mx - ux * 1.4, my - uy * 1.4], [mx + ux * 1.4, my + uy * 1.4], [mx + nx * 3, my + ny * 3]];
    return s("g", {}, s("line", { class: "line", x1: ax, y1: ay, x2: bx, y2: by }),
      s("polygon", { class: "arrow", points: arrow.map((point) => point.join(",")).join(" ") }),
      s("text", { x: ax, y: ay - 1.5 }, line.id));
  }

  at([x, y]) {
    return [x * WIDTH, y * this.height];
  }

  show(tracks) {
    const here = new Set(tracks.map((track) => track.track));
    for (const [id, dot] of this.dots) {
      if (here.has(id)) continue;
      dot.remove();
      this.dots.delete(id);
    }
    for (const track of tracks) {
      const [x, y] = this.at([track.x, track.y]);
      if (!this.dots.has(track.track)) {
        const dot = s("circle", { class: "dot", r: 1.5 });
        this.dots.set(track.track, dot);
        this.people.append(dot);
      }
      this.dots.get(track.track).style.transform = `translate(${x}px, ${y}px)`;
    }
    this.svg.classList.remove("still");
  }

  stand() {
    this.svg.classList.add("still");
  }

  warm(heatmap) {
    const most = Math.max(...heatmap.cells.map((cell) => cell[2]), 1);
    const [width, height] = [WIDTH / heatmap.cols, this.height / heatmap.rows];
    this.svg.classList.add("warm");
    // The root keeps quiet corners visible beside the till.
    this.heat.replaceChildren(...heatmap.cells.map(([row, col, ms]) => s("rect", {
      class: "heat", x: col * width, y: row * height, width: width * 1.02, height: height * 1.02,
      "fill-opacity": (0.06 + 0.84 * Math.sqrt(ms / most)).toFixed(2),
    })));
  }
}

// A name at the edge is written away from it.
function anchor(x) {
  if (x < 0.1 * WIDTH) return "start";
  return x > 0.9 * WIDTH ? "end" : "middle";
}
