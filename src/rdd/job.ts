import { type Awaitable, andThen, eachInTurn, orElse } from '../util/awaitable.ts'
import { TaskUpdates, withUpdates } from './accumulators/task-updates.ts'
import type { Executor, TaskResult } from './executor.ts'
import { located } from './failure.ts'
import type { Node, RunTasks, ShuffleDependency, Task } from './node.ts'
import { ownElement, ownElements } from './own-element.ts'
import { Pacer } from './pacer.ts'
import type { ShuffleId, ShuffleStore } from './shuffle-store.ts'

export interface JobRunnerOptions {
  readonly executor: Executor
  readonly shuffles: ShuffleStore
  readonly signal: AbortSignal
}

export interface JobRequest<T, R> {
  readonly node: Node<T>
  /** All of them by default. */
  readonly partitions?: readonly number[]
  readonly task: (partition: number, task: Task) => Awaitable<R>
}

/** How actions run jobs; results in the order of the partitions. */
export type RunJob = <T, R>(request: JobRequest<T, R>) => Promise<R[]>

/** Cuts jobs into stages at shuffles and runs them; a shuffle's map stage runs once, whoever asks for it. */
export class JobRunner {
  readonly #options: JobRunnerOptions
  readonly #shuffled = new Map<ShuffleDependency, Promise<void>>()
  /** Numbered as jobs first need them, so that a process that runs the same jobs finds the same names. */
  readonly #ids = new Map<ShuffleDependency, ShuffleId>()
  #jobs = 0
  #underWay = 0

  constructor(options: JobRunnerOptions) {
    this.#options = options
  }

  /** Jobs that have begun and not ended. */
  get jobsUnderWay(): number {
    return this.#underWay
  }

  async run<T, R>({ node, partitions, task }: JobRequest<T, R>): Promise<R[]> {
    const id = `result-${this.#jobs++}`
    this.#underWay++
    try {
      await this.#shuffleBelow(node)
      const results = await this.#stage(id, partitions ?? indices(node.partitions), task)
      return sharesObjects(node) ? results.map(ownResult) : results
    } finally {
      this.#underWay--
    }
  }

  /** Every shuffle that `node` reads, directly or through narrow dependencies, is there afterwards. */
  #shuffleBelow(node: Node<unknown>): Awaitable<void> {
    return eachInTurn(shufflesOf(node), (dependency) => this.#shuffle(dependency))
  }

  #shuffle(dependency: ShuffleDependency): Promise<void> {
    const known = this.#shuffled.get(dependency)
    if (known) return known
    const done = this.#mapStage(dependency)
    this.#shuffled.set(dependency, done)
    // A map stage that failed may run again: by a later output, or after the user's code has caught the error.
    done.catch(() => this.#shuffled.delete(dependency))
    return done
  }

  async #mapStage(dependency: ShuffleDependency): Promise<void> {
    const { parent } = dependency
    const id = this.#idOf(dependency)
    const run: RunTasks = (node, task) => this.run({ node, task })
    if (dependency.prepare) await dependency.prepare(run)
    await this.#shuffleBelow(parent)
    await this.#stage(`shuffle-${id}`, indices(parent.partitions), (partition, task) => {
      const writer = dependency.writer(partition)
      const computed = parent.compute(partition, task, writer.emit)
      return andThen(computed, () => this.#options.shuffles.write(id, partition, writer.blocks()))
    })
  }

  #stage<R>(
    id: string,
    partitions: readonly number[],
    task: (partition: number, task: Task) => Awaitable<R>,
  ): Promise<R[]> {
    const { executor, shuffles, signal } = this.#options
    const pacer = new Pacer(signal)
    const run = (partition: number, surroundings: Task): Awaitable<TaskResult<R>> => {
      const updates = new TaskUpdates()
      const value = orElse(
        () => withUpdates(updates, () => task(partition, surroundings)),
        (thrown) => {
          throw located(thrown, partition, () => 'the end of the partition')
        },
      )
      return andThen(value, (value) => ({ value, updates }))
    }
    const readShuffle: Task['readShuffle'] = (shuffle, mapPartition, reducer) =>
      shuffles.read(this.#idOf(shuffle), mapPartition, reducer)
    return executor.run({ id, partitions, run, settle }, { signal, readShuffle, pause: () => pacer.pause() })
  }

  #idOf(dependency: ShuffleDependency): ShuffleId {
    const id = this.#ids.get(dependency) ?? this.#ids.size
    this.#ids.set(dependency, id)
    return id
  }
}

function settle<R>({ value, updates }: TaskResult<R>): R {
  updates.merge()
  return value
}

/** As in Spark, which sends results: what the program does to them is nothing to what is persisted. */
function ownResult<R>(result: R): R {
  return Array.isArray(result) ? (ownElements(result) as R) : ownElement(result)
}

/** Whether objects that are persisted as they are may be in a task's result. */
function sharesObjects(node: Node<unknown>, seen = new Set<Node<unknown>>()): boolean {
  if (node.sharesObjects || seen.has(node)) return node.sharesObjects === true
  seen.add(node)
  return node.dependencies.some(({ kind, parent }) => kind === 'narrow' && sharesObjects(parent, seen))
}

/** The shuffles at which the stage that ends in `node` begins, in the order of the lineage. */
function shufflesOf(node: Node<unknown>): ShuffleDependency[] {
  const found: ShuffleDependency[] = []
  const seen = new Set<Node<unknown>>()
  const visit = (at: Node<unknown>): void => {
    if (seen.has(at)) return
    seen.add(at)
    for (const dependency of at.dependencies) {
      if (dependency.kind === 'narrow') visit(dependency.parent)
      else if (!found.includes(dependency)) found.push(dependency)
    }
  }
  visit(node)
  return found
}

function indices(count: number): number[] {
  const all: number[] = []
  for (let i = 0; i < count; i++) all.push(i)
  return all
}
