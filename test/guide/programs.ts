import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join, resolve } from 'node:path'

/** The programs of the guide by name, as the page shows them. */
export function guidePrograms(): ReadonlyMap<string, string> {
  const page = readFileSync('docs/guide.md', 'utf8')
  const blocks = [...page.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)]
  return new Map(blocks.map(([, name = '', code = '']) => [name, code]))
}

/** A folder of its own below the repository, where `sluice` is found by its name; ignored by git. */
export function guideFolder(): { readonly path: string; remove(): void } {
  mkdirSync('.sluice', { recursive: true })
  const path = resolve(mkdtempSync(join('.sluice', 'guide-')))
  for (const [name, code] of guidePrograms()) writeFileSync(join(path, name), code)
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** What `nc -lk` is: whoever connects gets the lines. */
export interface LineServer {
  readonly port: number
  /** Resolves once somebody is connected and the line is sent. */
  send(line: string): Promise<void>
  close(): Promise<void>
}

export async function startLineServer(): Promise<LineServer> {
  const sockets = new Set<Socket>()
  let connected = () => {}
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {})
    connected()
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.address() as { readonly port: number }
  return {
    port,
    async send(line) {
      while (sockets.size === 0) {
        await new Promise<void>((resolve) => {
          connected = resolve
        })
      }
      for (const socket of sockets) socket.write(`${line}\n`)
    },
    close: () =>
      new Promise((closed) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => closed())
      }),
  }
}

/** A program that runs until it is killed. */
export interface Running {
  /** Resolves when what it printed so far matches. */
  prints(pattern: RegExp): Promise<string>
  kill(): Promise<void>
}

export function runProgram(file: string, args: readonly string[]): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  let seen = () => {}
  let ended = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      seen()
    })
  }
  const exit = new Promise<void>((done) => {
    child.on('close', () => {
      ended = true
      seen()
      done()
    })
  })
  return {
    async prints(pattern) {
      while (!pattern.test(text)) {
        if (ended) throw new Error(`It ended without printing ${pattern}:\n${text}`)
        await new Promise<void>((resolve) => {
          seen = resolve
        })
      }
      return text
    },
    async kill() {
      child.kill('SIGKILL')
      await exit
    },
  }
}
