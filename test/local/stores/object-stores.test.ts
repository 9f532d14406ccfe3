import { join } from 'node:path'
import { FileObjectStore } from '../../../src/local/stores/file-object-store.ts'
import { openLocalStorage } from '../../../src/local/stores/storage.ts'
import { objectStoreContract } from '../../contracts/object-store.contract.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'

objectStoreContract('MemoryObjectStore', () => {
  const storage = openLocalStorage()
  let places = 0
  const again = () => storage.open('memory://place')
  return { store: again(), again, elsewhere: () => storage.open(`memory://other-${places++}`) }
})

objectStoreContract('FileObjectStore', (t) => {
  const directory = tempDirectory(t)
  let places = 0
  const again = () => new FileObjectStore(join(directory, 'place'))
  return { store: again(), again, elsewhere: () => new FileObjectStore(join(directory, `other ${places++}`)) }
})
