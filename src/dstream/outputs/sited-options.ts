import type { CallSite } from '../../rdd/call-site.ts'
import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { type OptionsForm, optionObject } from '../../util/option-object.ts'
import type { OutputOptions } from '../output-node.ts'

export type SitedOptions<O extends OutputOptions> = O & { readonly site: CallSite }

/**
 * An output's options with the place of its definition; refuses what are none, with code `bad-option`. The example of `form` is
 * what stands between the parentheses of the call.
 */
export function sitedOptions<O extends OutputOptions>(
  options: O,
  site: CallSite,
  form: OptionsForm<NoInfer<O>>,
): SitedOptions<O> {
  const { name } = optionObject(options, site, { ...form, example: `${site.operator}(${form.example})` })
  if (name === undefined || (typeof name === 'string' && name !== '')) return { ...options, site }
  throw new SluiceError({
    code: 'bad-option',
    kind: 'invalid',
    message: `The name of an output is a text, and not an empty one, as in { name: 'counts' }: ${excerpt(name)} (${site})`,
  })
}
