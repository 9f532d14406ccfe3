import { SluiceError } from '../util/errors.ts'
import { type OptionsForm, optionObject } from '../util/option-object.ts'
import { Duration } from '../util/time.ts'

/**
 * Which committed batches stay in the checkpoint, to be replayed, inspected and pinned. What nothing retained needs is
 * deleted. Batch times count here, not clocks; but what a replay wrote goes when its last file is older than `age`, and than a day.
 */
export interface RetainOptions {
  /** So many are kept in any case; 100 by default, or `most` if that is less. */
  readonly batches?: number
  /** Batches younger than this are kept, too; 24 hours by default. */
  readonly age?: Duration
  /** But never more than so many; 1,440 by default, or `batches` if that is more. A collection reads the records of all of them. */
  readonly most?: number
  /** From one collection to the next; an hour by default. Each lists the whole checkpoint. */
  readonly every?: Duration
}

const RETAIN_FORM: OptionsForm<RetainOptions> = {
  example: '{ batches: 100, age: minutes(60) }',
  names: { batches: true, age: true, most: true, every: true },
}

/** Refuses numbers that would keep nothing, or contradict each other, with code `bad-application`. */
export function checkRetain(retain: RetainOptions | undefined, app: string): RetainOptions | undefined {
  const { batches, most, age, every } = optionObject(retain ?? {}, `retain of the application ${app}`, RETAIN_FORM)
  const wrong = [
    ...Object.entries({ batches, most }).filter(
      ([, count]) => count !== undefined && !(Number.isSafeInteger(count) && count > 0),
    ),
    ...Object.entries({ age, every }).filter(([, time]) => time !== undefined && !(time instanceof Duration)),
  ]
  if (wrong.length > 0) {
    const what = wrong.map(([name, value]) => `${name} ${String(value)}`).join(', ')
    throw refused(
      `retain takes whole numbers from 1 as batches and most, and Durations as age and every, as in { batches: 100, age: minutes(60) }: ${what} [application ${app}]`,
    )
  }
  if (batches === undefined || most === undefined || batches <= most) return retain
  throw refused(
    `retain keeps so many batches in any case, and never more than most of them; raise most, or lower batches: batches ${batches}, most ${most} [application ${app}]`,
  )
}

function refused(message: string): SluiceError {
  return new SluiceError({ code: 'bad-application', kind: 'invalid', message })
}
