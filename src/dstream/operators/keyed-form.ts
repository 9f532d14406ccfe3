import type { CallSite } from '../../rdd/call-site.ts'
import { located, OperatorFailure } from '../../rdd/failure.ts'
import { HashPartitioner, type Partitioner } from '../../rdd/partitioner.ts'
import { elementText } from '../../util/text.ts'
import { codecRecord, type StateCodec } from '../state-codec.ts'
import type { StateVersionOptions } from '../state-version.ts'
import type { StateForm } from '../stream-node.ts'
import { operatorCodec, saysWhoseState } from './operator-codec.ts'

export interface KeyedStateForm<S> {
  readonly partitioner: Partitioner
  readonly codec: StateCodec<S> | undefined
  readonly versions: StateVersionOptions<S>
  readonly site: CallSite
}

/** Of state by key: values of keys in the main table, which are where the partitioner says; all else in one place. */
export function keyedForm<S>(operator: KeyedStateForm<S>): StateForm {
  const { partitioner, codec, versions } = operator
  const { numPartitions: partitions } = partitioner
  return {
    hashed: partitioner instanceof HashPartitioner,
    shape: {
      place: ({ table, key }) =>
        table === ''
          ? [{ table, partition: partitioner.partition(key), partitions }]
          : [{ table, partition: 0, partitions: 1 }],
    },
    version: versions.stateVersion,
    codec: codec && codecRecord(codec),
    migrate: versions.migrate && migration(operator, versions.migrate),
  }
}

/** Calls the user's function on what is stored of a key; what it returns is stored as the codec of now encodes it. */
function migration<S>(
  { partitioner, codec: given, site }: KeyedStateForm<S>,
  migrate: NonNullable<StateVersionOptions<S>['migrate']>,
): StateForm['migrate'] {
  const codec = operatorCodec(given, site)
  return (key, stored, from) => {
    try {
      const state = migrate(stored, from)
      return state === undefined || codec === undefined ? state : codec.encode(state, () => key)
    } catch (cause) {
      if (saysWhoseState(cause)) throw cause
      const where = (): string => `key ${elementText(key)}, whose state of version ${from} was being migrated`
      throw located(new OperatorFailure(site, cause), partitioner.partition(key), where)
    }
  }
}
