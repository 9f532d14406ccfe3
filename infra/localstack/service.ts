/**
 * The few calls to LocalStack for which the project has no client of its own. LocalStack reads account, region and service
 * off the signature's scope and checks no signature; nothing here works against AWS.
 */
export interface Service {
  readonly endpoint: string
  readonly region: string
}

export interface InvokeResult {
  readonly failed: boolean
  readonly throttled: boolean
  readonly payload: unknown
}

const LAMBDA = '/2015-03-31/functions'

/** Invokes a function and waits for its answer; a function that is at its reserved concurrency answers `throttled`. */
export async function invoke(service: Service, functionName: string, event: unknown): Promise<InvokeResult> {
  const path = `${LAMBDA}/${functionName}/invocations`
  const response = await call(service, 'lambda', { method: 'POST', path, body: JSON.stringify(event) })
  const text = await response.text()
  if (response.status === 429) return { failed: true, throttled: true, payload: text }
  if (!response.ok) throw new Error(`Lambda answered ${response.status} to the invocation of ${functionName}: ${text}`)
  const payload: unknown = JSON.parse(text)
  return { failed: response.headers.has('x-amz-function-error'), throttled: false, payload }
}

/** The environment variables with which a function was deployed. */
export async function environment(service: Service, functionName: string): Promise<Record<string, string>> {
  const path = `${LAMBDA}/${functionName}/configuration`
  const configuration = (await json(service, 'lambda', { method: 'GET', path })) as {
    readonly Environment?: { readonly Variables?: Record<string, string> }
  }
  return configuration.Environment?.Variables ?? {}
}

/** The address of a function, as a browser would use it. */
export async function functionUrl(service: Service, functionName: string): Promise<string> {
  const path = `/2021-10-31/functions/${functionName}/url`
  return ((await json(service, 'lambda', { method: 'GET', path })) as { readonly FunctionUrl: string }).FunctionUrl
}

export async function createSecret(service: Service, name: string, value: string): Promise<void> {
  const body = JSON.stringify({ Name: name, SecretString: value, ClientRequestToken: crypto.randomUUID() })
  await json(service, 'secretsmanager', { method: 'POST', path: '/', body, target: 'secretsmanager.CreateSecret' })
}

interface Call {
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly target?: string
}

async function json(service: Service, name: string, request: Call): Promise<unknown> {
  const response = await call(service, name, request)
  if (!response.ok) throw new Error(`${name} answered ${response.status} to ${request.path}: ${await response.text()}`)
  return response.json()
}

async function call(
  { endpoint, region }: Service,
  name: string,
  { method, path, body, target }: Call,
): Promise<Response> {
  const scope = `test/20260101/${region}/${name}/aws4_request`
  return fetch(`${endpoint}${path}`, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=unchecked`,
      'content-type': 'application/x-amz-json-1.1',
      ...(target === undefined ? {} : { 'x-amz-target': target }),
    },
  })
}
