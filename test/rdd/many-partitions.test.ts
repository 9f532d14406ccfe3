import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ObjectInfo, ObjectStore } from '../../src/ports/object-store.ts'
import { filesOf } from '../../src/rdd/files/data-file.ts'
import { keyedInput } from '../../src/rdd/keyed-input.ts'
import type { Node, Task } from '../../src/rdd/node.ts'
import { emptyNode } from '../../src/rdd/nodes/empty.ts'
import { zipWithIndexNode } from '../../src/rdd/nodes/zip-with-index.ts'
import { HashPartitioner } from '../../src/rdd/partitioner.ts'
import type { ShuffleBlock } from '../../src/rdd/shuffle-store.ts'

/** More than a call takes arguments. */
const MANY = 150_000

/** A task that finds the same in every block of a shuffle, and counts how many it reads. */
function taskOf(block: ShuffleBlock): Task & { reads: number } {
  return {
    reads: 0,
    signal: new AbortController().signal,
    pause: () => undefined,
    readShuffle() {
      this.reads++
      return block
    },
  }
}

test('zipWithIndex reads the count of each partition once, however many come after it', async () => {
  const partitions = 2_000
  const parent: Node<string> = { ...emptyNode<string>(partitions), compute: (_, __, emit) => emit('a') }
  const task = taskOf({ values: [1] })
  const node = zipWithIndexNode(parent)
  const places: number[] = []
  const compute = (partition: number) => node.compute(partition, task, ([, place]) => (places[partition] = place))
  await compute(partitions / 2)
  for (let partition = 0; partition < partitions; partition++) await compute(partition)
  assert.deepEqual(
    places,
    Array.from({ length: partitions }, (_, place) => place),
  )
  assert.equal(task.reads, partitions - 1)
})

test('a keyed operator takes what more partitions have shuffled than a call takes arguments', async () => {
  const block = { keys: ['k'], values: [1] }
  const site = { operator: 'test', location: undefined } as never
  const input = keyedInput(emptyNode<[string, number]>(MANY), new HashPartitioner(1), site)
  const { keys, values } = await input.columns(0, taskOf(block))
  assert.deepEqual([keys.length, values.length], [MANY, MANY])
})

test('a dataset is made of more files than a call takes arguments', async () => {
  const info = (file: number): ObjectInfo => ({ key: `f${file}`, sizeBytes: 1, etag: 'e', lastModifiedMs: 0 })
  const store = {
    url: 'memory://in',
    head: async () => undefined,
    async *list() {
      yield Array.from({ length: MANY }, (_, file) => info(file))
    },
  } as Partial<ObjectStore> as ObjectStore
  assert.equal((await filesOf({ open: () => store }, 'memory://in')).length, MANY)
})
