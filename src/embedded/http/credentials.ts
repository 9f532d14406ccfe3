import type { IncomingMessage } from 'node:http'

/** The access key id that a request was signed with, in its header or its query; nothing if it was not signed. */
export function accessKeyIdOf({ headers, url = '' }: IncomingMessage): string | undefined {
  const header = headers.authorization
  if (header !== undefined) return /Credential=([^/,\s]+)/.exec(header)?.[1] ?? /^AWS ([^:]+):/.exec(header)?.[1]
  const query = /[?&]X-Amz-Credential=([^&]+)/.exec(url)?.[1]
  return query === undefined ? undefined : decodeURIComponent(query).split('/')[0]
}
