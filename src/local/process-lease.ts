import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { errorCode } from './stores/file-error.ts'

/**
 * Owner names of leases that say which process they belong to, so that a run that is started again after a kill need not
 * wait until the dead one's lease ends. Only a matter of waiting: taking over from a process that lives after all (a
 * container with the same host name, say) is safe, as the higher token fences it.
 */
export function processOwner(): string {
  return [encodeURIComponent(hostname()), process.pid, startOf(process.pid) ?? '', crypto.randomUUID()].join(':')
}

/** Whether a lease's owner was a process of this machine that no longer runs. */
export function isDeadProcess(owner: string): boolean {
  const [host, pid, start] = owner.split(':')
  if (host !== encodeURIComponent(hostname()) || !/^\d+$/.test(pid ?? '')) return false
  return !alive(Number(pid)) || (start !== '' && startOf(Number(pid)) !== start)
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** When a process began, in ticks since boot, where the system tells: process ids are used again. */
function startOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19]
  } catch {
    return undefined
  }
}
