import { join } from 'node:path'
import { expandHome } from './ssh_keys.ts'
import type { HostTarget } from './target.ts'

/** The files that vouch for a host, the one that new keys are written to first. */
export function knownHostsFiles(target: HostTarget, home: string): readonly string[] {
  const files = target.knownHostsFiles?.map((file) => expandHome(file, home)) ?? []
  return files.length > 0 ? files : [join(home, '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts']
}
