import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { osls } from '../../infra/osls.ts'
import { readTemplate, resourcesOf, type Template } from '../../infra/template.ts'

export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** The archives that `serverless.yml` names. */
export const ARCHIVES = ['word-count-batch', 'word-count-http', 'flights-batch', 'flights-http']

/** The template of a stage, generated without account, network or built functions. */
export async function packagedTemplate(stage: string, params: readonly string[] = []): Promise<Template> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-template-'))
  for (const path of [
    'serverless.yml',
    'infra/schedule',
    'infra/storage.yml',
    'infra/word-count.yml',
    'infra/flights.yml',
  ]) {
    cpSync(join(ROOT, path), join(folder, path), { recursive: true })
  }
  mkdirSync(join(folder, '.package'))
  for (const name of ARCHIVES) writeFileSync(join(folder, '.package', `${name}.zip`), '')
  const args = ['package', '--stage', stage, '--region', 'eu-central-1', '--package', join(folder, 'out')]
  await osls([...args, ...params.map((param) => `--param=${param}`)], {
    folder,
    env: { HOME: folder, AWS_PROFILE: '', AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' },
  })
  return readTemplate(join(folder, 'out'))
}

/** The properties of each resource of a type, by logical id. */
export function propertiesOf(template: Template, type: string): Map<string, Record<string, unknown>> {
  return new Map(resourcesOf(template, type).map(([id, { Properties }]) => [id, { ...Properties }]))
}

/** The value below a path of names and indexes; `undefined` where the path leads nowhere. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found = value
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined
    found = (found as Readonly<Record<string, unknown>>)[step]
  }
  return found
}

export function list(value: unknown): unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

/** `{ "Fn::GetAtt": ["Role", "Arn"] }` names `Role`. */
export function target(value: unknown): string {
  return String(at(value, 'Ref') ?? at(value, 'Fn::GetAtt', 0) ?? value)
}
