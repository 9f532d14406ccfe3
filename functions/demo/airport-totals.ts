import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import type { Manifest } from '../../src/checkpoint/manifest.ts'
import { DEPLOYMENT } from './cloud-resources.ts'

export interface AirportTotal {
  readonly airport: string
  readonly flights: number
  readonly delay: number
}

/** The running totals by airport that a batch published, read back from its files. */
export async function readAirportTotals(s3: S3Client, { outputs }: Manifest): Promise<readonly AirportTotal[]> {
  const prefix = `${DEPLOYMENT.params.out}/airports-`
  const { destination = '', files = [] } = outputs.find((output) => output.destination?.startsWith(prefix)) ?? {}
  const texts = await Promise.all(files.map(({ name }) => readText(s3, `${destination}/${name}`)))
  return texts.flatMap((text) => text.trimEnd().split('\n')).map(parseTotal)
}

/** `(ATL,{"flights":2,"delay":-3})` */
function parseTotal(line: string): AirportTotal {
  const comma = line.indexOf(',')
  return { airport: line.slice(1, comma), ...JSON.parse(line.slice(comma + 1, -1)) }
}

async function readText(s3: S3Client, url: string): Promise<string> {
  const { hostname, pathname } = new URL(url)
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: hostname, Key: pathname.slice(1) }))
  return (await Body?.transformToString()) ?? ''
}
