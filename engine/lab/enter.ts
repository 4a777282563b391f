import { reject } from '../core/diagnostic.ts'
import { processesIn } from './cgroup.ts'

/**
 * The command that runs a program as root inside a host without going through its network, sshd or firewall: the
 * host's console, as it were. Append the program and its arguments.
 */
export async function enterCommand(lab: string, host: string): Promise<readonly string[]> {
  const [init] = await processesIn(lab, host, 'payload', 'init.scope')
  if (init === undefined) return reject({ code: 'lab-off', message: `host \`${host}\` of lab \`${lab}\` is not running` })
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd']
  // Without forking, the process that waits stays outside the host. A host that shuts down stops all its processes for a
  // moment; a forked nsenter would stop itself along with its child, never bury it, and so keep the host from ending.
  return ['nsenter', `--target=${init}`, ...namespaces, '--no-fork', 'env', '-i', 'HOME=/root', `PATH=${PATH}`, ...CHILD]
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Runs the program as a child, which then is a process of the host. */
const CHILD = ['/bin/sh', '-c', '"$@"; exit $?', 'sh'] as const
