/** The application's name: what its head, objects and metrics are filed under. */
export type AppId = string

/** Fencing token: grows with every lease and every operator's act, never falls, never recurs. */
export type Token = number & { readonly brand: 'Token' }

/** Milliseconds since the epoch, on the grid Z + k·B. */
export type BatchTime = number

/** One run of one batch. Two attempts never share an identity, so nothing that one writes is ever another's (P3). */
export interface Attempt {
  readonly incarnation: number
  readonly batchTime: BatchTime
  readonly token: Token
  readonly number: number
}

/** Orders tokens; the only arithmetic on them besides `nextToken`. */
export function nextToken(token: Token): Token {
  return (token + 1) as Token
}

export function sameAttempt(a: Attempt, b: Attempt): boolean {
  return a.incarnation === b.incarnation && a.batchTime === b.batchTime && a.token === b.token && a.number === b.number
}
