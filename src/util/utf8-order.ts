/**
 * Orders strings by their UTF-8 bytes, as object stores list keys. Plain `<` compares UTF-16 units, which puts what lies
 * beyond U+FFFF before U+E000.
 */
export function compareUtf8(a: string, b: string): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return byteRank(x) - byteRank(y)
  }
  return a.length - b.length
}

/** Surrogates stand for code points above all others, so they move behind U+FFFF. */
function byteRank(unit: number): number {
  if (unit >= 0xe000) return unit - 0x800
  return unit >= 0xd800 ? unit + 0x2000 : unit
}
