import { partitionOfKey } from '../../../src/util/hash.ts'
import { migrated } from '../apps/functions.ts'
import { type Dataset, shuffled } from './dataset.ts'
import { type Memory, tableAt } from './operators.ts'

/** Everything where the hash of its key puts it among so many partitions: what was in the first ones comes first. */
export function resharded({ panes, states, begun }: Memory, partitions: number): Memory {
  const placed: Memory['states'] = []
  for (const table of states)
    for (const [text, entry] of table ?? []) tableAt(placed, partitionOfKey(entry.key, partitions)).set(text, entry)
  return { panes: panes.map((pane) => pane && placedAnew(pane, partitions)), states: placed, begun }
}

/** Every value as the version that goes on makes it from the stored one; what it does not want is gone. */
export function migratedMemory(memory: Memory, from: number, to: number): Memory {
  for (const table of memory.states) {
    for (const [text, entry] of [...(table ?? [])]) {
      const sum = migrated(entry.state.sum, from, to)
      if (sum === undefined) table?.delete(text)
      else entry.state = { sum }
    }
  }
  return memory
}

function placedAnew(pane: Dataset, partitions: number): Dataset {
  return { parts: shuffled(pane, partitions), hashed: true }
}
