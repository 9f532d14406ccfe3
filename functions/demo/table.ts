const NAME_WIDTH = 11

/** Rows of a name and the lines beside it, aligned. */
export function table(rows: readonly (readonly [string, ...string[]])[]): string {
  return rows
    .flatMap(([name, ...texts]) =>
      texts.map((text, index) => `  ${(index === 0 ? name : '').padEnd(NAME_WIDTH)}${text}`),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}

export function whole(count: number): string {
  return count.toLocaleString('en-US')
}

export function size(bytes: number): string {
  return bytes < 1024 ? `${bytes} B` : `${(bytes / 1024).toFixed(1)} KiB`
}
