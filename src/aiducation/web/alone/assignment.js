// Which row goes with which column at the least cost, as aiducation.vision.assignment finds it (Jonker and Volgenant, 1987).

/**
 * Pairs with the most pairs possible and, among those, the least total cost; infinite costs are impossible pairs.
 * @param {number[][]} cost
 * @returns {[number, number][]}
 */
function assign(cost) {
  const rows = cost.length,
    columns = cost[0]?.length ?? 0;
  const finite = cost.flat().filter(Number.isFinite);
  if (!finite.length) return [];
  if (rows > columns) {
    const turned = Array.from({ length: columns }, (_, j) => cost.map((row) => row[j]));
    return assign(turned).map(([i, j]) => [j, i]);
  }
  const impossible = (Math.max(...finite) - Math.min(...finite, 0) + 1) * (rows + 1);
  const table = cost.map((row) => row.map((one) => (Number.isFinite(one) ? one : impossible)));
  const rowPrice = new Array(rows).fill(0),
    columnPrice = new Array(columns + 1).fill(0),
    rowOf = new Array(columns + 1).fill(-1);
  for (let row = 0; row < rows; row += 1) {
    rowOf[columns] = row;
    let column = columns;
    const reached = new Array(columns).fill(Number.POSITIVE_INFINITY),
      from = new Array(columns).fill(columns),
      done = new Array(columns + 1).fill(false);
    while (rowOf[column] !== -1) {
      done[column] = true;
      const current = rowOf[column];
      let nearest = -1;
      for (let j = 0; j < columns; j += 1) {
        if (done[j]) continue;
        const through = table[current][j] - rowPrice[current] - columnPrice[j];
        if (through < reached[j]) {
          reached[j] = through;
          from[j] = column;
        }
        if (nearest < 0 || reached[j] < reached[nearest]) nearest = j;
      }
      const step = reached[nearest];
      for (let j = 0; j <= columns; j += 1) {
        if (done[j]) {
          rowPrice[rowOf[j]] += step;
          columnPrice[j] -= step;
        } else if (j < columns) reached[j] -= step;
      }
      column = nearest;
    }
    while (column !== columns) {
      const before = from[column];
      rowOf[column] = rowOf[before];
      column = before;
    }
  }
  return rowOf
    .slice(0, columns)
    .flatMap((row, j) =>
      row >= 0 && Number.isFinite(cost[row][j]) ? [/** @type {[number, number]} */ ([row, j])] : [],
    );
}

/**
 * Pairs with the least total cost, of which only pairs below zero can be part: to leave a row or a column alone costs nothing.
 * @param {number[][]} cost
 */
export function worthIt(cost) {
  const columns = cost[0]?.length ?? 0;
  if (!cost.length || !columns) return [];
  const table = cost.map((row, i) => [
    ...row.map((one) => (one < 0 ? one : Number.POSITIVE_INFINITY)),
    ...cost.map((_, j) => (i === j ? 0 : Number.POSITIVE_INFINITY)),
  ]);
  return assign(table).filter(([, j]) => j < columns);
}
