import { Block } from '../../src/state/block.ts'
import { Changelog, encodeChangelog, encodeMerged } from '../../src/state/changelog.ts'
import { blocksOf, ExpiryTimes } from '../../src/state/expiry-times.ts'
import { mergedChanges } from '../../src/state/merged-changes.ts'
import { Rows } from '../../src/state/rows.ts'
import { keptValue, Stored } from '../../src/state/stored.ts'
import type { StoredSnapshot } from '../../src/state/stored-snapshot.ts'
import { Table } from '../../src/state/table.ts'
import { assert } from '../../src/util/assert.ts'
import { crc32c } from '../../src/util/crc32c.ts'
import { encodeOrdered, encodeSnapshot, openSnapshot } from '../state/whole-snapshot.ts'
import type { FuzzTarget } from './fuzz.ts'

const A = { operator: 'a', partition: 0, partitions: 2 }
const B = { operator: 'b', partition: 1, partitions: 2 }
const BATCH = 5_000
const HEADER_BYTES = 5
const ALWAYS = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY }

const ENTRIES: readonly (readonly [unknown, unknown])[] = [
  ['k', 1],
  [[1, 'x'], { list: [1, 2], map: new Map([['a', new Set([1n])]]) }],
  [-7, new Date(0)],
  ['long'.repeat(20), Uint8Array.of(1, 2, 3)],
]

function rows(timed: boolean): Rows {
  const table = new Table<unknown, unknown>(A, new Rows())
  ENTRIES.forEach(([key, value], i) => {
    table.append(key, value, timed ? i * 100 : undefined)
  })
  table.seal(BATCH)
  return table.release()
}

function changelog(timed: boolean): Uint8Array {
  const table = new Table<unknown, unknown>(A, new Rows())
  ENTRIES.forEach(([key, value], i) => {
    table.append(key, value, timed ? i * 100 : undefined)
  })
  const section = table.seal(BATCH)
  return encodeChangelog(BATCH, section === undefined ? [] : [section])
}

/** Of two changelogs; its second section is of a table that only the second one changes. */
function merged(timed: boolean): Uint8Array {
  const later = new Table<unknown, unknown>(B, new Rows())
  later.append('k', 1, timed ? BATCH : undefined)
  const gone = new Table<unknown, unknown>(A, rows(timed))
  for (const [key] of ENTRIES.slice(0, 2)) gone.deleteAt(gone.find(key))
  const sections = [gone, later].map((table) => table.seal(BATCH)).filter((section) => section !== undefined)
  const parts = [changelog(timed), encodeChangelog(BATCH, sections)].map((bytes) => new Changelog(bytes, 'object'))
  return encodeMerged(
    BATCH,
    mergedChanges(parts, () => true),
  )
}

/** What is in rows, all of it read. */
function contentOf(found: Rows): unknown {
  const entries: unknown[] = []
  for (let slot = 0; slot < found.slots; slot++) {
    if (!found.isAlive(slot)) continue
    const value = found.value(slot)
    entries.push([found.key(slot), value instanceof Stored ? value.value() : value, found.time(slot)])
  }
  return entries
}

function readChangelog(bytes: Uint8Array): unknown {
  const read = new Changelog(bytes, 'object')
  const applied = new Rows()
  read.applyTo(applied, A)
  const merged = new Changelog(
    encodeMerged(
      BATCH,
      mergedChanges([read, read], () => true),
    ),
    'object',
  )
  merged.applyTo(applied, A)
  return [read.batchTime, read.sections.map((section) => [...read.entriesOf(section)]), contentOf(applied)]
}

async function readSnapshot(bytes: Uint8Array): Promise<unknown> {
  const snapshot = await openSnapshot(bytes, 'object')
  const expired = await snapshot.changedIn(ALWAYS)
  const filter = await snapshot.filter()
  return [contentOf(await snapshot.rows()), await blocksOfAll(snapshot), expired, filter.bytes]
}

