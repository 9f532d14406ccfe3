import { publicApi } from '../../test/examples/public-api.ts'
import { indexPage, pageName, referencePage } from './reference-page.ts'

/** Where the pages lie. */
export const REFERENCE = 'docs/reference'

/** Every page of the reference by its file name. */
export function referencePages(): ReadonlyMap<string, string> {
  const entries = new Map<string, typeof publicApi>()
  for (const symbol of publicApi) entries.set(symbol.entry, [...(entries.get(symbol.entry) ?? []), symbol])
  const pages = [...entries].map(([entry, symbols]) => [pageName(entry), referencePage(entry, symbols)] as const)
  return new Map([['README.md', indexPage(entries)], ...pages])
}
