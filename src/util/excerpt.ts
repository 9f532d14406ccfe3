import { elementText } from './text.ts'

const MAX_CHARACTERS = 200

/** The beginning of a value's text, for messages; of one that has none, such as a cycle, its kind. */
export function excerpt(value: unknown): string {
  try {
    return elementText(value).slice(0, MAX_CHARACTERS)
  } catch {
    return Object.prototype.toString.call(value)
  }
}
