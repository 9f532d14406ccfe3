import { assert } from '../../util/assert.ts'
import { type Node, narrow } from '../node.ts'

/** The partitions of all parents, one after the other. */
export function unionNode<T>(parents: readonly Node<T>[]): Node<T> {
  const places = parents.flatMap((parent) => Array.from({ length: parent.partitions }, (_, at) => ({ parent, at })))
  return {
    partitions: places.length,
    dependencies: parents.map(narrow),
    compute(partition, task, emit) {
      const place = places[partition]
      assert(place, `union of ${places.length} partitions has no partition ${partition}`)
      return place.parent.compute(place.at, task, emit)
    },
  }
}
