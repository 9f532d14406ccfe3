/**
 * Sequence numbers are 56 decimal digits, as on AWS too long for a JavaScript number:
 * `49`, the stream's creation time (14), the record's ordinal in the whole stream (16), the shard's index (24).
 * So they grow over the stream's whole life, also from parents to children, and tell which stream and shard they are from.
 */
export interface SequenceNumber {
  readonly createdMs: number
  readonly ordinal: number
  readonly shardIndex: number
}

export function formatSequenceNumber({ createdMs, ordinal, shardIndex }: SequenceNumber): string {
  return `${sequencePrefix(createdMs)}${ordinalDigits(ordinal)}${sequenceSuffix(shardIndex)}`
}

export function sequencePrefix(createdMs: number): string {
  return `49${String(createdMs).padStart(14, '0')}`
}

export function ordinalDigits(ordinal: number): string {
  return String(ordinal).padStart(16, '0')
}

export function sequenceSuffix(shardIndex: number): string {
  return String(shardIndex).padStart(24, '0')
}

/** Nothing if it is no sequence number of this server. */
export function parseSequenceNumber(text: string): SequenceNumber | undefined {
  const match = /^49(\d{14})(\d{16})(\d{24})$/.exec(text)
  if (!match) return undefined
  return { createdMs: Number(match[1]), ordinal: Number(match[2]), shardIndex: Number(match[3]) }
}
