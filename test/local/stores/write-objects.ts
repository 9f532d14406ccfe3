/** Writes objects into a directory until it is killed: `KEY VERSION` on standard output for each that is acknowledged. */
import { FileObjectStore } from '../../../src/local/stores/file-object-store.ts'
import { solidObject } from './solid-object.ts'

const [directory = '', from = '0'] = process.argv.slice(2)
const store = new FileObjectStore(directory)

for (let version = Number(from); ; version++) {
  const key = `some/dir/${version % 4}`
  const bytes = solidObject(version)
  if (version % 3 === 0) {
    const upload = store.upload(key)
    for (let at = 0; at < bytes.length; at += 70_000) await upload.write(bytes.subarray(at, at + 70_000))
    await upload.complete()
  } else await store.put(key, bytes)
  process.stdout.write(`${key} ${version}\n`)
  await store.putIfAbsent(`once/${version}`, bytes)
  process.stdout.write(`once/${version} ${version}\n`)
}
