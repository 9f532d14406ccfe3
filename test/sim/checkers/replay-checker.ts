import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { Plan } from '../../../src/checkpoint/plan.ts'
import type { ReplayedOutput } from '../../../src/scheduler/compare-outputs.ts'
import type { ReplayReport } from '../../../src/scheduler/replay.ts'
import type { OutputSpec } from '../apps/app-spec.ts'
import { placeOf, type Release } from '../apps/release.ts'
import type { BatchInput, Expected, Oracle } from '../oracle/oracle.ts'
import type { SimWorld } from '../world/sim-world.ts'
import { OUTPUT } from '../world/site-of.ts'
import type { Checker, Commit, Rerun } from './checker.ts'
import type { OutputChecker } from './output-checker.ts'
import { linesByPart, type OutputFile, textsByPart } from './output-parts.ts'

/** What is known of a committed batch. */
interface Past {
  readonly manifest: Manifest
  readonly plan: Plan
  readonly release: Release
  /** Which has gone on since. */
  readonly oracle: Oracle
  /** Its number there. */
  readonly batch: number
}

/** Of each partition that has any, the lines without what attempts draw. */
type Lines = ReadonlyMap<number, readonly string[]>

/**
 * A replay says truly which files are as they were committed; what it makes is what was committed, if by the same code on the
 * same state, or else what an independent evaluation says that its code makes of that batch.
 */
export class ReplayChecker implements Checker {
  readonly #world: SimWorld
  readonly #outputs: OutputChecker
  /** By batch time: an incarnation begins after the one before. */
  readonly #past = new Map<number, Past>()
  /** What has come of state that was carried on by other code than had committed it. */
  readonly #carried = new WeakMap<Rerun, Oracle>()

  constructor(world: SimWorld, outputs: OutputChecker) {
    this.#world = world
    this.#outputs = outputs
  }

  /** After the oracle has taken it in. */
  committed({ manifest, process: { release } }: Commit): void {
    const { oracle } = this.#world
    const plan = this.#world.load<Plan>(manifest.plan)
    if (plan === undefined) return
    this.#past.set(manifest.attempt.batchTime, { manifest, plan, release, oracle, batch: oracle.batches })
  }

  replayed(rerun: Rerun, report: ReplayReport): void {
    const past = this.#past.get(report.batchTime)
    const isSkipped = report.skipped !== undefined
    if (past === undefined || isSkipped !== (past.manifest.skipped !== undefined)) {
      this.#world.violate('replays-what-was-committed', `${report.batchTime} ms: ${report.skipped?.reason}`)
      return
    }
    const expected = this.#expected(rerun, past)
    this.#requirePlace(rerun, report)
    const files = this.#filesOf(rerun, report)
    if (files === undefined) return
    this.#requireTruth(report, files)
    if (isSkipped && report.outputs.length > 0) this.#world.violate('skipped-puts-out-nothing', report.shadow)
    if (!isSkipped) this.#compare(rerun, { report, files, expected })
  }

