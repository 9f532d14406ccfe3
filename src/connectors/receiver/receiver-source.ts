import { consumedBy } from '../../checkpoint/consumed-blocks.ts'
import type { OffsetRange, PlanLimits, SourcePlan } from '../../checkpoint/plan.ts'
import { Receiver } from '../../dstream/receiver.ts'
import type { PlanRequest, Source, SourceOpener, SourceSurroundings } from '../../ports/source.ts'
import { SluiceError } from '../../util/errors.ts'
import { type ReceivedBlock, ReceivedBlocks } from './received-blocks.ts'
import { Supervisor } from './receiver-supervisor.ts'
import { readBlock } from './stored-block.ts'

const PLAN_VERSION = 1

/** Opens the streams of receivers, users' own and others. */
export const openReceiverSource: SourceOpener = ({ options }, streamUid, surroundings) => {
  const { receiver } = options
  if (receiver instanceof Receiver) return receiverStream(receiver, streamUid, surroundings)
  throw new SluiceError({ code: 'bad-option', kind: 'invalid', message: 'A receiver stream needs a Receiver' })
}

export function receiverStream(
  receiver: Receiver<unknown>,
  streamUid: string,
  surroundings: SourceSurroundings | undefined,
): Source {
  if (surroundings !== undefined) return new ReceiverSource(receiver, streamUid, surroundings)
  throw new SluiceError({
    code: 'no-surroundings',
    kind: 'invalid',
    message: `Whoever opens this receiver must say where its blocks are to be kept: ${streamUid}`,
  })
}

/**
 * For where no process stays up between batches: nothing would listen between two invocations.
 *
 * @param what What the place is called in the message: `AWS Lambda`.
 */
export function refuseReceivers(what: string): SourceOpener {
  return ({ kind }, streamUid) => {
    throw new SluiceError({
      code: 'no-receivers-here',
      kind: 'invalid',
      message: `A receiver needs a process that stays up, and ${what} has none: let the data be put into a stream (kinesisStream) or into files (textFileStream), or run the application in a process of its own (sluice/local): ${streamUid} (${kind})`,
    })
  }
}

class ReceiverSource implements Source {
  readonly #surroundings: SourceSurroundings
  readonly #blocks: ReceivedBlocks
  readonly #supervisor: Supervisor

  constructor(receiver: Receiver<unknown>, streamUid: string, surroundings: SourceSurroundings) {
    this.#surroundings = surroundings
    this.#blocks = new ReceivedBlocks(surroundings, streamUid)
    this.#supervisor = new Supervisor(receiver, this.#blocks, surroundings)
  }

  start(): void {
    this.#supervisor.start()
  }

  async plan({ position, limits }: PlanRequest): Promise<SourcePlan> {
    this.start()
    const consumed = consumedBy(position)
    const unread = await this.#blocks.unread(consumed)
    const chosen = within(unread, limits)
    const counts = chosen.map(({ records }) => records)
    return {
      kind: 'receiver',
      version: PLAN_VERSION,
      ranges: chosen.map(rangeOf),
      next: { consumed: this.#blocks.consume(consumed, chosen) },
      ...(counts.includes(undefined) ? {} : { records: counts.reduce<number>((sum, n = 0) => sum + n, 0) }),
      bytes: chosen.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
      more: chosen.length < unread.length,
    }
  }

  read({ partition: key }: OffsetRange, signal: AbortSignal): AsyncIterable<readonly unknown[]> {
    return readBlock(this.#surroundings.checkpoint, key, signal)
  }

  describe({ partition }: OffsetRange, index: number): string {
    return `element ${index + 1} of block ${partition}`
  }

  pending(): number {
    return this.#blocks.pending
  }

  stopReceiving(): Promise<void> {
    return this.#supervisor.stopReceiving()
  }

  close(): Promise<void> {
    return this.#supervisor.close()
  }
}

/** All of them, as in Spark, if they fit; at least one. */
function within(blocks: readonly ReceivedBlock[], { maxBytes, maxRecords }: PlanLimits): readonly ReceivedBlock[] {
  let bytes = 0
  let records = 0
  const end = blocks.findIndex((block) => {
    bytes += block.sizeBytes
    records += block.records ?? 0
    return bytes > maxBytes || records > maxRecords
  })
  return end < 0 ? blocks : blocks.slice(0, Math.max(1, end))
}

function rangeOf({ key, records, sizeBytes }: ReceivedBlock): OffsetRange {
  const counted = records === undefined ? {} : { records }
  return { partition: key, from: { offset: 0 }, until: { offset: records ?? null }, ...counted, bytes: sizeBytes }
}
