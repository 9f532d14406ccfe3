import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import type { OptionsForm } from '../../util/option-object.ts'
import { ndjsonFormat } from './ndjson-format.ts'
import { objectFormat } from './object-file.ts'
import { checkFormat, type OutputFormat } from './output-format.ts'
import { SEQUENCE_FILE_FORM, type SequenceFileOptions, sequenceFormat } from './sequence-file.ts'
import { tabFormat, textFormat } from './text-format.ts'

/** Formats of any elements: lines of text, lines of JSON, and Sluice's own exact form. */
export type FormatName = 'text' | 'ndjson' | 'object'

/** Formats of pairs, as Hadoop's output formats are: lines of key, tab and value; lines of JSON; SequenceFiles. */
export type PairFormatName = 'text' | 'ndjson' | 'sequence'

/** How pairs are written. */
export interface PairFormatOptions<K, V> extends SequenceFileOptions {
  /** `'text'` by default. */
  readonly format?: PairFormatName | OutputFormat<[K, V]> | undefined
}

export const PAIR_FORMAT_FORM: OptionsForm<PairFormatOptions<never, never>> = {
  example: "{ format: 'ndjson' }",
  names: { format: true, ...SEQUENCE_FILE_FORM.names },
}

/** The format of this name, or the user's own; refuses what is neither with code `bad-format`. */
export function elementFormat<T>(format: FormatName | OutputFormat<T>): OutputFormat<T> {
  return typeof format === 'string'
    ? named(format, { text: textFormat, ndjson: ndjsonFormat, object: objectFormat })
    : checkFormat(format)
}

/** As `elementFormat`, for pairs; `key` and `value` are for SequenceFiles alone. */
export function pairFormat<K, V>(options: PairFormatOptions<K, V>): OutputFormat<[K, V]> {
  const { format = 'text', key, value } = options
  if (format !== 'sequence' && (key ?? value) !== undefined) throw notSequence(key ?? value)
  if (typeof format !== 'string') return checkFormat(format)
  return named(format, { text: tabFormat, ndjson: ndjsonFormat, sequence: sequenceFormat({ key, value }) })
}

function named<F>(name: string, known: Readonly<Record<string, F>>): F {
  const format = Object.hasOwn(known, name) ? known[name] : undefined
  if (format !== undefined) return format
  const names = Object.keys(known).join(', ')
  throw invalid(`There is no output format of this name; choose one of ${names}, or pass an object: ${name}`)
}

function notSequence(type: unknown): SluiceError {
  return invalid(`Types of keys and values are for format 'sequence'; leave them out: ${excerpt(type)}`)
}

function invalid(message: string): SluiceError {
  return new SluiceError({ code: 'bad-format', kind: 'invalid', message })
}
