import { SluiceError } from '../../util/errors.ts'
import { excerpt } from '../../util/excerpt.ts'
import { digest } from '../../util/hash.ts'
import type { OptionsForm } from '../../util/option-object.ts'
import { BigEndianWriter } from './big-endian-writer.ts'
import { joinSequenceFiles } from './join-sequence-files.ts'
import { badFormat, type FilePart, type PartEncoder, type PartFormat } from './output-format.ts'
import { SYNC_BYTES, SyncMarks, writeSequenceHeader } from './sequence-header.ts'
import { type Writable, type WritableName, writableFor, writables } from './writables.ts'

/** Which types the keys and values have; by default those of the first pair, whole numbers as longs. */
export interface SequenceFileOptions {
  readonly key?: WritableName | undefined
  readonly value?: WritableName | undefined
}

export const SEQUENCE_FILE_FORM: OptionsForm<SequenceFileOptions> = {
  example: "{ key: 'text', value: 'int' }",
  names: { key: true, value: true },
}

/** Uncompressed SequenceFiles, version 6: what Hadoop, Spark and Hive read pairs from. */
export function sequenceFormat(options: SequenceFileOptions = {}): PartFormat<readonly [unknown, unknown]> {
  for (const name of [options.key, options.value]) {
    if (name !== undefined && !Object.hasOwn(writables, name)) {
      throw badFormat(`of SequenceFiles takes the types ${Object.keys(writables).join(', ')}`, name)
    }
  }
  return { open: (part) => new SequenceEncoder(options, part), join: joinSequenceFiles }
}

class SequenceEncoder implements PartEncoder<readonly [unknown, unknown]> {
  readonly #options: SequenceFileOptions
  readonly #sync: Uint8Array
  readonly #out = new BigEndianWriter()
  #sides: readonly [Side, Side] | undefined
  readonly #marks: SyncMarks

  constructor(options: SequenceFileOptions, { identity }: FilePart) {
    this.#options = options
    this.#sync = syncMarker(identity)
    this.#marks = new SyncMarks(this.#out, this.#sync)
  }

  get shape(): string | undefined {
    return this.#sides?.map(({ writable }) => writable.className).join(', ')
  }

  encode(pairs: readonly (readonly [unknown, unknown])[]): Uint8Array {
    for (const pair of pairs) this.#record(pair)
    return this.#marks.drain()
  }

  #record(pair: readonly [unknown, unknown]): void {
    if (!Array.isArray(pair) || pair.length !== 2) throw notAPair(pair)
    const [key, value] = this.#sides ?? this.#begin(pair)
    this.#marks.markIfDue()
    const start = this.#out.length
    this.#out.int32(0)
    this.#out.int32(0)
    key.write(pair[0], this.#out)
    const keyBytes = this.#out.length - start - 8
    value.write(pair[1], this.#out)
    this.#out.patchInt32(start, this.#out.length - start - 8)
    this.#out.patchInt32(start + 4, keyBytes)
  }

  #begin([key, value]: readonly [unknown, unknown]): readonly [Side, Side] {
    const sides = [new Side('key', this.#options.key, key), new Side('value', this.#options.value, value)] as const
    this.#sides = sides
    const [keyClass, valueClass] = sides.map(({ writable }) => writable.className) as [string, string]
    writeSequenceHeader(this.#out, { keyClass, valueClass, sync: this.#sync })
    return sides
  }
}

/** The keys, or the values, of one file: all of one type. */
class Side {
  readonly writable: Writable
  readonly #side: 'key' | 'value'

  constructor(side: 'key' | 'value', chosen: WritableName | undefined, first: unknown) {
    const name = chosen ?? writableFor(first)
    if (name === undefined) throw notWritable(side, first)
    this.#side = side
    this.writable = writables[name]
  }

  write(value: unknown, out: BigEndianWriter): void {
    if (!this.writable.fits(value)) throw this.#otherType(value)
    this.writable.write(value as never, out)
  }

  #otherType(value: unknown): SluiceError {
    const types = Object.keys(writables).join(', ')
    return unwritable(
      `All ${this.#side}s of a SequenceFile have one type, here ${this.writable.className}; choose another by the option ${this.#side} (${types}), or map the ${this.#side}s to one type`,
      value,
    )
  }
}

/** 16 bytes that look random, and are the same whenever this file is made again. */
function syncMarker(identity: string): Uint8Array {
  const hex = digest(`${identity}#0`) + digest(`${identity}#1`)
  return Uint8Array.from({ length: SYNC_BYTES }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16))
}

function notAPair(got: unknown): SluiceError {
  return unwritable('A SequenceFile is made of pairs; map the elements to [key, value]', got)
}

function notWritable(side: string, got: unknown): SluiceError {
  return unwritable(
    `A SequenceFile has no type for this ${side}; map it to a text, number, boolean, bigint or bytes`,
    got,
  )
}

function unwritable(message: string, got: unknown): SluiceError {
  const shown = `${excerpt(got)} (${typeof got})`
  return new SluiceError({ code: 'not-writable', kind: 'data', message: `${message}: ${shown}` })
}
