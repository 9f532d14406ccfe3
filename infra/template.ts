import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A CloudFormation template as the packaging tool writes it: all shorthand is spelled out. */
export interface Template {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>
}

export interface Resource {
  readonly Type: string
  readonly DeletionPolicy?: string
  readonly Properties: Readonly<Record<string, unknown>>
}

/** The template in the folder that `osls package --package FOLDER` filled. */
export function readTemplate(folder: string): Template {
  return JSON.parse(readFileSync(join(folder, 'cloudformation-template-update-stack.json'), 'utf8')) as Template
}

export function resourcesOf(template: Template, type: string): (readonly [logicalId: string, resource: Resource])[] {
  return Object.entries(template.Resources).filter(([, resource]) => resource.Type === type)
}

/** The environment of the function whose name ends with `name`; what only a deployment can know is replaced by a word. */
export function environmentOf(template: Template, name: string): Record<string, string> {
  for (const [, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function')) {
    if (!String(Properties.FunctionName).endsWith(`-${name}`)) continue
    const environment = Properties.Environment as { readonly Variables?: Record<string, unknown> } | undefined
    const variables = Object.entries(environment?.Variables ?? {})
    return Object.fromEntries(variables.map(([key, value]) => [key, placeholder(value)]))
  }
  throw new Error(`The template has no function named like this: ${name}`)
}

/** `{ "Ref": "DataBucket" }` becomes `databucket`. */
function placeholder(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  const [intrinsic, argument] = Object.entries(value)[0] ?? []
  if (intrinsic === 'Fn::Sub')
    return String(argument).replace(/\$\{([\w.]+)\}/g, (_, name: string) => name.toLowerCase())
  return String(Array.isArray(argument) ? argument[0] : argument).toLowerCase()
}
