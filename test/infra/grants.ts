import type { Template } from '../../infra/template.ts'
import type { Call } from '../../src/embedded/index.ts'
import { at, list, propertiesOf } from './packaged-template.ts'

/** One action on one kind of resource that a policy of a template allows. */
export interface Grant {
  readonly action: string
  /** `databucket/in/flights/*`: names that only a deployment knows are the logical ids in lower case. */
  readonly resource: string
  /** Of the items of a table; any by default. */
  readonly keys?: readonly unknown[]
}

/** The statements of every role and of every policy of its own, by logical id. */
export function statements(template: Template): [id: string, statement: unknown][] {
  const roles = [...propertiesOf(template, 'AWS::IAM::Role')].flatMap(([id, { Policies }]) =>
    list(Policies).map((policy) => [id, at(policy, 'PolicyDocument')] as const),
  )
  const policies = [...propertiesOf(template, 'AWS::IAM::ManagedPolicy')].map(
    ([id, { PolicyDocument }]) => [id, PolicyDocument] as const,
  )
  return [...roles, ...policies].flatMap(([id, document]) =>
    list(at(document, 'Statement')).map((statement): [string, unknown] => [id, statement]),
  )
}

/** What a role or policy allows. */
export function grantsOf(template: Template, id: string): Grant[] {
  return statements(template)
    .filter(([owner]) => owner === id)
    .flatMap(([, statement]) => {
      const keys = at(statement, 'Condition', 'ForAllValues:StringEquals', 'dynamodb:LeadingKeys')
      const resources = list(at(statement, 'Resource')).map(nameOf)
      return list(at(statement, 'Action')).flatMap((action) =>
        resources.map((resource) => ({
          action: String(action),
          resource,
          ...(keys === undefined ? {} : { keys: list(keys) }),
        })),
      )
    })
}

/** The grant that allows a call, if there is one. */
export function grantFor(grants: readonly Grant[], call: Call): Grant | undefined {
  const action = actionOf(call)
  const subject = call.subject.replace(/\/$/, '')
  const key = at(call.input, 'Key', 'app', 'S') ?? at(call.input, 'Item', 'app', 'S')
  return grants.find(
    (grant) =>
      grant.action === action &&
      // Which keys a DeleteObjects names is in its body, whose stream a GetRecords reads in its iterator.
      (namesNoResource(call) || matches(grant.resource, subject)) &&
      (grant.keys === undefined || grant.keys.includes(key)),
  )
}

const S3_ACTIONS: Readonly<Record<string, string>> = {
  HeadObject: 'GetObject',
  CopyObject: 'PutObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  UploadPartCopy: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  DeleteObjects: 'DeleteObject',
  ListObjectsV2: 'ListBucket',
}

function actionOf({ service, operation }: Call): string {
  return `${service}:${(service === 's3' ? S3_ACTIONS[operation] : undefined) ?? operation}`
}

function namesNoResource({ operation, subject }: Call): boolean {
  return operation === 'DeleteObjects' || subject === ''
}

function matches(pattern: string, subject: string): boolean {
  return pattern.endsWith('*') ? subject.startsWith(pattern.slice(0, -1)) : pattern === subject
}

/** `{ "Fn::Sub": "${DataBucket.Arn}/in/*" }` and `{ "Fn::GetAtt": ["DataBucket", "Arn"] }`. */
function nameOf(resource: unknown): string {
  const text = at(resource, 'Fn::Sub')
  if (text === undefined) return String(at(resource, 'Fn::GetAtt', 0)).toLowerCase()
  return String(text).replace(/\$\{(\w+)\.Arn\}/g, (_, id: string) => id.toLowerCase())
}
