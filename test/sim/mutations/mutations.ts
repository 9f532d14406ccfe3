import { COMPUTED_MUTATIONS } from './computed-mutations.ts'
import { GC_MUTATIONS } from './gc-mutations.ts'
import { KEYED_MUTATIONS } from './keyed-mutations.ts'
import { LETTER_MUTATIONS } from './letter-mutations.ts'
import type { Mutation } from './mutation.ts'
import { NAMES_MUTATIONS } from './names-mutations.ts'
import { PLAN_MUTATIONS } from './plan-mutations.ts'
import { PUBLISH_MUTATIONS } from './publish-mutations.ts'
import { RECEIVER_MUTATIONS } from './receiver-mutations.ts'
import { REGISTER_MUTATIONS } from './register-mutations.ts'
import { REPLAY_MUTATIONS } from './replay-mutations.ts'
import { REPLAYED_ACTS_MUTATIONS } from './replayed-acts-mutations.ts'
import { SAVEPOINT_MUTATIONS } from './savepoint-mutations.ts'
import { STATE_MUTATIONS } from './state-mutations.ts'
import { UPGRADE_MUTATIONS } from './upgrade-mutations.ts'

/** Every rule that can be taken out with `--without`. */
export const MUTATIONS: readonly Mutation[] = [
  ...REGISTER_MUTATIONS,
  ...NAMES_MUTATIONS,
  ...PUBLISH_MUTATIONS,
  ...PLAN_MUTATIONS,
  ...STATE_MUTATIONS,
  ...UPGRADE_MUTATIONS,
  ...LETTER_MUTATIONS,
  ...KEYED_MUTATIONS,
  ...RECEIVER_MUTATIONS,
  ...COMPUTED_MUTATIONS,
  ...GC_MUTATIONS,
  ...SAVEPOINT_MUTATIONS,
  ...REPLAY_MUTATIONS,
  ...REPLAYED_ACTS_MUTATIONS,
]
