import type { IncomingMessage, Server } from 'node:http'
import { createRequire } from 'node:module'
import { SluiceError } from '../../util/errors.ts'

/** What is used of the package `dynalite`, which has no types: a server that is not listening yet; closing it closes its store. */
export type Dynalite = (options: DynaliteOptions) => Server

interface DynaliteOptions {
  /** A LevelDB directory; in memory if absent. */
  readonly path?: string
  readonly createTableMs: number
  readonly updateTableMs: number
  readonly deleteTableMs: number
}

/** What is used of a LevelDB store. */
export interface Level {
  open(): Promise<void>
  get(key: string): Promise<unknown>
  put(key: string, value: unknown): Promise<void>
  del(key: string): Promise<void>
  iterator(range: { readonly gte: string; readonly lt: string }): AsyncIterable<readonly [string, unknown]>
  close(): Promise<void>
}

/** dynalite's request listener takes Node's requests; it reads no more of the answer's side than this. */
interface DynaliteResponse {
  statusCode: number
  setHeader(name: string, value: string | number): void
  end(body?: string): void
}

export type DynaliteListener = (request: IncomingMessage, response: DynaliteResponse) => void

/** Loaded only when it is needed: it is a development dependency, which a deployed application does not have. */
export async function loadDynalite(): Promise<Dynalite> {
  try {
    const { default: dynalite } = (await import(PACKAGE)) as { readonly default: Dynalite }
    return dynalite
  } catch (cause) {
    const message = 'the embedded DynamoDB needs the package dynalite; install it with: npm install --save-dev dynalite'
    throw new SluiceError({ code: 'dynalite-missing', kind: 'invalid', message, cause })
  }
}

/** Opens a store as dynalite does, with dynalite's own copy of `level`. */
export async function openLevel(path: string): Promise<Level> {
  const own = createRequire(import.meta.url)
  const { Level } = createRequire(own.resolve(PACKAGE))('level') as {
    readonly Level: new (path: string, options: { readonly valueEncoding: 'json' }) => Level
  }
  const level = new Level(path, { valueEncoding: 'json' })
  await level.open()
  return level
}

/** In a constant, so that neither the type checker nor a bundler follows it. */
const PACKAGE: string = 'dynalite'
