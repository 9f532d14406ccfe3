import type { ChangelogRef, Manifest } from '../checkpoint/manifest.ts'
import { type ChangedEntry, Changelog, type SectionIndex } from '../state/changelog.ts'
import { fromBase64 } from '../util/base64.ts'
import { elementText } from '../util/text.ts'
import type { Runtime } from './runtime.ts'
import { getObject } from './stored.ts'

/** What a batch changed in one operator's state. */
export interface OperatorChanges {
  readonly operator: string
  readonly put: number
  readonly deleted: number
  /** The first of them, partition by partition. */
  readonly changes: readonly StateChange[]
}

/** One change of one key, as text. */
export interface StateChange {
  readonly kind: 'put' | 'deleted'
  readonly partition: number
  readonly key: string
  readonly value?: string
  /** When the entry was last changed, in milliseconds, where the operator keeps that. */
  readonly timeMs?: number
}

/** What a committed batch changed in the state, at most `limit` entries of each operator. */
export async function stateChanges(runtime: Runtime, manifest: Manifest, limit: number): Promise<OperatorChanges[]> {
  const changelog = await changelogOf(runtime, manifest)
  if (changelog === undefined) return []
  return [...new Set(changelog.sections.map(({ operator }) => operator))].map((operator) => {
    const sections = changelog.sections.filter((section) => section.operator === operator)
    return {
      operator,
      put: sections.reduce((sum, { puts }) => sum + puts, 0),
      deleted: sections.reduce((sum, { deletes }) => sum + deletes, 0),
      changes: firstChanges(changelog, sections, limit),
    }
  })
}

async function changelogOf(
  { checkpoint }: Runtime,
  { attempt, state, inlineChanges, changes }: Manifest,
): Promise<Changelog | undefined> {
  const { batchTime } = attempt
  if (inlineChanges !== undefined) return new Changelog(fromBase64(inlineChanges), `the changes of batch ${batchTime}`)
  const own = (ref: ChangelogRef) => ref.batchTime === batchTime
  const ref = (changes ?? state.changelogs.find(own))?.object
  return ref && new Changelog(await getObject(checkpoint, ref), ref.key)
}

function firstChanges(changelog: Changelog, sections: readonly SectionIndex[], limit: number): StateChange[] {
  const first: StateChange[] = []
  for (const section of sections) {
    for (const entry of changelog.entriesOf(section)) {
      if (first.length === limit) return first
      first.push(changeOf(entry, section.partition))
    }
  }
  return first
}

function changeOf(entry: ChangedEntry, partition: number): StateChange {
  const key = shown(entry.key)
  if (entry.kind === 'deleted') return { kind: 'deleted', partition, key }
  const time = entry.time === undefined ? {} : { timeMs: entry.time }
  return { kind: 'put', partition, key, value: shown(entry.value), ...time }
}

/** Strings in quotes: `1` and `"1"` are different keys. */
export function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : elementText(value)
}
