/**
 * How state that is not plain data is stored: objects of classes, say. State is kept encoded; functions are given what `decode`
 * makes of it, anew for each call, and what they set is encoded at once.
 *
 * @example
 * ```ts
 * const codec: StateCodec<URL, string> = { encode: String, decode: (text) => new URL(text) }
 * const visit = (_: unknown, last = new URL('https://example.com/0')) => new URL(`/${Number(last.pathname.slice(1)) + 1}`, last)
 * const visits = words.map((word) => [word, 1]).updateStateByKey<URL>(visit, { codec })
 * visits.mapValues((url) => url.pathname) // [[['row', '/1']], [['row', '/2'], ['your', '/1'], ['boat', '/1']]]
 * ```
 */
export interface StateCodec<S, D = unknown> {
  /** Plain data that says all of a state; equal data for equal states, or each will count as a change. */
  encode(state: S): D
  /** The state that `encode` was given. */
  decode(data: D): S
}
