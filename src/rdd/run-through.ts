import { TaskUpdates, withUpdates } from './accumulators/task-updates.ts'
import { InProcessExecutor } from './executor.ts'
import { located } from './failure.ts'
import type { Node, Task } from './node.ts'
import { Pacer } from './pacer.ts'

/**
 * Computes every partition of a dataset that begins with no shuffle, and keeps nothing: neither records nor what functions
 * add to accumulators.
 */
export async function runThrough(node: Node<unknown>, signal: AbortSignal): Promise<void> {
  const pacer = new Pacer(signal)
  const readShuffle = () => Promise.reject(new RangeError('nothing is shuffled below this dataset'))
  const task: Task = { signal, readShuffle, pause: () => pacer.pause() }
  const partitions = Array.from({ length: node.partitions }, (_, partition) => partition)
  await new InProcessExecutor().run(
    { id: 'trial', partitions, run: (at, task) => runOne(node, at, task), settle },
    task,
  )
}

async function runOne(node: Node<unknown>, partition: number, task: Task) {
  const updates = new TaskUpdates()
  try {
    return { value: await withUpdates(updates, () => node.compute(partition, task, () => {})), updates }
  } catch (thrown) {
    throw located(thrown, partition, () => 'a record that was tried')
  }
}

function settle(): void {}
