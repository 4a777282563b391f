import { userInfo } from 'node:os'
import { join } from 'node:path'
import { expandHome } from './ssh_keys.ts'
import type { HostTarget } from './target.ts'

/** The files that vouch for a host, the one that new keys are written to first. `usual` is the home that counts where none are named. */
export function knownHostsFiles(target: HostTarget, home: string, usual = home): readonly string[] {
  const files = target.knownHostsFiles?.map((file) => expandHome(file, home)) ?? []
  return files.length > 0 ? files : [join(usual, '.ssh', 'known_hosts'), '/etc/ssh/ssh_known_hosts']
}

/** The home in which OpenSSH looks: that of the account, whatever `HOME` says. */
export function homeOfAccount(home: string): string {
  try {
    return userInfo().homedir
  } catch {
    // An account that no database knows.
    return home
  }
}
