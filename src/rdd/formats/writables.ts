import type { BigEndianWriter } from './big-endian-writer.ts'

/** How a key or value of a SequenceFile is stored: `text` as `org.apache.hadoop.io.Text`, and so on. */
export type WritableName = 'text' | 'int' | 'long' | 'float' | 'double' | 'boolean' | 'bytes' | 'null'

/** One of Hadoop's types of keys and values. */
export interface Writable {
  readonly className: string
  /** Whether it can say a value exactly (`float`: as exactly as it can). */
  fits(value: unknown): boolean
  /** Given a value that fits. */
  write(value: never, out: BigEndianWriter): void
  /** Given all of its bytes; `undefined` if they cannot be its. */
  read(bytes: Uint8Array): unknown
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true })
const INT64_END = 2n ** 63n

const isNumber = (value: unknown): boolean => typeof value === 'number'
const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
/** Reads what has one size. */
const sized =
  (sizeBytes: number, read: (view: DataView) => unknown) =>
  (bytes: Uint8Array): unknown =>
    bytes.length === sizeBytes ? read(viewOf(bytes)) : undefined

/** A long is a number where that is exact, and a bigint beyond. */
function longOf(view: DataView): number | bigint {
  const value = view.getBigInt64(0)
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function isLong(value: unknown): boolean {
  return typeof value === 'bigint' ? value >= -INT64_END && value < INT64_END : Number.isSafeInteger(value)
}

function textOf(bytes: Uint8Array): string | undefined {
  const length = readVint(bytes)
  return length !== undefined && length.value === bytes.length - length.sizeBytes
    ? utf8.decode(bytes.subarray(length.sizeBytes))
    : undefined
}

function bytesOf(bytes: Uint8Array): Uint8Array | undefined {
  return bytes.length >= 4 && viewOf(bytes).getInt32(0) === bytes.length - 4 ? bytes.slice(4) : undefined
}

export const writables: Readonly<Record<WritableName, Writable>> = {
  text: {
    className: 'org.apache.hadoop.io.Text',
    fits: (value) => typeof value === 'string',
    write: (value: string, out) => out.text(value),
    read: textOf,
  },
  int: {
    className: 'org.apache.hadoop.io.IntWritable',
    fits: (value) => isNumber(value) && value === ((value as number) | 0),
    write: (value: number, out) => out.int32(value),
    read: sized(4, (view) => view.getInt32(0)),
  },
  long: {
    className: 'org.apache.hadoop.io.LongWritable',
    fits: isLong,
    write: (value: number | bigint, out) => out.int64(BigInt(value)),
    read: sized(8, longOf),
  },
  float: {
    className: 'org.apache.hadoop.io.FloatWritable',
    fits: isNumber,
    write: (value: number, out) => out.float32(value),
    read: sized(4, (view) => view.getFloat32(0)),
  },
  double: {
    className: 'org.apache.hadoop.io.DoubleWritable',
    fits: isNumber,
    write: (value: number, out) => out.float64(value),
    read: sized(8, (view) => view.getFloat64(0)),
  },
  boolean: {
    className: 'org.apache.hadoop.io.BooleanWritable',
    fits: (value) => typeof value === 'boolean',
    write: (value: boolean, out) => out.byte(value ? 1 : 0),
    read: sized(1, (view) => view.getUint8(0) !== 0),
  },
  bytes: {
    className: 'org.apache.hadoop.io.BytesWritable',
    fits: (value) => value instanceof Uint8Array,
    write(value: Uint8Array, out) {
      out.int32(value.length)
      out.raw(value)
    },
    read: bytesOf,
  },
  null: {
    className: 'org.apache.hadoop.io.NullWritable',
    fits: (value) => value === null || value === undefined,
    write() {},
    read: (bytes) => (bytes.length === 0 ? null : undefined),
  },
}

/** The type of a value that nobody named a type for; whole numbers are longs. `undefined`: there is none. */
export function writableFor(value: unknown): WritableName | undefined {
  const order = ['text', 'long', 'double', 'boolean', 'bytes', 'null'] as const
  return order.find((name) => writables[name].fits(value))
}

/** Hadoop's vint, not below 0, at the start of some bytes; `undefined` if it is cut short or negative. */
export function readVint(bytes: Uint8Array): { readonly value: number; readonly sizeBytes: number } | undefined {
  const sizeBytes = vintBytes(bytes[0])
  if (bytes.length < sizeBytes || sizeBytes > 5) return undefined
  if (sizeBytes === 1) return (bytes[0] ?? 128) < 128 ? { value: bytes[0] ?? 0, sizeBytes } : undefined
  const value = bytes.subarray(1, sizeBytes).reduce((sum, byte) => sum * 256 + byte, 0)
  return { value, sizeBytes }
}

/** How many bytes a vint takes that begins with this one; more than 5 stands for what is no length. */
export function vintBytes(first = 0): number {
  const signed = (first << 24) >> 24
  if (signed >= -112) return 1
  return signed >= -120 ? 1 - (signed + 112) : 9
}
