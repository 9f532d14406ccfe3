/**
 * Compares strings by their UTF-8 bytes. JavaScript compares UTF-16 units, which differs only where one of the first differing
 * units is a surrogate: characters beyond U+FFFF come last in UTF-8, but before U+E000 in UTF-16.
 */
export function compareUtf8(a: string, b: string): number {
  if (a === b) return 0
  const length = Math.min(a.length, b.length)
  for (let index = 0; index < length; index++) {
    const unitA = a.charCodeAt(index)
    const unitB = b.charCodeAt(index)
    if (unitA !== unitB) return rank(unitA) - rank(unitB)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
