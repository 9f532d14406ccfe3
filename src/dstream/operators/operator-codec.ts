import type { CallSite } from '../../rdd/call-site.ts'
import { ownElement } from '../../rdd/own-element.ts'
import { returned } from '../../rdd/returned.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { elementText } from '../../util/text.ts'
import type { StateCodec } from '../state-codec.ts'

/** The codec of one operator: what fails in it says of which operator and key. */
export class OperatorCodec<S> {
  readonly #codec: StateCodec<S>
  readonly #site: CallSite

  constructor(codec: StateCodec<S>, site: CallSite) {
    this.#codec = codec
    this.#site = site
  }

  /** What it makes is state from here on, though the codec may keep it: bytes in one buffer, say. `key` is asked only when this fails. */
  encode(state: S, key: () => unknown): unknown {
    try {
      return ownElement(present(returned(this.#codec.encode(state))))
    } catch (cause) {
      throw this.#failed('encode', key(), cause)
    }
  }

  decode(stored: unknown, key: () => unknown): S {
    try {
      return returned(this.#codec.decode(stored))
    } catch (cause) {
      throw this.#failed('decode', key(), cause)
    }
  }

  #failed(what: string, key: unknown, cause: unknown): SluiceError {
    return new SluiceError({
      code: 'state-codec-failed',
      kind: cause instanceof SluiceError ? cause.kind : 'data',
      message: `The codec of ${this.#site} could not ${what} the state of key ${elementText(key)}: ${messageOf(cause)}`,
      cause,
    })
  }
}

export function operatorCodec<S>(codec: StateCodec<S> | undefined, site: CallSite): OperatorCodec<S> | undefined {
  return codec && new OperatorCodec(codec, site)
}

/** Whether what was thrown says by itself of which operator and key it is. */
export function saysWhoseState(thrown: unknown): boolean {
  return thrown instanceof SluiceError && (thrown.code === 'state-codec-failed' || thrown.code === 'not-encodable')
}

/** An absent state is one that was removed. */
function present(data: unknown): unknown {
  if (data !== undefined) return data
  throw new SluiceError({
    code: 'state-codec-failed',
    kind: 'invalid',
    message: 'encode returned undefined, which would remove the key; return null, or any other plain data',
  })
}
