import type { Chance } from '../world/chance.ts'
import type { AppSpec, NodeSpec, OutputSpec } from './app-spec.ts'

type OperatorKind = Exclude<NodeSpec['op'], 'log' | 'received' | 'computed' | 'files' | 'snapshots'>

/** How likely an application has what none needs, and of how many operators and partitions it has one is drawn. */
export interface AppSize {
  readonly operators: readonly number[]
  readonly kinds: readonly OperatorKind[]
  readonly partitions: readonly number[]
  readonly logPartitions: readonly number[]
  /** Inputs beside the first log. */
  readonly log: number
  readonly files: number
  readonly received: number
  readonly computed: number
  /** Of a log: that its bad records are set apart. */
  readonly quota: number
  /** Outputs beside that of the last stream. */
  readonly chain: number
  readonly effect: number
  readonly more: number
  readonly added: number
  readonly keyed: number
}

/** Has one thing at a time, or nothing, so that its batches take little more than half as long. */
export const SMALL: AppSize = {
  operators: [0, 1],
  kinds: [
    ...(['filter', 'join', 'reduce', 'group', 'window', 'reduce-window', 'inverse-window'] as const),
    ...(['update-state', 'update-state', 'map-with-state', 'map-with-state', 'map-with-state'] as const),
  ],
  partitions: [1, 1, 1, 2],
  logPartitions: [1, 1, 1, 2],
  log: 0.06,
  files: 0.12,
  received: 0.06,
  computed: 0.06,
  quota: 0.15,
  chain: 0.12,
  effect: 0.06,
  more: 0.06,
  added: 0.1,
  keyed: 0.05,
}

/** Has much at a time, so that anything meets anything. */
export const LARGE: AppSize = {
  operators: [0, 1, 1, 2, 2, 3, 4, 6],
  kinds: [
    ...(['map', 'rekey', 'filter', 'repeat', 'union', 'join', 'reduce', 'group'] as const),
    ...(['window', 'reduce-window', 'inverse-window', 'update-state'] as const),
    ...(['map-with-state', 'map-with-state', 'map-with-state', 'map-with-state'] as const),
  ],
  partitions: [1, 2, 3],
  logPartitions: [1, 2, 3],
  log: 0.3,
  files: 0.4,
  received: 0.15,
  computed: 0.15,
  quota: 0.3,
  chain: 0.4,
  effect: 0.2,
  more: 0.2,
  added: 0.4,
  keyed: 0.2,
}

/** What decides about an application: `extra` draws what not all have, and `computed` whether it has a stream that is. */
export interface AppDraws {
  readonly chance: Chance
  readonly extra: Chance
  readonly computed: Chance
}

/** A random application: one to five inputs, up to six operators, up to six outputs. */
export function randomApp(size: AppSize, { chance, extra, computed }: AppDraws): AppSpec {
  const nodes: NodeSpec[] = [logNode(size, extra, 0)]
  if (chance.chance(size.log)) nodes.push(logNode(size, extra, 1))
  if (chance.chance(size.files)) nodes.push({ op: 'files', stream: 0 })
  if (extra.chance(size.received)) nodes.push({ op: 'received' })
  if (computed.chance(size.computed)) nodes.push({ op: 'computed' })
  const operators = chance.pick(size.operators)
  for (let i = 0; i < operators; i++) nodes.push(randomOperator(size, chance, nodes))
  const retain = { batches: chance.pick([1, 1, 2, 4]), every: chance.pick([1, 3, 10, 100]) }
  const outputs = randomOutputs(size, chance, nodes)
  if (extra.chance(size.keyed)) outputs.push({ kind: 'keyed', from: recent(extra, nodes.length), name: 'keyed' })
  return { nodes, outputs, retain }
}

function logNode({ quota }: AppSize, extra: Chance, stream: number): NodeSpec {
  if (!extra.chance(quota)) return { op: 'log', stream }
  return { op: 'log', stream, quota: { maxRecords: extra.pick([2, 1_000]), maxShare: extra.pick([0.5, 1, 1]) } }
}

function randomOperator(size: AppSize, chance: Chance, nodes: readonly NodeSpec[]): NodeSpec {
  const from = recent(chance, nodes.length)
  const partitions = chance.pick(size.partitions)
  const length = chance.between(1, 4)
  const modulus = chance.between(3, 7)
  const op = chance.pick(size.kinds)
  switch (op) {
    case 'map':
      return { op, from, times: chance.between(1, 3), plus: chance.between(-5, 5) }
    case 'rekey':
    case 'repeat':
      return { op, from, modulus }
    case 'filter':
      return { op, from, modulus, rest: chance.nextInt(modulus) }
    case 'union':
      return { op, left: from, right: chance.nextInt(nodes.length) }
    case 'join': {
      const [left, right] = [from, chance.nextInt(nodes.length)]
      // Joined once more, a backlog becomes more records than any batch can write.
      const isJoined = nodes.some((node) => node.op === 'join')
      return isJoined ? { op: 'union', left, right } : { op, left, right, partitions }
    }
    case 'reduce':
    case 'group':
      return { op, from, partitions }
    case 'window':
      return { op, from, length }
    case 'reduce-window':
    case 'inverse-window':
      return { op, from, length, partitions }
    case 'update-state':
      return { op, from, partitions, modulus: chance.between(5, 11) }
    case 'map-with-state':
      return withSnapshots(chance, nodes) ?? mapWithState(chance, from, partitions)
  }
}

function mapWithState(chance: Chance, from: number, partitions: number): NodeSpec {
  const timeout = chance.chance(0.8) ? chance.between(1, 6) : 0
  return { op: 'map-with-state', from, partitions, modulus: chance.between(5, 11), timeout }
}

function withSnapshots(chance: Chance, nodes: readonly NodeSpec[]): NodeSpec | undefined {
  const of = nodes.findIndex(({ op }) => op === 'map-with-state')
  const node = nodes[of]
  if (node?.op !== 'map-with-state' || chance.chance(0.5)) return undefined
  return { op: 'snapshots', of, partitions: node.partitions }
}

function randomOutputs(size: AppSize, chance: Chance, nodes: readonly NodeSpec[]): OutputSpec[] {
  const outputs: OutputSpec[] = [{ kind: chance.pick(['text', 'tagged']), from: nodes.length - 1, name: 'last' }]
  if (chance.chance(size.chain)) outputs.push({ kind: 'chain', from: recent(chance, nodes.length), name: 'chain' })
  if (chance.chance(size.effect)) outputs.push({ kind: 'effect', from: recent(chance, nodes.length), name: 'effect' })
  if (chance.chance(size.more)) outputs.push({ kind: 'tagged', from: recent(chance, nodes.length), name: 'more' })
  // Of a stream that has an output already, so that no operator begins later than the oracle thinks.
  if (chance.chance(size.added)) outputs.push({ kind: 'tagged', from: nodes.length - 1, name: 'added', added: true })
  return outputs
}

/** Mostly the latest, so that chains of operators come about. */
function recent(chance: Chance, count: number): number {
  return chance.chance(0.6) ? count - 1 : chance.nextInt(count)
}
