import fs from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { systemError } from './patched-fs.ts'

const PATCHED = ['open', 'link', 'rename', 'mkdir', 'copyFile'] as const
type Call = (...args: unknown[]) => Promise<unknown>

export interface FullDisk {
  /** Calls that take room until there is none: names, bytes, making them durable. */
  readonly from: number
  /** What these fail with then; by default as where a disk is full. */
  readonly code?: 'ENOSPC' | 'EDQUOT' | 'EROFS' | 'EACCES'
  readonly onFull?: () => void
}

/** While `work` runs, so many calls can write and no more. Resolves to how many were made. */
export async function withFullDisk(
  { from, code = 'ENOSPC', onFull }: FullDisk,
  work: () => Promise<unknown>,
): Promise<number> {
  let calls = 0
  const take = () => {
    if (calls++ < from) return
    onFull?.()
    throw systemError(code)
  }
  const originals = Object.fromEntries(PATCHED.map((name) => [name, fs[name] as Call]))
  const patched = PATCHED.map((name) => [name, taking(originals[name] as Call, name, take)])
  Object.assign(fs, Object.fromEntries(patched))
  syncBuiltinESMExports()
  try {
    await work()
    return calls
  } finally {
    Object.assign(fs, originals)
    syncBuiltinESMExports()
  }
}

function taking(original: Call, name: (typeof PATCHED)[number], take: () => void): Call {
  return async (...args) => {
    if (name === 'open' && !String(args[1]).startsWith('w')) return original(...args)
    take()
    const made = await original(...args)
    return name === 'open' ? takingHandle(made as fs.FileHandle, take) : made
  }
}

function takingHandle(handle: fs.FileHandle, take: () => void): fs.FileHandle {
  for (const name of ['write', 'sync'] as const) {
    const original = handle[name].bind(handle) as Call
    Object.assign(handle, {
      [name]: async (...args: unknown[]) => {
        take()
        return original(...args)
      },
    })
  }
  return handle
}
