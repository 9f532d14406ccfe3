import type { Awaitable } from '../util/awaitable.ts'
import type { TaskUpdates } from './accumulators/task-updates.ts'
import type { Task } from './node.ts'

/** What a task that succeeded hands back to where its job is coordinated. */
export interface TaskResult<R> {
  readonly value: R
  /** What its functions added to accumulators. */
  readonly updates: TaskUpdates
}

/** The tasks of one stage. Each is addressed by stage and partition, and any process with the same lineage can run it. */
export interface Stage<R> {
  readonly id: string
  readonly partitions: readonly number[]
  run(partition: number, task: Task): Awaitable<TaskResult<R>>
  /** Gives the task's value, and counts what it added: where the job is coordinated, once for each partition. */
  settle(result: TaskResult<R>): R
}

/** Runs stages, one after the other as jobs need them. */
export interface Executor {
  /**
   * Results in the order of `stage.partitions`. When tasks fail, rejects with the failure of the first of them in that
   * order, so that the same data gives the same error.
   */
  run<R>(stage: Stage<R>, task: Task): Promise<R[]>
}

/**
 * Runs tasks in this process, a few at a time so that waiting for one source overlaps with work on another.
 * Results do not depend on how many; only the interleaving of side effects in user functions does.
 */
export class InProcessExecutor implements Executor {
  readonly #concurrency: number

  constructor(concurrency = 4) {
    this.#concurrency = concurrency
  }

  async run<R>(stage: Stage<R>, task: Task): Promise<R[]> {
    const results = new Array<R>(stage.partitions.length)
    const failures: { readonly at: number; readonly cause: unknown }[] = []
    let next = 0
    const worker = async (): Promise<void> => {
      while (next < stage.partitions.length && failures.length === 0) {
        const at = next++
        try {
          const result = stage.run(stage.partitions[at] as number, task)
          results[at] = stage.settle(result instanceof Promise ? await result : result)
        } catch (cause) {
          failures.push({ at, cause })
        }
      }
    }
    const workers: Promise<void>[] = []
    // The first does all of them where no task has to wait.
    while (workers.length < this.#concurrency && next < stage.partitions.length) workers.push(worker())
    for (const work of workers) await work
    const [first] = failures.sort((a, b) => a.at - b.at)
    if (first) throw first.cause
    return results
  }
}
