import { readBody } from '../http/body.ts'
import { checkWriteConditions } from './conditions.ts'
import { badRequest } from './errors.ts'
import { type S3Operation, xmlReply } from './s3-context.ts'
import { header } from './s3-request.ts'
import { element, elementsOf, textOf } from './xml.ts'

const MAX_KEYS = 1000
const LIMIT_BYTES = 2 * 1024 * 1024

/** Deleting what is not there succeeds. */
export const deleteObject: S3Operation = ({ catalog }, request) => {
  const { bucket, key } = request
  const object = catalog.bucket(bucket).objects.get(key)
  if (header(request, 'if-match') !== undefined) checkWriteConditions(request, object)
  if (object) catalog.commit({ kind: 'object-gone', bucket, key })
  return { status: 204 }
}

export const deleteObjects: S3Operation = async ({ catalog }, { bucket: name, message }) => {
  const xml = (await readBody(message, LIMIT_BYTES)).toString('utf8')
  const keys = elementsOf(xml, 'Object').map((object) => textOf(object, 'Key') ?? '')
  if (keys.length === 0 || keys.length > MAX_KEYS || keys.includes('')) {
    throw badRequest(
      'MalformedXML',
      'The XML you provided was not well-formed or did not validate against our published schema',
    )
  }
  const { objects } = catalog.bucket(name)
  const present = [...new Set(keys)].filter((key) => objects.has(key))
  if (present.length > 0) catalog.commit(...present.map((key) => ({ kind: 'object-gone', bucket: name, key }) as const))
  const quiet = textOf(xml, 'Quiet') === 'true'
  return xmlReply('DeleteResult', quiet ? [] : keys.map((key) => element('Deleted', [element('Key', key)])))
}
