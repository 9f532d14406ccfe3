import type { Manifest } from '../../../src/checkpoint/manifest.ts'
import type { OutputSpec } from '../apps/app-spec.ts'
import type { Checker, EffectAct, Violate } from './checker.ts'
import { tokenParts } from './token-parts.ts'

/** A token of `foreachRDD` always comes with the same content, and every committed batch has had its side effect. */
export class EffectChecker implements Checker {
  readonly #violate: Violate
  readonly #contents = new Map<string, string>()
  /** The first token of each batch. */
  readonly #tokens = new Map<string, string>()

  constructor(violate: Violate) {
    this.#violate = violate
  }

  effect({ token, content }: EffectAct): void {
    const before = this.#contents.get(token)
    if (before !== undefined && before !== content)
      this.#violate('one-token-one-content', `${token}: ${before}, then ${content}`)
    this.#contents.set(token, content)
    const { replay, incarnation, batchTime } = tokenParts(token)
    if (replay !== undefined) return
    const batch = `${incarnation}/${batchTime}`
    if (!this.#tokens.has(batch)) this.#tokens.set(batch, token)
  }

  requireEffect({ attempt }: Manifest, { name }: OutputSpec, content: string): void {
    const token = this.#tokens.get(`${attempt.incarnation}/${attempt.batchTime}`)
    if (token === undefined || this.#contents.get(token) !== content)
      this.#violate(
        'effect-before-commit',
        `${name} of ${attempt.batchTime} ms: ${token && this.#contents.get(token)}, expected ${content}`,
      )
  }
}
