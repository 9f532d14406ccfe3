import type { CaseBatch, ExecutableCase, OtherStream, Step } from '../case.ts'
import { Choices } from './choices.ts'

/** What the elements of a stream are, and how often it has a dataset. */
interface Shape {
  readonly kind: 'number' | 'pair'
  readonly slideMs: number
}

type Grown = readonly [steps: readonly Step[], shape: Shape]

const KEYS = ['a', 'b', 'c', 'd', '']
const SUM = '(a, b) => a + b'
const LESS = '(a, b) => a - b'
const MERGES = [SUM, '(a, b) => Math.max(a, b)', '(a, b) => Math.min(a, b)']
const TO_PAIR: Step = { op: 'map', fn: 'x => ["abcd"[((x) % 4 + 4) % 4], x]' }
const TO_NUMBER: Step = { op: 'map', fn: 'kv => kv[1]' }
const BOTH_SIDES = '([a, b]) => (a === null ? -1 : a) * 3 + (b === null ? 50 : b)'
const UPDATES = [
  '(vs, s) => vs.reduce((a, b) => a + b, s === null ? 0 : s)',
  '(vs, s) => vs.length > 1 ? null : (s === null ? 100 : s + 1) + vs.length',
]
const MAPPINGS = [
  '(t, k, v, s) => { if (s.isTimingOut()) return [k, -s.get()]; s.update((s.exists() ? s.get() : 0) + v); return [k, s.get()] }',
  '(t, k, v, s) => { if (s.isTimingOut()) return null; if (v % 3 === 0) { s.remove(); return null } s.update(t); return [k, t] }',
  '(t, k, v, s) => { if (s.isTimingOut()) return [k, 0]; if (!s.exists()) s.update(v); return [k, s.get()] }',
]

/**
 * A program of two to seven operators over up to three sources, with batches that are empty or have no dataset, slow
 * windows, restarts, and now and then something that must be refused. What comes out depends on no order within a batch.
 */
export function randomProgram(seed: number): ExecutableCase {
  const random = new Choices(seed)
  const program = new Program(random)
  const { slideMs: batchMs, pipeline, inputs } = program
  const numBatches = random.between(6, 18)
  const restart = (): number => random.between(1, numBatches - 1)
  const restarts = [...new Set([restart(), restart()])].sort((a, b) => a - b)
  const params = { pipeline, batchMs, numBatches, numPartitions: random.between(1, 4) }
  const restarted = random.chance(0.4) ? { restartAfterBatches: restarts } : {}
  return {
    suite: 'Random',
    name: `program ${seed}`,
    ...inputs,
    expected: [],
    unordered: true,
    params: { ...params, ...restarted },
  }
}

class Program {
  readonly slideMs: number
  readonly inputs: { readonly input: CaseBatch[]; readonly input2: CaseBatch[]; readonly input3: CaseBatch[] }
  readonly pipeline: readonly Step[]
  readonly #random: Choices
  readonly #kinds: Readonly<Record<string, Shape['kind']>>

  constructor(random: Choices) {
    this.#random = random
    this.slideMs = random.pick([500, 1000, 2000])
    this.#kinds = { input: random.pick(['number', 'pair']), input2: 'pair', input3: random.pick(['number', 'pair']) }
    const missing = random.chance(0.2) ? 0.15 : 0
    const input = (name: string) => this.#batches(this.#kinds[name] ?? 'pair', missing)
    this.inputs = { input: input('input'), input2: input('input2'), input3: input('input3') }
    this.pipeline = this.#grow(this.#source('input'), random.between(2, 6), 0)[0]
  }

