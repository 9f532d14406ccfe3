import { SluiceError } from '../util/errors.ts'

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
  /** Tells codecs apart: state that one name has stored is refused to another. Without, only that there is a codec is recorded. */
  readonly name?: string | undefined
  /** Plain data that says all of a state; equal data for equal states, or each will count as a change. */
  encode(state: S): D
  /** The state that `encode` was given. */
  decode(data: D): S
}

/** The codec itself; refused with code `bad-state-codec` unless it has both functions, and a name that is a text or none. */
export function checkCodec<S>(codec: StateCodec<S>): StateCodec<S> {
  const given = (codec ?? {}) as { readonly [member in keyof StateCodec<S>]?: unknown }
  if (typeof given.encode !== 'function') throw badCodec('an encode that is a function', typeof given.encode)
  if (typeof given.decode !== 'function') throw badCodec('a decode that is a function', typeof given.decode)
  if (given.name === undefined || (typeof given.name === 'string' && given.name !== '')) return codec
  throw badCodec('a name of some characters, or none', JSON.stringify(given.name))
}

/** What is recorded of it. The name of a class whose static functions are the codec says nothing: bundlers change it. */
export function codecRecord<S>(codec: StateCodec<S>): { readonly name?: string } {
  return codec.name === undefined || typeof codec === 'function' ? {} : { name: codec.name }
}

function badCodec(what: string, given: string | undefined): SluiceError {
  return new SluiceError({
    code: 'bad-state-codec',
    kind: 'invalid',
    message: `The codec of a state has ${what}: ${given}`,
  })
}
