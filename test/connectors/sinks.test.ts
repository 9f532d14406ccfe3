import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before } from 'node:test'
import type { FaultyIO } from 'sluice/testing'
import { S3ObjectStore } from '../../src/aws/s3-object-store.ts'
import { filesSinkOpener } from '../../src/connectors/files-sink.ts'
import { printSinkOpener } from '../../src/connectors/print-sink.ts'
import { type FilesLayoutOptions, filesLayout } from '../../src/dstream/outputs/files-layout.ts'
import { FileObjectStore } from '../../src/local/stores/file-object-store.ts'
import { MemoryObjectStore } from '../../src/local/stores/memory-object-store.ts'
import type { ObjectStore } from '../../src/ports/object-store.ts'
import type { OutputFormat } from '../../src/rdd/formats/output-format.ts'
import { startTestCloud, type TestCloud } from '../aws/cloud.ts'
import { closedDirectory } from '../contracts/listing-readers.ts'
import { type SinkSubject, sinkContract } from '../contracts/sink.contract.ts'
import { subjects } from './files-sink.contract.ts'
import { attempt } from './output-job.ts'

let cloud: TestCloud
const scratch = mkdtempSync(join(tmpdir(), 'sluice-sinks-'))
let places = 0

before(async () => {
  cloud = await startTestCloud()
})
after(async () => {
  rmSync(scratch, { recursive: true })
  await cloud.close()
})

/** Where to stage, and the directory that the batch appears in: two places of one kind, and of two. */
const kinds: Readonly<Record<string, () => readonly [ObjectStore, ObjectStore]>> = {
  memory: () => [new MemoryObjectStore({ url: 'memory://ck' }), new MemoryObjectStore({ url: 'memory://out-1000' })],
  files: () => [
    new FileObjectStore(join(scratch, `${places}/ck`)),
    new FileObjectStore(join(scratch, `${places++}/out`)),
  ],
  S3: () => [s3(`${places}/ck`), s3(`${places++}/out`)],
  'S3 from files': () => [new FileObjectStore(join(scratch, `${places}/ck`)), s3(`${places++}/out`)],
}

const s3 = (prefix: string): ObjectStore => new S3ObjectStore(`s3://bucket/${prefix}`, { clients: cloud.clients })

/** One file a partition; several; several, some of which are joined. */
const layouts: Readonly<Record<string, FilesLayoutOptions>> = {
  '': {},
  ', ended early': { maxPartRecords: 2 },
  ', ended early and joined': { maxPartRecords: 3, maxPartBytes: 1200, compact: true },
}

interface FilesCase {
  readonly kind: string
  readonly subject: (typeof subjects)[number]
  readonly layout: string
}

function filesContract({ kind, subject: { name, format, large, small }, layout }: FilesCase): void {
  sinkContract({
    name: `${name}${layout} in ${kind}`,
    delivery: 'exactly-once',
    batch: [large, [], [small, small], [small]],
    // Other bytes under the names of the first.
    otherBatch: [[small, ...large], large, [], [small]],
    thorough: kind === 'memory',
    open: () => filesSubject(kinds[kind]?.() ?? [], format, layouts[layout] ?? {}),
  })
}

function filesSubject(
  [checkpoint, directory]: readonly ObjectStore[],
  format: OutputFormat<unknown>,
  options: FilesLayoutOptions,
): SinkSubject {
  if (checkpoint === undefined || directory === undefined) throw new Error('no such kind of place')
  const layout = filesLayout(options, format)
  return {
    checkpoint,
    directory,
    open: (io: FaultyIO) => {
      const storage = { open: () => io.store(directory) }
      return filesSinkOpener(storage)({ kind: 'files', options: { prefix: directory.url, format, layout } }, 'counts')
    },
    look: async () => {
      const files = await closedDirectory(directory)
      return files === undefined ? [] : [files]
    },
  }
}

for (const subject of subjects) {
  for (const layout of Object.keys(layouts)) filesContract({ kind: 'memory', subject, layout })
}
/** The named formats, in one layout each, as the layout makes no difference to a store. */
const [text, ndjson, object, , sequence] = subjects
const named = [
  [text, ''],
  [ndjson, ', ended early'],
  [object, ', ended early and joined'],
  [sequence, ', ended early and joined'],
] as const
for (const kind of ['files', 'S3', 'S3 from files']) {
  for (const [subject, layout] of kind === 'S3 from files' ? named.slice(2, 3) : named) {
    if (subject !== undefined) filesContract({ kind, subject, layout })
  }
}

sinkContract({
  name: 'print',
  delivery: 'at-least-once',
  thorough: true,
  batch: [[['a'], ['b', 'c']], [['d']]],
  otherBatch: [[['x']]],
  open: () => {
    const printed: string[] = []
    // As a terminal at the end of a connection is: what writes to it may fail like any other call.
    const terminal = new MemoryObjectStore({ url: 'memory://terminal' })
    return {
      checkpoint: new MemoryObjectStore({ url: 'memory://ck' }),
      open: (io: FaultyIO) => {
        const line = io.store({
          ...terminal,
          url: terminal.url,
          put: async (key, body) => {
            printed.push(new TextDecoder().decode(body))
            return { key, sizeBytes: body.length, etag: '', lastModifiedMs: attempt.batchTime }
          },
        } as ObjectStore)
        const write = async (text: string) => {
          await line.put('line', new TextEncoder().encode(text))
        }
        return printSinkOpener(write)({ kind: 'print', options: {} }, 'print')
      },
      look: async () => [...printed],
    }
  },
})
