/** A case's fields as files of cases hold them; see README.md beside this file. */
export interface Case {
  readonly suite: string
  readonly name: string
  readonly op?: string
  readonly params: CaseParams
  readonly input?: readonly CaseBatch[]
  readonly input2?: readonly CaseBatch[]
  readonly input3?: readonly CaseBatch[]
  readonly expected: readonly unknown[]
  readonly unordered?: boolean
  readonly notes?: string
}

/** `null`: no dataset. */
export type CaseBatch = readonly unknown[] | null

export interface CaseParams {
  readonly pipeline?: readonly Step[]
  readonly batchMs?: number
  readonly numPartitions?: number
  readonly numBatches?: number
  /** Several restarts make a list. */
  readonly restartAfterBatches?: number | readonly number[]
  readonly expectError?: boolean
  /** Batch time of the failure, as outputs meet it; 0: refused at definition or start. */
  readonly errorAtMs?: number
  readonly byPartition?: boolean
  readonly partitionCountsOnly?: boolean
  readonly sortInner?: boolean
  readonly dedupe?: boolean
  readonly dropEmpty?: boolean
  readonly outputTimesMs?: readonly number[]
  readonly queries?: readonly (readonly [number, number])[]
}

/** One operation. `op` is the method's name; what is left out has Spark's default. */
export interface Step {
  readonly op: string
  readonly fn?: string
  readonly invFn?: string
  readonly filterFn?: string
  readonly timeFn?: string
  readonly createCombiner?: string
  readonly mergeValue?: string
  readonly mergeCombiners?: string
  readonly windowMs?: number
  readonly slideMs?: number
  readonly checkpointMs?: number
  readonly timeoutMs?: number
  readonly numPartitions?: number
  readonly ascending?: boolean
  readonly initial?: readonly (readonly [unknown, unknown])[]
  readonly rememberPartitioner?: boolean
  readonly form?: string
  readonly output?: string
  readonly other?: OtherStream
  readonly others?: readonly OtherStream[]
  readonly otherPipeline?: readonly Step[]
}

export interface OtherStream {
  readonly source?: string
  readonly pipeline?: readonly Step[]
}

/** A case that can be run. */
export type ExecutableCase = Case & { readonly params: CaseParams & { readonly pipeline: readonly Step[] } }

export function isExecutable(given: Case): given is ExecutableCase {
  return given.params.pipeline !== undefined
}

/** `Suite: name`, as tests cite a case. */
export function titleOf({ suite, name }: Pick<Case, 'suite' | 'name'>): string {
  return `${suite}: ${name}`
}
