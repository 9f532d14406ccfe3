import type { CallSite } from '../../rdd/call-site.ts'
import { messageOf, SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { assertObjectKey } from '../../util/object-key.ts'

/** Refuses at its definition, with code `bad-destination`, what no batch could be written to. */
export function checkDestination(
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
  site: CallSite,
): void {
  for (const part of [prefix, suffix]) {
    if (typeof part !== 'string')
      throw badDestination("must be texts, '' for none, with options behind them", excerpt(part), site)
    if (part.includes('\0')) throw badDestination('cannot hold a NUL character', JSON.stringify(part), site)
  }
  const [, scheme, rest = ''] = /^([A-Za-z][A-Za-z0-9+.-]+):\/\/(.*)$/s.exec(prefix) ?? []
  if (scheme === undefined) return
  if (/^s3[an]$/i.test(scheme)) throw badDestination('have s3:// as their scheme', prefix, site)
  if (scheme.toLowerCase() === 's3') checkObjectNames(rest, { prefix, suffix }, site)
}

function checkObjectNames(
  rest: string,
  { prefix, suffix }: { readonly prefix: string; readonly suffix: string },
  site: CallSite,
): void {
  const slash = rest.indexOf('/')
  if (slash < 1)
    throw badDestination('name a bucket and what directories begin with, as s3://bucket/counts', prefix, site)
  try {
    assertObjectKey(`${rest.slice(slash + 1)}-0${suffix === '' ? '' : `.${suffix}`}`)
  } catch (error) {
    throw badDestination(`must give names of objects (${messageOf(error)})`, prefix, site)
  }
}

function badDestination(rule: string, got: string, site: CallSite): SluiceError {
  return new SluiceError({
    code: 'bad-destination',
    kind: 'invalid',
    message: `The prefix and suffix of output files ${rule}: ${got} (${site})`,
  })
}
