import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

type Name = 'link' | 'rename' | 'copyFile' | 'open'
type Operation = (from: string, to: string) => Promise<unknown>

/** Puts `patch` in the place of a function of `node:fs/promises` while `work` runs; it is handed the original. */
export async function withPatched<T>(
  name: Name,
  patch: (original: Operation, from: string, to: string) => Promise<unknown>,
  work: () => Promise<T>,
): Promise<T> {
  const original = fs[name] as Operation
  const replace = (operation: Operation) => {
    Object.assign(fs, { [name]: operation })
    syncBuiltinESMExports()
  }
  replace((from, to) => patch(original, from, to))
  try {
    return await work()
  } finally {
    replace(original)
  }
}

export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code })
}
