import { SluiceError } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'

/**
 * What to make of stored state when the graph has changed. Said once, it may stay: what was carried out is not done again, and
 * state that still fits its operator is never dropped.
 *
 * @example
 * ```ts
 * const upgrade: UpgradeOptions = { rename: { 'updateStateByKey-1f8e6b0c55': 'counts' }, drop: ['seen'] }
 * defineApp({ name: 'word-count', batchInterval: seconds(10), upgrade }, () => {})
 * ```
 */
export interface UpgradeOptions {
  /** New uids of operators and input streams, by the old ones: state and positions go along. */
  readonly rename?: Readonly<Record<string, string>> | undefined
  /** Uids of operators and input streams whose state or position is given up, if the graph cannot go on from it. */
  readonly drop?: readonly string[] | undefined
}

const UPGRADE_FORM: OptionsForm<UpgradeOptions> = {
  example: "{ rename: { 'old-uid': 'new-uid' }, drop: ['uid'] }",
  names: { rename: true, drop: true },
}

/** Refuses what is none, with code `bad-application`. */
export function checkUpgrade(upgrade: UpgradeOptions | undefined, app: string): UpgradeOptions | undefined {
  const { rename = {}, drop = [] } = optionObject(upgrade ?? {}, `upgrade of the application ${app}`, UPGRADE_FORM)
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
  const fits =
    typeof rename === 'object' &&
    rename !== null &&
    Object.values(rename).every(isText) &&
    Array.isArray(drop) &&
    drop.every(isText)
  if (fits) return upgrade
  throw new SluiceError({
    code: 'bad-application',
    kind: 'invalid',
    message: `upgrade takes uids, as in { rename: { 'old-uid': 'new-uid' }, drop: ['uid'] }: ${JSON.stringify(upgrade)} [application ${app}]`,
  })
}
