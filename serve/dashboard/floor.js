// The floor plan: where everybody stood, and the cameras' zones and lines carried over to it.

import { Plan } from "./plan.js";

// A floor heatmap drawn on the plan of the layout's floor.
export function floorPlan(heatmap, layout) {
  const [width, height] = [heatmap.cols * heatmap.cell_m, heatmap.rows * heatmap.cell_m];
  const drawn = { id: "floor", zones: [], lines: [] };
  for (const camera of layout?.cameras ?? []) {
    const toFloor = camera.homography && homography(camera.homography);
    if (!toFloor) continue;
    const onPlan = (point) => { const [x, y] = toFloor(point); return [x / width, y / height]; };
    for (const zone of camera.zones ?? []) drawn.zones.push({ ...zone, polygon: zone.polygon.map(onPlan) });
    for (const line of camera.lines ?? []) drawn.lines.push({ ...line, from: onPlan(line.from), to: onPlan(line.to) });
  }
  const plan = new Plan(drawn, width / height);
  plan.warm(heatmap);
  return plan;
}

// Image to floor, as a function, from pairs [x, y, floor x, floor y]: least squares of the eight
// numbers of a homography (the ninth is 1). Null where the pairs do not tell one.
export function homography(pairs) {
  const rows = pairs.flatMap(([x, y, u, v]) => [
    [x, y, 1, 0, 0, 0, -u * x, -u * y, u],
    [0, 0, 0, x, y, 1, -v * x, -v * y, v],
  ]);
  const square = Array.from({ length: 8 }, (_, i) =>
    Array.from({ length: 9 }, (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0)));
  const m = solved(square);
  return m && (([x, y]) => {
    const scale = m[6] * x + m[7] * y + 1;
    return [(m[0] * x + m[1] * y + m[2]) / scale, (m[3] * x + m[4] * y + m[5]) / scale];
  });
}

// Gauss-Jordan with the largest pivot; null if there is none.
function solved(matrix) {
  const size = matrix.length;
  for (let column = 0; column < size; column++) {
    const rest = matrix.slice(column);
    const pivot = rest.reduce((best, row) => (Math.abs(row[column]) > Math.abs(best[column]) ? row : best));
    if (Math.abs(pivot[column]) < 1e-12) return null;
    matrix[matrix.indexOf(pivot)] = matrix[column];
    matrix[column] = pivot.map((value) => value / pivot[column]);
    for (let row = 0; row < size; row++) {
      const factor = matrix[row][column];
      if (row !== column) matrix[row] = matrix[row].map((value, at) => value - factor * matrix[column][at]);
    }
  }
  return matrix.map((row) => row[size]);
}
