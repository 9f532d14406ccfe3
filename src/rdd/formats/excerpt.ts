import { elementText } from '../../util/text.ts'

const MAX_CHARACTERS = 200

/** The beginning of an element's text, for messages; of one that has none, such as a cycle, its kind. */
export function excerpt(element: unknown): string {
  try {
    return elementText(element).slice(0, MAX_CHARACTERS)
  } catch {
    return Object.prototype.toString.call(element)
  }
}
