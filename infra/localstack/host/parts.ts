import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '../run-command.ts'
import { type Part, textOf } from './part.ts'
import type { Tools } from './tools.ts'

const REQUIREMENTS = fileURLToPath(new URL('requirements.txt', import.meta.url))
const POM = fileURLToPath(new URL('dynamodb-local.pom.xml', import.meta.url))
const KINESIS = fileURLToPath(new URL('kinesis-mock', import.meta.url))
const MAVEN_GOAL = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies'

/** LocalStack itself, in a Python environment of its own. */
export async function localstackPart({ python }: Tools): Promise<Part> {
  const version = await runCommand(python, ['--version'])
  return {
    name: 'python',
    pins: version + textOf(REQUIREMENTS),
    async make(folder) {
      await runCommand(python, ['-m', 'venv', folder])
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '-r', REQUIREMENTS]
      await runCommand(join(folder, 'bin/python'), pip)
    },
  }
}

/** The jars of DynamoDBLocal, whose archive LocalStack would download. */
export const dynamodbLocalPart: Part = {
  name: 'dynamodb-local',
  pins: textOf(POM),
  async make(folder) {
    await runCommand('mvn', ['-q', '-B', '-f', POM, MAVEN_GOAL, `-DoutputDirectory=${folder}`])
  },
}

/** The Kinesis server that LocalStack would install with npm. */
export const kinesisMockPart: Part = {
  name: 'kinesis-mock',
  pins: textOf(join(KINESIS, 'package-lock.json')),
  async make(folder) {
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(KINESIS, file), join(folder, file))
    await runCommand('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder)
  },
}
