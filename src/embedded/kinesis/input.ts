import { ServiceError } from '../http/service-error.ts'
import { validation } from './errors.ts'

/** A request's JSON, whose members have the types that these functions check. */
export type Input = Readonly<Record<string, unknown>>

export function text(input: Input, member: string): string {
  const value = optionalText(input, member)
  if (value !== undefined) return value
  throw validation(`Value null at '${camelCase(member)}' failed to satisfy constraint: Member must not be null`)
}

export function optionalText(input: Input, member: string): string | undefined {
  const value = input[member] ?? undefined
  if (value === undefined || typeof value === 'string') return value
  throw wrongType(member, 'String')
}

export function optionalNumber(input: Input, member: string): number | undefined {
  const value = input[member] ?? undefined
  if (value === undefined || typeof value === 'number') return value
  throw wrongType(member, 'number')
}

export interface Range {
  readonly min: number
  readonly max: number
}

export function optionalInteger(input: Input, member: string, { min, max }: Range): number | undefined {
  const value = optionalNumber(input, member)
  if (value === undefined) return undefined
  const rule =
    value < min ? `greater than or equal to ${min}` : value > max ? `less than or equal to ${max}` : undefined
  if (rule === undefined) return value
  const where = `Value '${value}' at '${camelCase(member)}' failed to satisfy constraint`
  throw validation(`${where}: Member must have value ${rule}`)
}

export function optionalStructure(input: Input, member: string): Input | undefined {
  const value = input[member] ?? undefined
  if (value === undefined) return undefined
  if (typeof value === 'object' && !Array.isArray(value)) return value as Input
  throw wrongType(member, 'structure')
}

export function list(input: Input, member: string): readonly Input[] {
  const value = input[member]
  if (Array.isArray(value)) return value as readonly Input[]
  throw validation(`Value null at '${camelCase(member)}' failed to satisfy constraint: Member must not be null`)
}

function wrongType(member: string, type: string): ServiceError {
  return new ServiceError(400, 'SerializationException', `Member ${member} is not a ${type}`)
}

function camelCase(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1)
}
