import type { Attempt } from '../../../src/checkpoint/attempt.ts'
import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { OffsetRange, Plan, SourcePlan } from '../../../src/checkpoint/plan.ts'
import type { Json } from '../../../src/checkpoint/stored.ts'
import { frontDecode } from '../../../src/connectors/file/front-coding.ts'
import { type InputSpec, isInput, type NodeSpec, type OutputSpec, type Pair } from '../apps/app-spec.ts'
import { parseLine } from '../apps/functions.ts'
import { livePlaces, placeOf, type Release } from '../apps/release.ts'
import type { Expected } from '../oracle/oracle.ts'
import { KEEPS_POSITIONS, reasonFor } from '../world/operator.ts'
import type { SimWorld } from '../world/sim-world.ts'
import { INPUT, OUTPUT } from '../world/site-of.ts'
import type { Begun, Checker, Commit, HeadChange, Reset } from './checker.ts'
import type { ComputedChecker } from './computed-checker.ts'
import type { EffectChecker } from './effect-checker.ts'
import type { KeyedChecker } from './keyed-checker.ts'
import { Known, type KnownThen } from './known.ts'
import type { LetterChecker } from './letter-checker.ts'
import { linesByPart, textsByPart } from './output-parts.ts'
import type { ReceivedChecker } from './received-checker.ts'

/** Who knows of what a batch reads and does beside its files. */
export interface OutsideFiles {
  readonly effects: EffectChecker
  readonly keyed: KeyedChecker
  readonly letters: LetterChecker
  readonly received: ReceivedChecker
  readonly computed: ComputedChecker
}

/**
 * Every record is in exactly one batch, and what a batch commits is what an independent evaluation of all batches so far
 * makes of their plans.
 */
export class HistoryChecker implements Checker {
  readonly #world: SimWorld
  readonly #outside: OutsideFiles
  #known = new Known()
  /** By the names of batches, where somebody may ask for it. */
  readonly #past = new Map<string, KnownThen>()

  constructor(world: SimWorld, outside: OutsideFiles) {
    this.#world = world
    this.#outside = outside
  }

  /** In the order in which they were read. */
  get filesRead(): Iterable<string> {
    return this.#known.files
  }

