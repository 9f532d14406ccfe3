/** A partition of an operator's state. */
export interface TablePlace {
  readonly operator: string
  readonly partition: number
}

/** Which operator's partition, of how many: keys are elsewhere when their number changes. */
export interface TableId extends TablePlace {
  readonly partitions: number
}

/** Where the source of an input stream keeps what it remembers: as an operator of one partition. */
export function sourceOperator(streamUid: string): string {
  return `source:${streamUid}`
}

/** One string per place, different for different places. */
export function tableName({ operator, partition }: TablePlace): string {
  return `${partition}:${operator}`
}

/** By operator, then partition. */
export function compareTables(a: TablePlace, b: TablePlace): number {
  if (a.operator !== b.operator) return a.operator < b.operator ? -1 : 1
  return a.partition - b.partition
}
