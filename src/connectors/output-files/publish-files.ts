import type { PartSizes, StagedFile, StagedOutput } from '../../checkpoint/manifest.ts'
import type { ObjectStore, Storage } from '../../ports/object-store.ts'
import type { PublishContext } from '../../ports/sink.ts'
import { SluiceError } from '../../util/errors.ts'
import { pour } from '../../util/pour.ts'
import { inParallel } from './in-parallel.ts'
import { inlineBytes, objectBytes, stagedDamaged, stagedMissing } from './staged-bytes.ts'
import { destinationOf } from './success-file.ts'

/** Brings a committed batch's files under their final names. Whoever repeats it writes the same bytes under the same names. */
export async function publishFiles(staged: StagedOutput, storage: Storage, context: PublishContext): Promise<void> {
  const way: Way = { store: context.store, destination: destinationOf(staged, storage), sizes: staged.partSizes }
  await inParallel(staged.files, async (file) => {
    context.signal.throwIfAborted()
    await publishFile(file, way)
  })
}

/** From where to where, and in what pieces. */
interface Way {
  readonly store: ObjectStore
  readonly destination: ObjectStore
  readonly sizes: PartSizes | undefined
}

async function publishFile(file: StagedFile, { store, destination, sizes }: Way): Promise<void> {
  const inline = inlineBytes(file)
  if (inline !== undefined) {
    await destination.put(file.name, inline)
  } else if (file.at.kind === 'object') {
    const { key } = file.at.ref
    if (kindOf(store) === kindOf(destination)) await copyFile(file, key, { store, destination, sizes })
    else await pour(objectBytes(file, store, key), destination.upload(file.name, sizes))
  }
}

/** Trusts the service with the bytes, as reading them all would cost what the copy saves; only their number is checked. */
async function copyFile(file: StagedFile, key: string, { store, destination, sizes }: Way): Promise<void> {
  const url = `${store.url}/${key}`
  const copy = await destination.copy({ store, key }, file.name, sizes).catch((error: unknown) => {
    throw error instanceof SluiceError && error.code === 'object-missing' ? stagedMissing(url, error) : error
  })
  if (copy.sizeBytes !== file.sizeBytes) throw stagedDamaged(file, url)
}

function kindOf({ url }: ObjectStore): string {
  return url.slice(0, url.indexOf(':'))
}