  /** What its code makes of the batch; nothing is said where that is what was committed. */
  #expected(rerun: Rerun, past: Past): Expected['files'] | undefined {
    const { carryState, process } = rerun
    const { manifest, release, oracle, batch } = past
    const carried = this.#carried.get(rerun)
    if (carried === undefined && process.release === release) return undefined
    const before = oracle.asOf(batch - 1)
    const input = inputFor(process.release, { past, before })
    const now = carried ?? before
    const { files } = now.next(input, process.release)
    if (carryState) this.#carried.set(rerun, now)
    return manifest.skipped === undefined ? files : new Map()
  }

  #requirePlace({ keep }: Rerun, { batchTime, shadow, outputs }: ReplayReport): void {
    const [, kept, time] = /\/shadow\/(kept|passing)\/[^/]+\/b(\d+)$/.exec(shadow) ?? []
    const isThere = kept === (keep ? 'kept' : 'passing') && Number(time) === batchTime
    const below = `${this.#world.checkpoint.url}/`
    const others = outputs.flatMap(({ files }) => files).filter((key) => !`${below}${key}`.startsWith(`${shadow}/`))
    if (!isThere || others.length > 0) this.#world.violate('replays-lie-apart', `${shadow}: ${others}`)
  }

  /** By output; `undefined` if some have been collected meanwhile, which the storage itself is asked about. */
  #filesOf({ keep }: Rerun, { outputs }: ReplayReport): ReadonlyMap<ReplayedOutput, readonly OutputFile[]> | undefined {
    const { objects } = this.#world.checkpoint
    const gone = outputs.flatMap(({ files }) => files).filter((key) => !objects.has(key))
    if (keep && gone.length > 0) this.#world.violate('kept-replays-stay', gone.join(' '))
    if (gone.length > 0) return undefined
    const fileOf = (key: string): OutputFile => ({
      name: decodeURIComponent(key.slice(key.lastIndexOf('/') + 1)),
      text: objects.get(key)?.content.text ?? '',
    })
    return new Map(outputs.map((output) => [output, output.files.map(fileOf)]))
  }

  #requireTruth(
    { batchTime, equal, outputs }: ReplayReport,
    files: ReadonlyMap<ReplayedOutput, readonly OutputFile[]>,
  ): void {
    for (const [told, made] of files) {
      const committed = this.#outputs.committedAt(told.destination ?? '')
      const isEqual = made.length === committed.size && made.every(({ name, text }) => committed.get(name) === text)
      if (isEqual !== told.equal || isEqual !== (told.differences.length === 0))
        this.#world.violate('replays-say-what-differs', `${told.destination}: ${told.differences.join('; ')}`)
    }
    if (equal !== outputs.every((told) => told.equal))
      this.#world.violate('replays-say-what-differs', `${batchTime} ms`)
  }

  #compare(
    { process: { release } }: Rerun,
    {
      report: { batchTime },
      files,
      expected,
    }: {
      readonly report: ReplayReport
      readonly files: ReadonlyMap<ReplayedOutput, readonly OutputFile[]>
      readonly expected: Expected['files'] | undefined
    },
  ): void {
    const made = new Map([...files].map(([{ destination = '' }, of]) => [destination, of]))
    for (const output of release.outputs.filter(({ kind }) => kind !== 'effect' && kind !== 'keyed')) {
      const destination = `${OUTPUT}/${output.name}-${batchTime}`
      const right = expected === undefined ? this.#committedLines(output, destination) : expectedLines(output, expected)
      const got = plainLines(output, made.get(destination) ?? [])
      if (textOf(got) !== textOf(right))
        this.#world.violate(
          expected === undefined ? 'replay-equals-committed' : 'replay-equals-oracle',
          `${destination}\nexpected: ${textOf(right)}\ngot:      ${textOf(got)}`,
        )
    }
  }

  #committedLines(output: OutputSpec, destination: string): Lines {
    return plainLines(
      output,
      [...this.#outputs.committedAt(destination)].map(([name, text]) => ({ name, text })),
    )
  }
}

/** What the batch has read of the streams that are its code's, too: what the batch itself has not read, no code reads now. */
function inputFor(
  release: Release,
  { past: { plan, oracle, batch }, before }: { readonly past: Past; readonly before: Oracle },
): BatchInput {
  const own = Object.entries(plan.sources).filter(([uid, cut]) => before.isOwn(uid, cut, release))
  const places = new Set(own.map(([uid]) => placeOf(uid)))
  return new Map([...oracle.inputOf(batch)].filter(([place]) => places.has(place)))
}

function expectedLines(output: OutputSpec, files: Expected['files']): Lines {
  const [, parts] = [...files].find(([{ name }]) => name === output.name) ?? []
  return linesByPart(output, parts ?? new Map())
}

function plainLines(output: OutputSpec, files: readonly OutputFile[]): Lines {
  const plain = PLAIN[output.kind]
  const texts = [...textsByPart(output, files)]
  return new Map(texts.map(([part, text]) => [part, text.split('\n').slice(0, -1).map(plain)]))
}

const PLAIN: Readonly<Record<OutputSpec['kind'], (line: string) => string>> = {
  text: (line) => line,
  tagged: (line) => line.replace(/,~\d+\)$/, ')'),
  chain: (line) => line.replace(/,\((\d+),\d+,\d+\)\)$/, ',$1)'),
  effect: (line) => line,
  keyed: (line) => line,
}

function textOf(lines: Lines): string {
  const parts = [...lines].filter(([, of]) => of.length > 0).sort(([a], [b]) => a - b)
  return parts.map(([part, of]) => `${part}: ${of.join(' ')}`).join('\n')
}
