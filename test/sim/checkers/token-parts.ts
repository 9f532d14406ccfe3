/** What a token of `foreachRDD` says: of which batch it is, and of which replay, if of one. */
export interface TokenParts {
  readonly replay: string | undefined
  readonly incarnation: number
  readonly batchTime: number
}

/** Of `APP/INCARNATION/BATCH TIME/OUTPUT`, behind `replay:ID/` if it is a replay's. */
export function tokenParts(token: string): TokenParts {
  const [, replay, incarnation, batchTime] = /^(?:replay:([^/]+)\/)?[^/:]+\/(\d+)\/(\d+)\//.exec(token) ?? []
  return { replay, incarnation: Number(incarnation), batchTime: Number(batchTime) }
}
