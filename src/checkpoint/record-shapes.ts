import {
  type Check,
  either,
  isCount,
  isFlag,
  isPositive,
  isPresent,
  isRecord,
  isText,
  isTrue,
  isWhole,
  like,
  listOf,
  mapOf,
  oneOf,
  optional,
  type Shape,
} from './record-shape.ts'

/*
 * What the stored records must be like for the types that declare them to hold; named after these. Formats: PROTOCOL.md.
 */

const objectRef = like({ key: isText, sizeBytes: isCount, crc32c: isText })
const attempt = like({ incarnation: isCount, batchTime: isWhole, token: isCount, number: isCount })

function stored(record: Check): Check {
  return either(like({ kind: oneOf('inline'), value: record }), like({ kind: oneOf('object'), ref: objectRef }))
}

const offsetRange = like({
  partition: isText,
  from: isPresent,
  until: isPresent,
  records: optional(isCount),
  bytes: optional(Number.isFinite),
})

const deadLetters = {
  stream: isText,
  kind: isText,
  batchTime: isWhole,
  records: isCount,
  object: objectRef,
}

export const DEAD_LETTERS: Shape = {
  formatVersion: oneOf(1),
  open: listOf(like({ ...deadLetters, retry: optional(isTrue), streamDropped: optional(isTrue) })),
  dropped: optional(
    listOf(like({ stream: isText, batchTime: isWhole, records: isCount, reason: isText, atMs: Number.isFinite })),
  ),
}

/** One line of an object of dead letters. The line of a later form is to say so; this one carries no version. */
export const DEAD_LETTER: Shape = {
  formatVersion: optional(oneOf(1)),
  stream: isText,
  batchTime: isWhole,
  error: like({ code: isText, message: isText, operator: optional(isText) }),
  position: isPresent,
  payload: either(
    like({ kind: oneOf('text'), text: isText }),
    like({ kind: oneOf('bytes'), base64: isText }),
    like({ kind: oneOf('value'), base64: isText, shows: isText }),
    like({ kind: oneOf('range'), range: offsetRange }),
  ),
  retries: optional(isCount),
  place: like({ partition: isCount, index: isCount }),
}

const sourcePlan = like({
  kind: isText,
  version: isCount,
  renamedFrom: optional(isText),
  anew: optional(isTrue),
  ranges: listOf(offsetRange),
  next: isPresent,
  records: optional(isCount),
  bytes: optional(Number.isFinite),
  noDataset: optional(isTrue),
  repeats: optional(isTrue),
  more: isFlag,
  retried: optional(listOf(like(deadLetters))),
  gaps: optional(listOf(like({ partition: isText, from: isPresent, until: isPresent, reason: isText }))),
})

export const PLAN: Shape = {
  formatVersion: oneOf(1),
  batchTime: isWhole,
  clockMs: Number.isFinite,
  seed: Number.isFinite,
  fingerprint: isText,
  sources: mapOf(sourcePlan),
}

const changelogRef = like({
  batchTime: isWhole,
  object: optional(objectRef),
  merged: optional(isPositive),
  within: optional(objectRef),
  sizeBytes: isCount,
})

const snapshotRef = like({
  operator: isText,
  partition: isCount,
  batchTime: isWhole,
  object: objectRef,
  earlier: optional(listOf(objectRef)),
})

const unfinishedSnapshot = like({
  operator: isText,
  partition: isCount,
  batchTime: isWhole,
  pieces: listOf(objectRef),
})

const stateManifest = like({
  snapshots: listOf(snapshotRef),
  changelogs: listOf(changelogRef),
  unfinished: optional(listOf(unfinishedSnapshot)),
  voidUntil: optional(mapOf(isWhole)),
})

const panes = like({
  windowMs: isCount,
  slideMs: isPositive,
  stepMs: isPositive,
  keptMs: isCount,
  carried: optional(isTrue),
})

const operator = like({
  uid: isText,
  named: optional(isTrue),
  kind: isText,
  partitions: isPositive,
  partitioner: optional(oneOf('custom')),
  stateVersion: optional(isCount),
  codec: optional(like({ name: optional(isText) })),
  panes: optional(panes),
})

const graphRecord = like({ operators: listOf(operator), inputs: mapOf(isText), outputs: listOf(isText) })

const stagedFile = like({
  name: isText,
  sizeBytes: isCount,
  crc32c: isText,
  at: either(
    like({ kind: oneOf('text'), text: isText }),
    like({ kind: oneOf('base64'), data: isText }),
    like({ kind: oneOf('object'), ref: objectRef }),
  ),
})

const stagedOutput = like({
  output: isText,
  kind: isText,
  destination: optional(isText),
  files: listOf(stagedFile),
  partSizes: optional(like({ uploadBytes: isPositive, copyBytes: isPositive })),
})

const batchStats = like({
  records: mapOf(isCount),
  attempts: isCount,
  submissionTime: Number.isFinite,
  processingStartTime: Number.isFinite,
  processingEndTime: Number.isFinite,
})

export const MANIFEST: Shape = {
  formatVersion: oneOf(1),
  attempt,
  predecessor: optional(attempt),
  plan: stored(like(PLAN)),
  plannedAs: optional(mapOf(isText)),
  positions: isRecord,
  otherInputs: optional(mapOf(isText)),
  marks: optional(mapOf(mapOf(listOf(isCount)))),
  state: stateManifest,
  graph: optional(graphRecord),
  inlineChanges: optional(isText),
  changes: optional(changelogRef),
  outputs: listOf(stagedOutput),
  stats: batchStats,
  skipped: optional(like({ reason: isText })),
  deadLetters: optional(like({ made: listOf(like(deadLetters)), retried: listOf(like(deadLetters)) })),
  began: optional(like({ by: oneOf('reset', 'savepoint'), reason: isText })),
}

const storedManifest = stored(like(MANIFEST))

export const SEGMENT: Shape = {
  formatVersion: oneOf(1),
  manifests: listOf(storedManifest),
  previous: optional(objectRef),
}

export const SAVEPOINT: Shape = {
  formatVersion: oneOf(1),
  app: isText,
  name: isText,
  createdMs: Number.isFinite,
  zeroTime: isWhole,
  batchIntervalMs: isPositive,
  manifest: like(MANIFEST),
  inlineChanges: mapOf(isText),
}

const failure = like({ message: isText, code: isText, atMs: Number.isFinite, count: isCount })

export const HEAD: Shape = {
  formatVersion: oneOf(1),
  app: isText,
  incarnation: isCount,
  version: isPositive,
  token: isCount,
  zeroTime: isWhole,
  batchIntervalMs: isPositive,
  lease: optional(like({ owner: isText, until: Number.isFinite, tookOver: optional(isTrue) })),
  planned: optional(
    like({
      batchTime: isWhole,
      token: isCount,
      attempts: isCount,
      plan: stored(like(PLAN)),
      mayHaveActed: optional(isTrue),
      failure: optional(failure),
    }),
  ),
  committed: optional(like({ attempt, manifest: storedManifest, published: isFlag })),
  history: like({ recent: listOf(storedManifest), segment: optional(objectRef) }),
  boundary: isCount,
  pins: listOf(like({ name: isText, batchTime: isWhole, token: isCount, ref: objectRef })),
  collected: optional(isWhole),
  collectedTo: optional(isText),
  deadLetters: optional(stored(like(DEAD_LETTERS))),
}
