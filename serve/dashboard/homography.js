// Image to floor and back, from pairs [x, y, floor x, floor y]: least squares, as the engine fits them.

// { toFloor, toImage }, each a function of a point, null for what lies on or beyond the horizon;
// null where the pairs do not tell one.
export function fitted(pairs) {
  // Centred, so that the ninth number, set to 1, cannot be 0 for a real view.
  const cx = mean(pairs.map(([x]) => x));
  const cy = mean(pairs.map(([, y]) => y));
  const rows = pairs.flatMap(([x, y, u, v]) => {
    const [dx, dy] = [x - cx, y - cy];
    return [[dx, dy, 1, 0, 0, 0, -dx * u, -dy * u, u], [0, 0, 0, dx, dy, 1, -dx * v, -dy * v, v]];
  });
  const solution = solved(Array.from({ length: 8 }, (_, i) =>
    Array.from({ length: 9 }, (_, j) => rows.reduce((sum, row) => sum + row[i] * row[j], 0))));
  if (!solution) return null;
  const matrix = uncentred([...solution, 1], cx, cy);
  return { toFloor: projection(matrix), toImage: projection(inverse(matrix)) };
}

function projection([a, b, c, d, e, f, g, h, i]) {
  return ([x, y]) => {
    const scale = g * x + h * y + i;
    return scale > 0 ? [(a * x + b * y + c) / scale, (d * x + e * y + f) / scale] : null;
  };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// Gauss-Jordan with the largest pivot; null if there is none.
function solved(matrix) {
  for (let column = 0; column < matrix.length; column++) {
    const pivot = matrix.slice(column).reduce((best, row) => (Math.abs(row[column]) > Math.abs(best[column]) ? row : best));
    if (Math.abs(pivot[column]) < 1e-12) return null;
    matrix[matrix.indexOf(pivot)] = matrix[column];
    matrix[column] = pivot.map((value) => value / pivot[column]);
    for (let row = 0; row < matrix.length; row++) {
      const factor = matrix[row][column];
      if (row !== column) matrix[row] = matrix[row].map((value, at) => value - factor * matrix[column][at]);
    }
  }
  return matrix.map((row) => row.at(-1));
}

function uncentred(matrix, cx, cy) {
  return [0, 3, 6].flatMap((at) => {
    const [m, n, o] = matrix.slice(at, at + 3);
    return [m, n, o - m * cx - n * cy];
  });
}

function inverse([a, b, c, d, e, f, g, h, i]) {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f,
    d * h - e * g, b * g - a * h, a * e - b * d].map((part) => part / determinant);
}
