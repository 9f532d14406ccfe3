interface Cell {
  /** Largest values to come, latest last: one that is followed by a larger one never counts again. */
  readonly values: number[]
  readonly batches: number[]
  first: number
}

/**
 * The largest value of each key over the last `panes` batches, as one would write it by hand for maxima alone: a monotonic
 * queue a key. The yardstick of the window benchmark; it keeps everything in one process's memory.
 */
export function maximaLoop(panes: number): (records: readonly (readonly [number, number])[]) => Map<number, number> {
  const cells = new Map<number, Cell>()
  let batch = 0
  return (records) => {
    batch++
    const now = new Map<number, number>()
    for (const [key, value] of records) {
      const known = now.get(key)
      if (known === undefined || value > known) now.set(key, value)
    }
    for (const [key, value] of now) add(cells, key, value, batch)
    return maxima(cells, batch - panes)
  }
}

function add(cells: Map<number, Cell>, key: number, value: number, batch: number): void {
  let cell = cells.get(key)
  if (!cell) {
    cell = { values: [], batches: [], first: 0 }
    cells.set(key, cell)
  }
  while (cell.values.length > cell.first && (cell.values.at(-1) as number) <= value) {
    cell.values.pop()
    cell.batches.pop()
  }
  cell.values.push(value)
  cell.batches.push(batch)
}

function maxima(cells: Map<number, Cell>, expired: number): Map<number, number> {
  const result = new Map<number, number>()
  for (const [key, cell] of cells) {
    while (cell.first < cell.batches.length && (cell.batches[cell.first] as number) <= expired) cell.first++
    if (cell.first < cell.values.length) result.set(key, cell.values[cell.first] as number)
    else cells.delete(key)
    compact(cell)
  }
  return result
}

function compact(cell: Cell): void {
  if (cell.first < 64) return
  cell.values.splice(0, cell.first)
  cell.batches.splice(0, cell.first)
  cell.first = 0
}
