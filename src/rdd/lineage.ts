import type { Dependency, Node } from './node.ts'
import { PersistableNode } from './nodes/persistable.ts'
import { StorageLevel } from './storage-level.ts'

/**
 * What a dataset is made from, a line for each dataset, in Spark's form: parents below, in the same stage after `|`, before
 * a shuffle after `+-`; in parentheses the partitions of a stage.
 */
export function lineageText(node: Node<unknown>): string {
  return [`(${node.partitions}) ${labelOf(node)}`, ...below(node, ' ')].join('\n')
}

function below(node: Node<unknown>, indent: string): string[] {
  return parentsOf(node).flatMap(({ kind, parent }, i, all) => {
    const count = `(${parent.partitions}) `
    if (kind === 'narrow') return [`${indent}|  ${labelOf(parent)}`, ...below(parent, indent)]
    const rest = i < all.length - 1 ? '| ' : '  '
    return [
      `${indent}+-${count}${labelOf(parent)}`,
      ...below(parent, `${indent}${rest}${' '.repeat(count.length - 1)}`),
    ]
  })
}

/** The nearest datasets below: what stands between them is how an operator is made, and nobody's dataset. */
function parentsOf(node: Node<unknown>): Dependency[] {
  return node.dependencies.flatMap((dependency) => {
    const { kind, parent } = dependency
    if (parent instanceof PersistableNode) return [dependency]
    const further = parentsOf(parent)
    return kind === 'narrow' ? further : further.map((found) => ({ ...dependency, parent: found.parent }))
  })
}

function labelOf(node: Node<unknown>): string {
  if (!(node instanceof PersistableNode)) return 'recipe'
  return node.level === StorageLevel.NONE ? node.label : `${node.label} [${node.level}]`
}