  #batches(kind: Shape['kind'], missing: number): CaseBatch[] {
    const random = this.#random
    const element = (): unknown =>
      kind === 'pair' ? [random.pick(KEYS), random.between(1, 10)] : random.between(-9, 20)
    const batch = (): CaseBatch =>
      random.chance(missing) ? null : Array.from({ length: random.between(0, 5) }, () => element())
    return Array.from({ length: random.between(5, 16) }, batch)
  }

  #source(name: string): Shape {
    return { kind: this.#kinds[name] ?? 'pair', slideMs: this.slideMs }
  }

  #grow(from: Shape, count: number, depth: number): Grown {
    let shape = from
    const steps: Step[] = []
    for (let i = 0; i < count; i++) {
      const [more, next] = this.#step(shape, depth)
      steps.push(...more)
      shape = next
    }
    return [steps, shape]
  }

  #step(shape: Shape, depth: number): Grown {
    const random = this.#random
    if (random.chance(0.3)) return this.#anyStep(shape, depth)
    if (shape.kind === 'number')
      return random.chance(0.4) ? [[TO_PAIR], { ...shape, kind: 'pair' }] : this.#numberStep(shape)
    return random.chance(0.5) ? this.#statefulStep(shape) : this.#pairStep(shape, depth)
  }

  #window({ slideMs }: Shape): { readonly windowMs: number; readonly slideMs: number } {
    const random = this.#random
    const slide = random.chance(0.01) ? slideMs * 1.5 : slideMs * random.pick([1, 1, 1, 2, 3])
    return { windowMs: slideMs * random.between(1, 7), slideMs: slide }
  }

  #checkpoint(slideMs: number): { readonly checkpointMs?: number } {
    const random = this.#random
    if (random.chance(0.7)) return {}
    return { checkpointMs: random.chance(0.02) ? slideMs / 2 : slideMs * random.between(1, 6) }
  }

  #anyStep(shape: Shape, depth: number): Grown {
    const window = this.#window(shape)
    const { slideMs } = window
    return this.#random.pick<() => Grown>([
      () => [[{ op: 'window', ...window }], { ...shape, slideMs }],
      () => [[{ op: 'countByWindow', ...window, ...this.#checkpoint(slideMs) }], { kind: 'number', slideMs }],
      () => [[{ op: 'count' }], { ...shape, kind: 'number' }],
      () => [[{ op: 'repartition', numPartitions: this.#random.between(1, 5) }], shape],
      () => [[{ op: 'transform', fn: '(xs, t) => t % 3000 === 0 ? [] : xs' }], shape],
      () => [[{ op: 'union', others: [this.#other(shape, depth), this.#other(shape, depth)] }], shape],
      () => [[{ op: 'persist' }], shape],
    ])()
  }

  #numberStep(shape: Shape): Grown {
    const random = this.#random
    const window = this.#window(shape)
    const { slideMs } = window
    const below = { kind: 'number', slideMs } as const
    return random.pick<() => Grown>([
      () => [[{ op: 'map', fn: random.pick(['x => x * 2 + 1', 'x => 10 - x', 'x => x * x % 101']) }], shape],
      () => [[{ op: 'filter', fn: 'x => x % 3 !== 0' }], shape],
      () => [[{ op: 'flatMap', fn: 'x => x > 9 ? [x - 9] : [x, x + 1]' }], shape],
      () => [[{ op: 'reduce', fn: random.pick(MERGES) }], shape],
      () => [[{ op: 'reduceByWindow', fn: random.pick(MERGES), ...window }], below],
      () => [[{ op: 'reduceByWindow', fn: SUM, invFn: LESS, ...window, ...this.#checkpoint(slideMs) }], below],
      () => [[{ op: 'countByValue' }, { op: 'map', fn: '([v, n]) => v * 10 + n' }], shape],
      () => [
        [
          { op: 'countByValueAndWindow', ...window },
          { op: 'map', fn: '([v, n]) => v * 10 + n' },
        ],
        below,
      ],
    ])()
  }

  #pairStep(shape: Shape, depth: number): Grown {
    const random = this.#random
    const join = random.pick(['join', 'leftOuterJoin', 'rightOuterJoin', 'fullOuterJoin'])
    const sizes: Step = { op: 'mapValues', fn: '([vs, ws]) => vs.length * 100 + ws.length' }
    const average: Step = { op: 'combineByKey', createCombiner: 'v => v', mergeValue: SUM, mergeCombiners: SUM }
    return random.pick<() => Grown>([
      () => [[{ op: 'mapValues', fn: random.pick(['v => v * 2', 'v => v % 4 - 1']) }], shape],
      () => [[{ op: 'flatMapValues', fn: 'v => v % 2 ? [v] : [v, v + 1]' }], shape],
      () => [[{ op: 'filter', fn: 'kv => kv[1] > 1' }], shape],
      () => [[{ op: 'reduceByKey', fn: random.pick(MERGES) }], shape],
      () => [[average], shape],
      () => [[{ op: 'groupByKey' }, { op: 'mapValues', fn: 'vs => vs.length' }], shape],
      () => [
        [
          { op: join, other: this.#other(shape, depth) },
          { op: 'mapValues', fn: BOTH_SIDES },
        ],
        shape,
      ],
      () => [[{ op: 'cogroup', other: this.#other(shape, depth) }, sizes], shape],
      () => [[{ op: 'sortByKey' }], shape],
      () => [[TO_NUMBER], { ...shape, kind: 'number' }],
    ])()
  }

  #statefulStep(shape: Shape): Grown {
    const random = this.#random
    const window = this.#window(shape)
    const below = { ...shape, slideMs: window.slideMs }
    const filter = random.chance(0.4) ? { filterFn: 'kv => kv[1] !== 0' } : {}
    const undo = { fn: SUM, invFn: LESS, ...window, ...filter, ...this.#checkpoint(window.slideMs) }
    const lengths: Step = { op: 'mapValues', fn: 'vs => vs.length' }
    return random.pick<() => Grown>([
      () => [[{ op: 'reduceByKeyAndWindow', fn: random.pick(MERGES), ...window }], below],
      () => [[{ op: 'reduceByKeyAndWindow', ...undo }], below],
      () => [[{ op: 'groupByKeyAndWindow', ...window }, lengths], below],
      () => [[this.#update(shape)], shape],
      () => [this.#mapping(shape), shape],
      () => [this.#mapping(shape), shape],
    ])()
  }

  #update({ slideMs }: Shape): Step {
    const form = this.#random.chance(0.3) ? { form: 'iterator' } : {}
    return {
      op: 'updateStateByKey',
      fn: this.#random.pick(UPDATES),
      ...form,
      ...this.#initial(),
      ...this.#checkpoint(slideMs),
    }
  }

  /** One value a key, as what comes of several depends on their order. */
  #mapping({ slideMs }: Shape): readonly Step[] {
    const random = this.#random
    const timeout = random.chance(0.7) ? { timeoutMs: slideMs * random.between(1, 6) } : {}
    const rest = {
      output: random.pick(['mapped', 'snapshots']),
      ...timeout,
      ...this.#initial(),
      ...this.#checkpoint(slideMs),
    }
    return [
      { op: 'reduceByKey', fn: SUM },
      { op: 'mapWithState', fn: random.pick(MAPPINGS), ...rest },
    ]
  }

  #initial(): { readonly initial?: readonly (readonly [unknown, unknown])[] } {
    const random = this.#random
    if (random.chance(0.6)) return {}
    return { initial: Array.from({ length: random.between(1, 6) }, () => [random.pick(KEYS), random.between(1, 10)]) }
  }

  /** Another stream of this kind, and mostly of this slide. */
  #other({ kind, slideMs }: Shape, depth: number): OtherStream {
    const random = this.#random
    const source = random.pick(['input', 'input2', 'input3'])
    const [steps, shape] = this.#grow(this.#source(source), depth > 0 ? 0 : random.between(0, 3), depth + 1)
    const turned = shape.kind === kind ? [] : [kind === 'pair' ? TO_PAIR : TO_NUMBER]
    const fits = shape.slideMs === slideMs || slideMs % shape.slideMs !== 0 || random.chance(0.02)
    const slower: readonly Step[] = fits
      ? []
      : [{ op: 'window', windowMs: shape.slideMs * random.between(1, 4), slideMs }]
    return { source, pipeline: [...steps, ...turned, ...slower] }
  }
}
