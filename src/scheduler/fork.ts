import type { Head } from '../checkpoint/head.ts'
import type { HeadRegister, Swapped } from '../ports/head-register.ts'
import type { Log } from '../ports/log.ts'
import type { Metrics } from '../ports/metrics.ts'
import type { GetOptions, ObjectInfo, ObjectStore, ObjectUpload, StoredObject } from '../ports/object-store.ts'
import type { Source } from '../ports/source.ts'
import { StateStore } from '../state/state-store.ts'
import { assert } from '../util/assert.ts'
import { concatBytes } from '../util/concat-bytes.ts'
import { type Runtime, sourceOf } from './runtime.ts'

/**
 * An application that goes on from `head` by itself, in memory: it reads what the real one reads and writes nothing that the
 * real one, or anybody else, ever sees.
 */
export function forkRuntime(runtime: Runtime, head: Head): Runtime {
  const uids = runtime.graph.inputs.map(({ uid }) => uid)
  return {
    ...runtime,
    register: new ForkRegister(head),
    checkpoint: forkStore(runtime.checkpoint),
    openSink: () => assert(false, 'a fork carries out no output') as never,
    log: SILENT,
    metrics: NO_METRICS,
    observers: [],
    state: new StateStore(),
    receiverEvent: undefined,
    warm: { started: true, sources: new Map(uids.map((uid) => [uid, borrowed(sourceOf(runtime, uid))])) },
  }
}

/** The head of a fork. What the real application still has to publish is none of its business. */
class ForkRegister implements HeadRegister {
  readonly url = 'memory://fork'
  #head: Head

  constructor({ lease: _, ...head }: Head) {
    const { committed } = head
    this.#head = committed === undefined ? head : { ...head, committed: { ...committed, published: true } }
  }

  async read(): Promise<Head> {
    return this.#head
  }

  async swap(expected: number, next: Head): Promise<Swapped> {
    if (this.#head.version !== expected) return { kind: 'conflict' }
    this.#head = next
    return { kind: 'ok' }
  }
}

/** Reads through to what is stored, and keeps what is written. */
function forkStore(below: ObjectStore): ObjectStore {
  const own = new Map<string, Uint8Array>()
  const put = (key: string, body: Uint8Array): ObjectInfo => {
    own.set(key, body)
    return info(key, body)
  }
  return new Proxy(below, {
    get(target, property) {
      if (property === 'url') return target.url
      if (property === 'get')
        return async (key: string, options?: GetOptions) =>
          stored(key, own.get(key), options) ?? target.get(key, options)
      if (property === 'put') return async (key: string, body: Uint8Array) => put(key, body)
      if (property === 'upload') return (key: string) => upload((body) => put(key, body))
      return () => assert(false, `a fork only gets and puts objects: ${String(property)}`)
    },
  })
}

function stored(key: string, whole: Uint8Array | undefined, options?: GetOptions): StoredObject | undefined {
  if (whole === undefined) return undefined
  const body = whole.subarray(options?.range?.start, options?.range?.end)
  return {
    info: info(key, whole),
    body: (async function* () {
      yield body
    })(),
    bytes: async () => body,
  }
}

/** Keeps the bytes until they are complete. */
function upload(put: (body: Uint8Array) => ObjectInfo): ObjectUpload {
  const parts: Uint8Array[] = []
  return {
    write: async (bytes) => void parts.push(bytes),
    complete: async () => put(concatBytes(parts)),
    abort: async () => void parts.splice(0),
  }
}

function info(key: string, { byteLength }: Uint8Array): ObjectInfo {
  return { key, sizeBytes: byteLength, etag: `${key}:${byteLength}`, lastModifiedMs: 0 }
}

/** The real application's open source: a fork must neither end it nor say what has been consumed. */
function borrowed(source: Source): Source {
  return {
    plan: (request) => source.plan(request),
    read: (range, signal) => source.read(range, signal),
    describe: (range, index) => source.describe(range, index),
    ...(source.raw === undefined ? {} : { raw: source.raw }),
    ...(source.isUndecodable === undefined ? {} : { isUndecodable: source.isUndecodable.bind(source) }),
    ...(source.remember === undefined ? {} : { remember: source.remember.bind(source) }),
    close: async () => {},
  }
}

const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} }
const NO_METRICS: Metrics = { record() {}, flush: async () => {} }
