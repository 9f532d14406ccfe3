import { elementText } from '../../util/text.ts'
import { type ElementFormat, joinBytes, type PartFormat } from './output-format.ts'

/** One line an element, as `print` shows it; an element whose text has line ends takes several lines, as in Spark. */
export const textFormat: PartFormat<unknown> = {
  open: () => ({
    encode(elements) {
      let text = ''
      for (const element of elements) text += `${elementText(element)}\n`
      return text
    },
  }),
  join: (files) => joinBytes(files),
}

/** The lines of Hadoop's `TextOutputFormat`: key, tab, value. A side that is null is left out, and the tab with it. */
export const tabFormat: ElementFormat<readonly [unknown, unknown]> = {
  encode(pair) {
    const sides = pair.filter((side) => side !== null && side !== undefined)
    return sides.length === 0 ? '' : `${sides.map(elementText).join('\t')}\n`
  },
}
