// The store's floor: the cameras' zones and lines carried over to its plan, and people on it. Each
// cell of the floor is one camera's, the one that sees it largest, as the engine has it: nobody is
// shown twice.

import { fitted } from "./homography.js";
import { Plan } from "./plan.js";

export class Floor {
  // Null where the layout has no floor, or no camera that tells where on it things are.
  static of(layout) {
    if (!layout?.floor) return null;
    const views = new Map();
    for (const camera of layout.cameras) {
      const maps = camera.homography && fitted(camera.homography);
      if (maps) views.set(camera.id, { ...maps, camera });
    }
    return views.size ? new Floor(layout.floor, views) : null;
  }

  constructor({ width_m: width, height_m: height, cell_m: cell }, views) {
    this.cell = cell;
    [this.cols, this.rows] = [Math.ceil(width / cell), Math.ceil(height / cell)];
    this.views = views;
    this.owners = new Map(); // by cell, as they are asked for
  }

  plan() {
    const views = [...this.views.values()];
    const shown = ({ toFloor }, points) => points.map((point) => this.share(toFloor(point)));
    const zones = views.flatMap((view) => (view.camera.zones ?? []).map((zone) => ({ ...zone, polygon: shown(view, zone.polygon) })));
    const lines = views.flatMap((view) => (view.camera.lines ?? []).map((line) => {
      const [from, to] = shown(view, [line.from, line.to]);
      return { ...line, from, to };
    }));
    return new Plan({
      id: "floor",
      zones: zones.filter((zone) => zone.polygon.every(Boolean)),
      lines: lines.filter((line) => line.from && line.to),
    }, this.cols / this.rows);
  }

  // The people of a camera that stand where it counts, on the plan.
  people({ camera, tracks }) {
    const view = this.views.get(camera);
    if (!view) return [];
    return tracks.flatMap((track) => {
      const at = view.toFloor([track.x, track.y]);
      if (!at || this.owner(at) !== camera) return [];
      const [x, y] = this.share(at);
      return [{ track: `${camera} ${track.track}`, x, y }];
    });
  }

  share(at) {
    return at && [at[0] / (this.cols * this.cell), at[1] / (this.rows * this.cell)];
  }

  owner([x, y]) {
    const [col, row] = [Math.floor(x / this.cell), Math.floor(y / this.cell)];
    if (col < 0 || row < 0 || col >= this.cols || row >= this.rows) return null;
    const key = row * this.cols + col;
    if (!this.owners.has(key)) this.owners.set(key, this.largest(col, row));
    return this.owners.get(key);
  }

  largest(col, row) {
    let [owner, most] = [null, 0];
    for (const [id, { toImage }] of [...this.views].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const at = (x, y) => toImage([x * this.cell, y * this.cell]);
      const middle = at(col + 0.5, row + 0.5);
      const corners = [at(col, row), at(col + 1, row), at(col + 1, row + 1), at(col, row + 1)];
      if (!middle || !corners.every(Boolean) || middle.some((part) => part < 0 || part > 1)) continue;
      const [a, b, c, d] = corners;
      const area = Math.abs((c[0] - a[0]) * (d[1] - b[1]) - (c[1] - a[1]) * (d[0] - b[0])) / 2;
      if (area > most) [owner, most] = [id, area];
    }
    return owner;
  }
}
