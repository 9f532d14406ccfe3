import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>
  readonly dependencies: Readonly<Record<string, string>>
}

/** What a project of a user's has besides Sluice. */
const ownModules = ['zod', '@types/node']

/** Makes a project in `folder` that has the packed Sluice in its node_modules, type-checks it, and runs an application. */
export function useAsUser(archive: string, folder: string): void {
  const installed = join(folder, 'node_modules', 'sluice')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', archive, '-C', installed, '--strip-components=1'])
  const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as Manifest
  for (const name of [...Object.keys(manifest.dependencies), ...ownModules]) link(name, folder)
  writeProject(folder, manifest)
  for (const resolution of ['node16', 'bundler']) checkTypes(folder, resolution)
  runApplication(folder, installed)
}

/** Installing would ask the registry for what the repository has already. */
function link(name: string, folder: string): void {
  const path = join(folder, 'node_modules', name)
  mkdirSync(dirname(path), { recursive: true })
  symlinkSync(resolve('node_modules', name), path, 'dir')
}

function writeProject(folder: string, { exports }: Manifest): void {
  const entries = Object.keys(exports).filter((entry) => entry !== './package.json')
  const uses = entries.map(
    (entry, i) => `import * as entry${i} from '${entry.replace('.', 'sluice')}'\nvoid entry${i}\n`,
  )
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ type: 'module' }))
  writeFileSync(join(folder, 'entries.ts'), uses.join(''))
  cpSync('functions/word-count.ts', join(folder, 'word-count.ts'))
}

function checkTypes(folder: string, resolution: string): void {
  const module = resolution === 'bundler' ? 'esnext' : 'node20'
  const options = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module,
    moduleResolution: resolution,
    types: ['node'],
  }
  const lib = ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable', 'esnext.disposable']
  const config = { compilerOptions: { ...options, lib, skipLibCheck: true }, include: ['*.ts'] }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder], { stdio: 'inherit' })
  process.stdout.write(`types resolve under ${resolution}\n`)
}

function runApplication(folder: string, installed: string): void {
  mkdirSync(join(folder, 'in'))
  writeFileSync(join(folder, 'in', 'words.txt'), 'to be or not to be\n')
  const settings = [
    '--set',
    'in=in',
    '--set',
    'out=out/counts',
    '--checkpoint',
    'checkpoint',
    '--start',
    '0',
    '--until-idle',
  ]
  const command = [join(installed, 'src/cli/sluice.js'), 'run', 'word-count.ts', ...settings]
  const printed = execFileSync(process.execPath, command, { cwd: folder, encoding: 'utf8' })
  if (!printed.includes('(be,2)')) throw new Error(`The packed command did not count the words:\n${printed}`)
  process.stdout.write('the packed command runs an application in TypeScript\n')
}
