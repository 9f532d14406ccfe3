import type { Dependency, Node } from './node.ts'
import { PersistableNode } from './nodes/persistable.ts'
import { StorageLevel } from './storage-level.ts'

/**
 * What a dataset is made from, a line for each dataset, in Spark's form: parents below, in the same stage after `|`, before
 * a shuffle after `+-`; in parentheses the partitions of a stage.
 */
export function lineageText(node: Node<unknown>): string {
  return [stageOf(node), ...below(node, underCount(node))].join('\n')
}

function below(node: Node<unknown>, indent: string): string[] {
  return parentsOf(node).flatMap(({ kind, parent }, i, all) => {
    if (kind === 'narrow') return [`${indent}|  ${labelOf(parent)}`, ...below(parent, indent)]
    const further = i < all.length - 1 ? '| ' : '  '
    return [`${indent}+-${stageOf(parent)}`, ...below(parent, `${indent}${further}${underCount(parent)}`)]
  })
}

/** The nearest datasets below: what stands between them is how an operator is made, and nobody's dataset. */
function parentsOf(node: Node<unknown>): Pick<Dependency, 'kind' | 'parent'>[] {
  return node.dependencies.flatMap(({ kind, parent }) => {
    if (parent instanceof PersistableNode) return [{ kind, parent }]
    const further = parentsOf(parent)
    return kind === 'narrow' ? further : further.map((found) => ({ ...found, kind }))
  })
}

function stageOf(node: Node<unknown>): string {
  return `(${node.partitions}) ${labelOf(node)}`
}

/** What brings the marks of the next lines below the middle of the number. */
function underCount({ partitions }: Node<unknown>): string {
  return ' '.repeat(Math.floor((String(partitions).length + 1) / 2))
}

function labelOf(node: Node<unknown>): string {
  if (!(node instanceof PersistableNode)) return 'RDD'
  return node.level === StorageLevel.NONE ? node.label : `${node.label} [${node.level}]`
}