/** Entries as a walk over them meets them. */
async function blocksOfAll(snapshot: StoredSnapshot): Promise<unknown[]> {
  const entries: unknown[] = []
  for await (const block of snapshot.inOrder()) {
    for (let i = 0; i < block.length; i++) entries.push(keptValue(block.entry(i).value))
  }
  return entries
}

/** The last four bytes of changelogs and snapshots are of header, footer or index, and its size. */
function resealed(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  if (copy.length < HEADER_BYTES + 8) return copy
  const view = new DataView(copy.buffer)
  const end = copy.length - 8
  const start = Math.max(HEADER_BYTES, end - view.getUint32(end, true))
  const covered = crc32c(copy.subarray(start, end + 4), crc32c(copy.subarray(0, HEADER_BYTES)))
  view.setUint32(end + 4, covered, true)
  return copy
}

/** Any bytes as a section whose checksum is right; the first says how many entries are claimed, and of which version it is. */
function readSection(bytes: Uint8Array): unknown {
  const [counts = 0, ...section] = bytes
  const [deletes, puts, timed] = [counts & 3, (counts >> 2) & 15, (counts & 64) !== 0]
  const encode = (counts & 128) !== 0 ? encodeMerged : encodeChangelog
  return readChangelog(encode(BATCH, [{ ...A, deletes, puts, timed, bytes: Uint8Array.from(section) }]))
}

function sectionSample(bytes: Uint8Array, version: number): Uint8Array {
  const [section] = new Changelog(bytes, 'object').sections
  assert(section !== undefined, 'a sample has a section')
  const { deletes, puts, timed, start, sizeBytes } = section
  return Uint8Array.from([
    version | (timed ? 64 : 0) | (puts << 2) | deletes,
    ...bytes.subarray(start, start + sizeBytes),
  ])
}

/** Of snapshots of few entries, the first block is all that lies between header and index. */
function blockSample(bytes: Uint8Array, timed: boolean): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const index = view.getUint32(bytes.length - 8, true) + 8
  return Uint8Array.from([Number(timed), ...bytes.subarray(HEADER_BYTES, bytes.length - index)])
}

function readBlock(bytes: Uint8Array): unknown {
  const block = new Block(bytes.slice(1), bytes[0] === 1 ? BATCH : undefined, 'object')
  return Array.from({ length: block.length }, (_, i) => {
    const { key, value, place, time } = block.entry(i)
    return [key, value, place, time].map((part) => (part instanceof Stored ? part.value() : part))
  })
}

function timesSample(): Uint8Array {
  const times = new ExpiryTimes()
  for (let i = 0; i < 40; i++) times.add(100 * (i % 7), i)
  return times.encode().bytes
}

const HEADER = { ...A, batchTime: BATCH }
const ordered = await encodeOrdered(HEADER, rows(false))
const snapshots = [...[false, true].map((timed) => encodeSnapshot(HEADER, rows(timed), timed)), ordered]
const blocks = [
  ...[false, true].map((timed) => blockSample(encodeSnapshot(HEADER, rows(timed)), timed)),
  blockSample(ordered, false),
]

const plain = [changelog(false), changelog(true)]
const ofSeveral = [merged(false), merged(true)]
const changelogs = [...plain, ...ofSeveral]
const sections = [
  ...plain.map((bytes) => sectionSample(bytes, 0)),
  ...ofSeveral.map((bytes) => sectionSample(bytes, 128)),
]

export const stateTargets: readonly FuzzTarget[] = [
  { name: 'changelog', samples: changelogs, decode: readChangelog, sealed: true },
  { name: 'changelog-footer', samples: changelogs, decode: readChangelog, reseal: resealed },
  { name: 'changelog-section', samples: sections, decode: readSection },
  { name: 'snapshot', samples: snapshots, decode: readSnapshot, sealed: true },
  { name: 'snapshot-index', samples: snapshots, decode: readSnapshot, reseal: resealed },
  { name: 'snapshot-block', samples: blocks, decode: readBlock },
  { name: 'snapshot-times', samples: [timesSample()], decode: (bytes) => blocksOf(bytes, ALWAYS) },
]
