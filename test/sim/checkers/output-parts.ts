import { LAYOUTS, type OutputSpec } from '../apps/app-spec.ts'

/** A file of an output, wherever it lies. */
export interface OutputFile {
  readonly name: string
  readonly text: string
}

/** What an output has of each partition, in the order of its files. Where files are joined, it is all that the batch put out. */
export function textsByPart(output: OutputSpec, files: Iterable<OutputFile>): Map<number, string> {
  const texts = new Map<number, string>()
  for (const { name, text } of files) {
    const part = partOf(output, partitionOf(name))
    texts.set(part, (texts.get(part) ?? '') + text)
  }
  return texts
}

/** The same of what an oracle expects, which knows of no files. */
export function linesByPart(
  output: OutputSpec,
  parts: ReadonlyMap<number, readonly string[]>,
): Map<number, readonly string[]> {
  const lines = new Map<number, readonly string[]>()
  for (const [partition, all] of [...parts].sort(([a], [b]) => a - b)) {
    const part = partOf(output, partition)
    lines.set(part, [...(lines.get(part) ?? []), ...all])
  }
  return lines
}

function partOf({ name }: OutputSpec, partition: number): number {
  return LAYOUTS[name]?.compact === undefined ? partition : 0
}

/** Of a part file: `part-PARTITION` or `part-PARTITION-NUMBER`; a mutation writes them in capitals. */
function partitionOf(name: string): number {
  return Number(/^part-(\d+)/i.exec(name)?.[1])
}
