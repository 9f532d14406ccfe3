import { FileHeadRegister } from '../../../src/local/stores/file-head-register.ts'
import { MemoryHeadRegister } from '../../../src/local/stores/memory-head-register.ts'
import { headRegisterContract } from '../../contracts/head-register.contract.ts'
import { tempDirectory } from '../../contracts/temp-directory.ts'

headRegisterContract('MemoryHeadRegister', () => {
  const register = new MemoryHeadRegister()
  return { register, again: () => register }
})

headRegisterContract('FileHeadRegister', (t) => {
  const directory = tempDirectory(t)
  const again = () => new FileHeadRegister(directory)
  return { register: again(), again }
})
