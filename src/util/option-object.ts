import { SluiceError } from './errors.ts'
import { excerpt } from './excerpt.ts'

/**
 * Options as programs without types may give them. Refuses what is no object, with code `bad-option`: spread, it would pass for
 * no options at all.
 */
export function optionObject<O extends object>(options: O, taker: string, example: string): O {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `${taker} takes options as an object, as in ${example}: ${excerpt(options)}`,
  })
}
