import { fileTargets } from './file-targets.ts'
import type { FuzzTarget } from './fuzz.ts'
import { positionTargets } from './position-targets.ts'
import { jsonTargets } from './record-targets.ts'
import { stateTargets } from './state-targets.ts'

/** Every decoder of what is stored or comes from outside. */
export const targets: readonly FuzzTarget[] = [...stateTargets, ...jsonTargets, ...positionTargets, ...fileTargets]
