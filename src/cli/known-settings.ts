import { isDeepStrictEqual } from 'node:util'
import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Application } from '../dstream/define-app.ts'
import { UsageError } from './usage-error.ts'

type Settings = Readonly<Record<string, string>>

/**
 * Refuses `--set` of what the application does not look at: many schemas drop unknown keys without a word, and a
 * misspelt setting with them. A key is unknown if the schema does not name it and hands out the same without it; what a
 * schema does not name but lets through is the application's own business. Without a schema nothing is known.
 */
export function refuseUnknownSettings({ name, params: schema }: Application, settings: Settings): void {
  if (schema === undefined) return
  const named = namedIn(schema)
  const unknown = Object.keys(settings).filter((key) => isUnknown(schema, settings, { key, named }))
  if (unknown.length === 0) return
  const takes = named === undefined ? 'its params schema says what it takes' : `it takes ${named.keys.join(', ')}`
  throw new UsageError(`${name} has no parameter ${unknown.join(', ')}; ${takes}`)
}

interface Named {
  readonly keys: readonly string[]
  /** Whether the schema refuses all others itself. */
  readonly closed: boolean
}

interface Question {
  readonly key: string
  readonly named: Named | undefined
}

function isUnknown(schema: StandardSchemaV1, settings: Settings, { key, named }: Question): boolean {
  if (named?.keys.includes(key)) return false
  if (named?.closed) return true
  const { [key]: _, ...others } = settings
  const [all, rest] = [validated(schema, settings), validated(schema, others)]
  return isDeepStrictEqual(all, rest) && !(named === undefined && isIn(all, key))
}

function validated(schema: StandardSchemaV1, settings: Settings): unknown {
  const result = schema['~standard'].validate(settings)
  return result instanceof Promise ? undefined : result
}

/** A key that comes out again is known, even if its value is the default one. */
function isIn(result: unknown, key: string): boolean {
  const value = typeof result === 'object' && result !== null && 'value' in result ? result.value : result
  return typeof value === 'object' && value !== null && key in value
}

/** The keys that the schema names, if it is of a library that tells (Standard JSON Schema), and an object. */
function namedIn(schema: StandardSchemaV1): Named | undefined {
  const { properties, additionalProperties } = jsonSchemaOf(schema)
  if (typeof properties !== 'object' || properties === null) return undefined
  return { keys: Object.keys(properties), closed: additionalProperties === false }
}

function jsonSchemaOf({ '~standard': standard }: StandardSchemaV1): Readonly<Record<string, unknown>> {
  if (!('jsonSchema' in standard)) return {}
  try {
    const { input } = standard.jsonSchema as { readonly input: (options: object) => Record<string, unknown> }
    return input({ target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } })
  } catch {
    return {} // Not every schema can be written as JSON Schema; then its results must do.
  }
}
