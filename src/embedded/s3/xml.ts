const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** One element with text or with elements in it; nothing for a value that is absent. */
export function element(name: string, content: string | number | boolean | undefined | readonly string[]): string {
  if (content === undefined) return ''
  const inside = Array.isArray(content) ? content.join('') : escapeXml(String(content))
  return `<${name}>${inside}</${name}>`
}

/** A whole document, its root in S3's name space. */
export function xmlDocument(root: string, elements: readonly string[]): string {
  const opening = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`
  return `${opening}${elements.join('')}</${root}>`
}

/** Carriage returns and other control characters are written as references, or a parser would change or refuse them. */
function escapeXml(text: string): string {
  const marked = text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? character)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return marked.replace(/[\u0000-\u001f]/g, (character) => `&#x${character.charCodeAt(0).toString(16)};`)
}

/** The contents of all elements of this name, one after the other; enough for the flat documents that clients send. */
export function elementsOf(xml: string, name: string): readonly string[] {
  const pattern = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([\\s\\S]*?)</(?:\\w+:)?${name}\\s*>`, 'g')
  return [...xml.matchAll(pattern)].map((match) => match[1] ?? '')
}

/** The text of the first element of this name. */
export function textOf(xml: string, name: string): string | undefined {
  const content = elementsOf(xml, name)[0]
  return content === undefined ? undefined : unescapeXml(content)
}

function unescapeXml(text: string): string {
  return text.replace(/&(#x[0-9a-fA-F]+|#\d+|\w+);/g, (whole, entity: string) => {
    if (entity.startsWith('#x')) return String.fromCodePoint(Number.parseInt(entity.slice(2), 16))
    if (entity.startsWith('#')) return String.fromCodePoint(Number(entity.slice(1)))
    return (Object.hasOwn(ENTITIES, entity) ? ENTITIES[entity] : undefined) ?? whole
  })
}
