import { osls } from '../osls.ts'
import { type PackageOptions, packageFunctions } from '../package/package-functions.ts'
import { createSecret, environment, functionUrl, type Service } from './service.ts'

export const STAGE = 'localstack'
const ACCOUNT = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }

/** One application as it was deployed. */
export interface DeployedApplication {
  readonly name: string
  readonly batchFunction: string
  readonly url: string
  readonly token: string
  readonly params: Readonly<Record<string, string>>
}

/** Packages every function, deploys them with a token made for this run. */
export async function deploy(service: Service, options: Omit<PackageOptions, 'stage'>): Promise<string> {
  const { folder } = await packageFunctions({ ...options, stage: STAGE, region: service.region })
  const token = `${crypto.randomUUID()}${crypto.randomUUID()}`
  // The template refers to it and has no default.
  await createSecret(service, `sluice/${STAGE}/token`, token)
  const args = ['deploy', '--stage', STAGE, '--region', service.region, '--package', folder]
  await osls(args, { folder: options.root, env: { ...ACCOUNT, AWS_ENDPOINT_URL: service.endpoint } })
  return token
}

/** Where the deployment put things: read back from the functions' own settings. */
export async function deployed(service: Service, name: string, token: string): Promise<DeployedApplication> {
  const batchFunction = `sluice-${STAGE}-${name}-batch`
  const httpFunction = `sluice-${STAGE}-${name}-http`
  const { SLUICE_PARAMS = '{}' } = await environment(service, batchFunction)
  const { SLUICE_TOKEN } = await environment(service, httpFunction)
  if (SLUICE_TOKEN !== token)
    throw new Error(`The secret did not reach ${httpFunction}: SLUICE_TOKEN is ${SLUICE_TOKEN}`)
  const url = await functionUrl(service, httpFunction)
  return { name, batchFunction, url, token, params: JSON.parse(SLUICE_PARAMS) as Record<string, string> }
}
