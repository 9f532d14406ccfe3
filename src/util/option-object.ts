import { SluiceError } from './errors.ts'
import { excerpt } from './excerpt.ts'

/** Every name of a type of options, or of a union of such: the compiler lets none be missing, and none be too many. */
export type OptionNames<O> = Readonly<Record<O extends unknown ? keyof O : never, true>>

/** What options of a type look like to a program without types. */
export interface OptionsForm<O> {
  /** For messages: what to write where something else was given. */
  readonly example: string
  readonly names: OptionNames<O>
}

/** Who takes options, for messages: made a text only there, as it takes long to find out where a call stands. */
interface Taker {
  toString(): string
}

/**
 * Options as programs without types may give them. Refuses what is no object, with code `bad-option`: spread, it would pass for no
 * options at all. And names that are none: a misspelt option would be no option, which shows in what is published at the earliest.
 */
export function optionObject<O extends object>(options: O, taker: Taker, form: OptionsForm<NoInfer<O>>): O {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw badOption(`${taker} takes options as an object, as in ${form.example}: ${excerpt(options)}`)
  }
  const unknown = Object.keys(options).filter((name) => !Object.hasOwn(form.names, name))
  if (unknown.length === 0) return options
  const known = Object.keys(form.names).join(', ')
  throw badOption(
    `${taker} takes the options ${known}, and no others; correct them or leave them out: ${unknown.join(', ')}`,
  )
}

function badOption(message: string): SluiceError {
  return new SluiceError({ code: 'bad-option', kind: 'invalid', message })
}
