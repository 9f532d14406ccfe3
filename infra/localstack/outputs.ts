import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'

/** One directory that an application published: `counts-1700000000000`, or with a suffix `airports-1700000000000.txt`. */
export interface PublishedDirectory {
  readonly bucket: string
  readonly batchTime: number
  /** Readers take only those; the others are being published. */
  readonly complete: boolean
  /** Keys, in order. */
  readonly parts: readonly string[]
}

export interface S3Place {
  readonly bucket: string
  readonly key: string
}

export function parseS3Url(url: string): S3Place {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+?)\/*$/.exec(url) ?? []
  if (bucket === undefined || key === undefined) throw new Error(`Not the URL of an S3 prefix: ${url}`)
  return { bucket, key }
}

/** Every directory whose name is the prefix, a batch time and perhaps a suffix, by batch time. */
export async function listPublished(s3: S3Client, prefix: string): Promise<PublishedDirectory[]> {
  const { bucket, key } = parseS3Url(prefix)
  const files = new Map<number, string[]>()
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: `${key}-` })) {
    for (const { Key: name = '' } of page.Contents ?? []) {
      const batchTime = Number(/^-(\d+)(\.[^/]*)?\/(_SUCCESS|part-\d{5})$/.exec(name.slice(key.length))?.[1])
      if (Number.isNaN(batchTime)) throw new Error(`Not a name that an application publishes: ${name}`)
      files.set(batchTime, [...(files.get(batchTime) ?? []), name])
    }
  }
  const directories = [...files].map(([batchTime, names]) => ({
    bucket,
    batchTime,
    complete: names.some((name) => name.endsWith('/_SUCCESS')),
    parts: names.filter((name) => !name.endsWith('/_SUCCESS')).sort(),
  }))
  return directories.sort((a, b) => a.batchTime - b.batchTime)
}

/** The lines of all parts, in the order of their names. */
export async function readLines(s3: S3Client, { bucket, parts }: PublishedDirectory): Promise<string[]> {
  const texts = await Promise.all(
    parts.map(async (key) => {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return (await Body?.transformToString()) ?? ''
    }),
  )
  return texts.flatMap((text) => text.split('\n').filter((line) => line !== ''))
}
