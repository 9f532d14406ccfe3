import { SluiceError } from './errors.ts'

/** Checks what must hold if Sluice has no defect; stays on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new SluiceError({ code: 'assertion-failed', kind: 'internal', message: `Internal: ${message}` })
}

/** Ends an exhaustive switch over a union. */
export function unreachable(value: never): never {
  throw new SluiceError({
    code: 'unreachable',
    kind: 'internal',
    message: `Internal: unexpected ${JSON.stringify(value)}`,
  })
}
