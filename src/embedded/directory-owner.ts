import { createHash } from 'node:crypto'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SluiceError } from '../util/errors.ts'

/** The right of this process to a directory. */
export interface DirectoryOwner {
  release(): Promise<void>
}

/**
 * Keeps a second process out of a directory: two that append to the same files would destroy them. The owner listens on a local
 * socket named after the directory, which ends with the process however it ends, so that nothing stale has to be judged by age.
 */
export async function ownDirectory(directory: string): Promise<DirectoryOwner> {
  mkdirSync(directory, { recursive: true })
  const path = socketPath(realpathSync(directory))
  const server = (await listen(path)) ?? (await takeOver(path))
  if (!server) {
    const message = `another process has its embedded cloud in this directory; stop it or choose another one: ${directory}`
    throw new SluiceError({ code: 'directory-in-use', kind: 'invalid', message })
  }
  server.unref()
  return { release: () => new Promise((resolve) => server.close(() => resolve())) }
}

/** In the temporary directory, as such a path may have some 100 characters at most. */
function socketPath(directory: string): string {
  const name = `sluice-${createHash('sha256').update(directory).digest('hex').slice(0, 24)}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
}

/** A killed owner leaves its socket's file, to which nobody answers. */
async function takeOver(path: string): Promise<Server | undefined> {
  if (await answers(path)) return undefined
  rmSync(path, { force: true })
  return listen(path)
}

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen(path, () => resolve(server))
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
