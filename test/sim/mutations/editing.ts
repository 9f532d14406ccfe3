import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import type { SourceEdit } from './source-edit.ts'

/** Makes the edits in the files as they are loaded. */
export function editing(root: string, edits: readonly SourceEdit[]): Plugin {
  return {
    name: 'editing',
    setup({ onLoad }) {
      onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, async ({ path }) => {
        const wanted = edits.filter(({ file }) => join(root, file) === path)
        if (wanted.length === 0) return undefined
        const text = await readFile(path, 'utf8')
        return { contents: wanted.reduce(edited, text), loader: 'ts' }
      })
    },
  }
}

/** The text with one edit made. Refuses one that does not fit: it would show nothing. */
export function edited(text: string, { file, find, replace }: SourceEdit): string {
  const places = text.split(find).length - 1
  if (places !== 1) throw new Error(`The edit of ${file} fits ${places} times, not once; adapt it to the code: ${find}`)
  return text.replace(find, () => replace)
}
