type Outputs = ReadonlyMap<string, string>

/** Everything that two runs over the same input may not differ in, in words; nothing if it is the same. */
export function outputDifferences(killed: Outputs, undisturbed: Outputs, records: number): readonly string[] {
  return [
    ...differentObjects(below(killed, 'files/'), below(undisturbed, 'files/')),
    ...unmarked(killed),
    ...recordFaults(killed, undisturbed, records),
  ].slice(0, 20)
}

function below(outputs: Outputs, prefix: string): Outputs {
  return new Map([...outputs].filter(([key]) => key.startsWith(prefix)))
}

function differentObjects(found: Outputs, expected: Outputs): readonly string[] {
  return [...new Set([...found.keys(), ...expected.keys()])].sort().flatMap((key) => {
    const [is, must] = [found.get(key), expected.get(key)]
    if (is === must) return []
    if (is === undefined) return [`missing: ${key}`]
    return [must === undefined ? `extra: ${key}` : `different: ${key}: ${is.slice(0, 80)}`]
  })
}

/** Directories that somebody would not read as complete. */
function unmarked(outputs: Outputs): readonly string[] {
  const directories = new Set([...outputs.keys()].map(directoryOf))
  return [...directories].filter((name) => !outputs.has(`${name}/_SUCCESS`)).map((name) => `without _SUCCESS: ${name}`)
}

/** Which batch a record is in depends on when it was read; that it is in one, once and in order, does not. */
function recordFaults(killed: Outputs, undisturbed: Outputs, records: number): readonly string[] {
  const [lines, expected] = [linesByKey(killed), linesByKey(undisturbed)]
  const given = [...expected.values()].reduce((sum, list) => sum + list.length, 0)
  const wrong = given === records ? [] : [`undisturbed, ${given} of ${records} records came`]
  for (const key of new Set([...lines.keys(), ...expected.keys()])) {
    const [is, must] = [lines.get(key) ?? [], expected.get(key) ?? []]
    if (is.join('\n') === must.join('\n')) continue
    const lost = must.filter((line) => !is.includes(line))
    const doubled = is.filter((line, i) => is.indexOf(line) !== i)
    wrong.push(`records of ${key}: ${lost.length} lost, ${doubled.length} doubled, of ${must.length}: ${lost[0]}`)
  }
  return lastTotals(killed) === lastTotals(undisturbed) ? wrong : [...wrong, 'the totals of records differ']
}

function linesByKey(outputs: Outputs): ReadonlyMap<string, readonly string[]> {
  const byKey = new Map<string, string[]>()
  for (const name of parts(outputs, 'records/lines-'))
    for (const line of (outputs.get(name) ?? '').split('\n').filter((text) => text !== '')) {
      const key = line.slice(0, line.indexOf(' '))
      byKey.set(key, [...(byKey.get(key) ?? []), line])
    }
  return byKey
}

function lastTotals(outputs: Outputs): string {
  const names = parts(outputs, 'records/totals-')
  const last = directoryOf(names.at(-1) ?? '')
  return names.map((name) => (directoryOf(name) === last ? outputs.get(name) : '')).join('')
}

/** Names of part files, by batch time. */
function parts(outputs: Outputs, prefix: string): readonly string[] {
  const time = (name: string) => Number(directoryOf(name).slice(prefix.length))
  return [...outputs.keys()]
    .filter((name) => name.startsWith(prefix) && !name.endsWith('_SUCCESS'))
    .sort((a, b) => time(a) - time(b) || (a < b ? -1 : 1))
}

function directoryOf(name: string): string {
  return name.slice(0, name.lastIndexOf('/'))
}
