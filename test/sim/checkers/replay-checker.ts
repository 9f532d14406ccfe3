import type { ReplayedOutput } from '../../../src/scheduler/compare-outputs.ts'
import type { ReplayReport } from '../../../src/scheduler/replay.ts'
import { isOutside, type OutputSpec } from '../apps/app-spec.ts'
import type { Expected } from '../oracle/oracle.ts'
import type { SimWorld } from '../world/sim-world.ts'
import { OUTPUT } from '../world/site-of.ts'
import type { Checker, Rerun } from './checker.ts'
import type { OutputChecker } from './output-checker.ts'
import { linesByPart, type OutputFile, textsByPart } from './output-parts.ts'
import type { Past, ReplayOracle } from './replay-oracle.ts'

/** Of each partition that has any, the lines without what attempts draw. */
type Lines = ReadonlyMap<number, readonly string[]>

/**
 * A replay says truly which files are as they were committed; what it makes is what was committed, if by the same code on the
 * same state, or else what an independent evaluation says that its code makes of that batch.
 */
export class ReplayChecker implements Checker {
  readonly #world: SimWorld
  readonly #outputs: OutputChecker
  readonly #oracle: ReplayOracle

  constructor(
    world: SimWorld,
    { outputs, oracle }: { readonly outputs: OutputChecker; readonly oracle: ReplayOracle },
  ) {
    this.#world = world
    this.#outputs = outputs
    this.#oracle = oracle
  }

  replayed(rerun: Rerun, report: ReplayReport): void {
    const past = this.#oracle.past(report.batchTime)
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
    return this.#oracle.isAsCommitted(rerun, past) ? undefined : this.#oracle.expected(rerun, past).files
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
    for (const output of release.outputs.filter((output) => !isOutside(output))) {
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
