/**
 * What of a graph the state and the positions in a checkpoint depend on: carried by every manifest, and compared with the
 * graph of the code that is to go on from it (P18).
 */
export interface GraphRecord {
  readonly operators: readonly OperatorRecord[]
  /** The kind of each input stream, by uid. */
  readonly inputs: { readonly [uid: string]: string }
  /** By name. */
  readonly outputs: readonly string[]
}

/** An operator that keeps state. */
export interface OperatorRecord {
  readonly uid: string
  /** `.uid()` named it; absent: its name is made from its path. */
  readonly named?: true
  readonly kind: string
  readonly partitions: number
  /** Keys are not where their hash puts them. */
  readonly partitioner?: 'custom'
  /** Of the form of its values; absent: 1. */
  readonly stateVersion?: number
  /** Present where a codec encodes its values. */
  readonly codec?: CodecRecord
  /** Present where what it keeps are parts of windows. */
  readonly panes?: PaneRecord
}

export interface CodecRecord {
  /** As the application calls it; absent: one codec cannot be told from another. */
  readonly name?: string
}

/** What a window keeps. In milliseconds. */
export interface PaneRecord {
  readonly windowMs: number
  readonly slideMs: number
  /** From one pane to the next. */
  readonly stepMs: number
  /** After any batch, the panes of so long before it are there, all of them. */
  readonly keptMs: number
  /** A result is carried from firing to firing, so that no other window goes on from it. */
  readonly carried?: true
}

/** What the user says of a change that is no mistake. */
export interface UpgradeRules {
  /** New uids by old ones. */
  readonly rename?: { readonly [uid: string]: string } | undefined
  /** Uids whose state or position may be given up where it cannot be kept. */
  readonly drop?: readonly string[] | undefined
}

/** A graph as it is declared, in which each operator says more than is recorded of it. */
export interface DeclaredGraph extends Omit<GraphRecord, 'operators'> {
  readonly operators: readonly DeclaredOperator[]
}

export interface DeclaredOperator extends OperatorRecord {
  /** `updateStateByKey at running-count.ts:20`. */
  readonly site: string
  /** Whether it can make its values from those of an earlier version. */
  readonly migrates: boolean
}
