/**
 * What a record by names that users choose holds under one of them: `constructor` may be such a name, and every object inherits
 * something that is called so.
 */
export function ownValue<T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return record !== undefined && Object.hasOwn(record, name) ? record[name] : undefined
}