  committed({ after, manifest, process }: Commit): void {
    const plan = this.#world.load<Plan>(manifest.plan)
    if (plan === undefined) return
    for (const place of this.#world.oracle.givenUpBy(process.release)) this.#forget(place)
    const input = new Map<number, Pair[][]>()
    for (const [uid, cut] of Object.entries(plan.sources)) {
      const place = placeOf(uid)
      const node = this.#world.scenario.app.nodes[place]
      if (!isInput(node)) continue
      // Code that gives up a plan of another version may not know its streams: it has not moved its own, and reads them next.
      if (!this.#world.oracle.isOwn(uid, cut, process.release)) {
        const isMoved = JSON.stringify(manifest.positions[uid]) === JSON.stringify(cut.next)
        if (isMoved) this.#passOver(node, cut)
        continue
      }
      const parts =
        node.op === 'computed'
          ? this.#outside.computed.take(uid, cut, manifest)
          : cut.ranges.map((range) => this.#pairs(node, range))
      if (node.op === 'files') this.#goneOnAfter(cut)
      if (node.op === 'log') this.#goneOnTo(node.stream, cut)
      if (manifest.skipped !== undefined) continue
      const quota = node.op === 'log' ? node.quota : undefined
      const stream = quota && { place, quota, cut, parts }
      input.set(place, stream === undefined ? parts : this.#outside.letters.settle(stream, manifest, process.release))
    }
    this.#outside.letters.checkBox(after)
    const expected = this.#world.oracle.next(input, process.release, manifest.skipped !== undefined)
    if (manifest.skipped === undefined) this.#compare(manifest, expected, process.release)
    else this.#skipped(manifest)
    this.#remember(manifest)
  }

  /** What is known is kept for as long as a savepoint may be made of the batch. */
  headChanged({ before, after }: HeadChange): void {
    for (const { name, batchTime } of after.pins) {
      if (before?.pins.some((pin) => pin.name === name) !== false) continue
      const then = this.#past.get(nameOf({ incarnation: after.incarnation, batchTime }))
      if (then !== undefined) this.#world.savepoints.set(name, then)
    }
  }

  /** A checkpoint goes on from what was known when the batch of its savepoint was committed. */
  begun({ manifest }: Begun): void {
    const [name = ''] = manifest.began?.reason.split(' ') ?? []
    const then = this.#world.origin?.savepoints.get(name)
    if (then === undefined) {
      this.#world.violate('begins-with-a-savepoint', `of none that was made: ${manifest.began?.reason}`)
      return
    }
    this.#known = new Known(then.known)
    this.#world.oracle = then.oracle()
    this.#remember(manifest)
  }

  /** State and windows begin anew, and so do positions unless they are kept. */
  reset({ manifest }: Reset): void {
    const keepsPositions = manifest.began?.reason === KEEPS_POSITIONS
    this.#world.oracle = this.#world.oracle.begunAnew(keepsPositions)
    const { read, files, passedOver } = this.#known
    this.#known = new Known()
    if (keepsPositions) Object.assign(this.#known, { read, files, passedOver })
    this.#remember(manifest)
  }

  #remember({ attempt }: Manifest): void {
    if (!this.#world.scenario.beginsElsewhere) return
    const { oracle } = this.#world
    const { batches } = oracle
    this.#past.set(nameOf(attempt), { known: new Known(this.#known), oracle: () => oracle.asOf(batches) })
  }

  ended(): void {
    const { faults, head, violate } = this.#world
    // After a clock that was a year ahead no batch is due that could read anything.
    const read = head?.committed !== undefined && !faults.counts.has('clock-far-ahead')
    if (!read || !this.#readsFiles()) return
    for (const key of this.#world.place(`${INPUT}/0`).keys(''))
      if (!this.#known.files.has(`${INPUT}/0/${key}`)) violate('files-are-read', key)
  }

  #readsFiles(): boolean {
    const { app } = this.#world.scenario
    return [...livePlaces(app)].some((place) => app.nodes[place]?.op === 'files')
  }

  /** A position that is given up: its stream begins anew. What was read of blocks stays read. */
  #forget(place: number): void {
    const node = this.#world.scenario.app.nodes[place]
    if (node?.op === 'files') this.#known.files.clear()
    if (node?.op !== 'log') return
    for (const name of [...this.#known.read.keys()])
      if (name.startsWith(`${node.stream}/`)) this.#known.read.delete(name)
  }

  #pairs(node: Exclude<InputSpec, { readonly op: 'computed' }>, range: OffsetRange): Pair[] {
    if (node.op === 'received') return this.#outside.received.take(range.partition)
    return node.op === 'log' ? this.#records(node.stream, range) : this.#lines(range)
  }

  /**
   * Blocks lie under the name of their stream: those that are given up with a plan are not read under that again. Nor are files by
   * the stream that goes on from there; any other may read them.
   */
  #passOver({ op }: NodeSpec, { ranges }: SourcePlan): void {
    for (const { partition } of ranges) {
      if (op === 'received') this.#outside.received.take(partition)
      if (op === 'files') this.#known.passedOver.add(partition)
    }
  }

  /** A stream that goes on from a position of other code takes over what was given up before that. */
  #goneOnAfter({ next }: SourcePlan): void {
    const { files, passedOver } = this.#known
    for (const url of frontDecode((next as { readonly skipped?: Json }).skipped ?? [])) {
      if (!files.has(url) && !passedOver.has(url)) this.#world.violate('files-are-read', url)
      files.add(url)
    }
  }

  /** Half-open ranges must follow each other. */
  #records(stream: number, { partition, from, until }: OffsetRange): Pair[] {
    const log = this.#world.logs[stream]?.partitions[Number(partition)]
    const name = `${stream}/${partition}`
    const last = this.#known.read.get(name)
    if (last !== undefined && from !== last)
      this.#world.violate('offsets-follow', `${name}: from ${from}, read up to ${last}`)
    if (Number(until) < Number(from)) this.#world.violate('offsets-follow', `${name}: from ${from} to ${until}`)
    this.#known.read.set(name, Number(until))
    return log?.records.slice(Number(from), Number(until)) ?? []
  }

  /** A plan without data says where the next one begins all the same. */
  #goneOnTo(stream: number, { next }: SourcePlan): void {
    for (const [partition, offset] of (next as { readonly offsets: readonly number[] }).offsets.entries()) {
      const name = `${stream}/${partition}`
      const last = this.#known.read.get(name)
      if (last !== undefined && offset !== last)
        this.#world.violate('offsets-follow', `${name}: next from ${offset}, read up to ${last}`)
      this.#known.read.set(name, offset)
    }
  }

  #lines({ partition, until }: OffsetRange): Pair[] {
    if (this.#known.files.has(partition)) this.#world.violate('files-once', `read twice: ${partition}`)
    this.#known.files.add(partition)
    const text = this.#world.inputs.get(`${partition} ${(until as { readonly etag: string }).etag}`) ?? ''
    return text
      .split('\n')
      .filter((line) => line !== '')
      .map(parseLine)
  }

  /** A skipped batch may still move state on, by what windows hold: nobody sees what its attempt drew. */
  #skipped({ outputs, attempt, skipped }: Manifest): void {
    if (skipped?.reason !== reasonFor(attempt.batchTime))
      this.#world.violate('skips-what-was-named', `${attempt.batchTime} ms: ${skipped?.reason}`)
    if (outputs.length > 0) this.#world.violate('skipped-puts-out-nothing', `${attempt.batchTime} ms`)
    this.#known.links.clear()
    this.#known.unseen = true
  }

  #compare(manifest: Manifest, { files, effects, keyed }: Expected, { outputs }: Release): void {
    const drawn = new Set<string>()
    for (const [output, all] of files) {
      if (all.size === 0 && manifest.outputs.length === 0) continue
      const destination = `${OUTPUT}/${output.name}-${manifest.attempt.batchTime}`
      const files = manifest.outputs.find((staged) => staged.destination === destination)?.files ?? []
      const expected = outputs.includes(output) ? linesByPart(output, all) : new Map<number, readonly string[]>()
      const got = textsByPart(
        output,
        files.map((file) => ({ name: file.name, text: this.#world.textOf(file) })),
      )
      for (const part of new Set([...expected.keys(), ...got.keys()]))
        this.#compareFile(
          { output, where: `${destination}/${part}`, drawn },
          expected.get(part) ?? [],
          got.get(part) ?? '',
        )
    }
    if (drawn.size > 1)
      this.#world.violate('one-attempt', `batch ${manifest.attempt.batchTime} ms is of ${[...drawn].join(' and ')}`)
    for (const [output, content] of effects) this.#outside.effects.requireEffect(manifest, output, content)
    this.#outside.keyed.requireValues(manifest, keyed)
  }

  #compareFile(
    { output, where, drawn }: { readonly output: OutputSpec; readonly where: string; readonly drawn: Set<string> },
    expected: readonly string[],
    text: string,
  ): void {
    const lines = text.split('\n').slice(0, -1)
    const plain = lines.map((line) => {
      if (output.kind === 'text') return line
      if (output.kind === 'chain') return this.#link(line)
      const [, start = '', draw = ''] = /^(.*),~(\d+)\)$/.exec(line) ?? []
      drawn.add(draw)
      return `${start})`
    })
    if (plain.join('\n') !== expected.join('\n'))
      this.#world.violate(
        'output-equals-oracle',
        `${where}\nexpected: ${expected.join(' ')}\ngot:      ${lines.join(' ')}`,
      )
  }

  /** Each state must go on from the one that was committed before, whatever its attempt drew. */
  #link(line: string): string {
    const [, key = '', count = '', drawn = '', before = ''] = /^\((.*),\((\d+),(\d+),(\d+)\)\)$/.exec(line) ?? []
    const known = this.#known.links.get(key)
    const last = known ?? { count: 0, drawn: '0' }
    const goesOn = Number(count) === last.count ? drawn === last.drawn : before === last.drawn
    if (!goesOn && !(known === undefined && this.#known.unseen))
      this.#world.violate('state-goes-on', `${line} after ${last.count} values and ${last.drawn}`)
    this.#known.links.set(key, { count: Number(count), drawn })
    return `(${key},${count})`
  }
}

function nameOf({ incarnation, batchTime }: Pick<Attempt, 'incarnation' | 'batchTime'>): string {
  return `${incarnation}/${batchTime}`
}
