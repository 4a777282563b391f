import { access, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ConnectOptions } from './connect_options.ts'
import { keyType, needsCertificate } from './known_hosts.ts'
import { readKnownHosts } from './known_hosts_file.ts'
import { knownHostsFiles } from './known_hosts_files.ts'
import { placeOf } from './problem.ts'
import { needInConfig } from './ssh_config.ts'
import { expandHome, publicHalf, usualKeyFiles } from './ssh_keys.ts'
import type { HostTarget } from './target.ts'

/**
 * Why a host can only be reached with the system's `ssh`, if so: a proxy command, a user certificate or a hardware key,
 * a host that only a certificate authority vouches for, or something in `~/.ssh/config` that node-ssh does not know.
 */
export async function needOfOpenssh(target: HostTarget, options: ConnectOptions): Promise<string | undefined> {
  if (target.proxyCommand) return 'it has a proxy command'
  if (target.sshWords?.length) return `it has the ssh arguments \`${target.sshWords.join(' ')}\``
  const named = (target.keyFiles ?? []).map((file) => expandHome(file, options.home))
  for (const file of named.length > 0 ? named : usualKeyFiles(options.home)) {
    if (await exists(`${file}-cert.pub`)) return `\`${file}\` has a certificate`
    if (await isHardwareKey(file)) return `\`${file}\` is a hardware key`
  }
  const records = await readKnownHosts(knownHostsFiles(target, options.home))
  if (needsCertificate(records, placeOf(target))) return 'only a certificate authority vouches for its host key'
  const config = await readOr(join(options.home, '.ssh', 'config'))
  const need = needInConfig(config, target.address)
  if (need) return `\`~/.ssh/config\` has \`${need}\` for it`
  for (const jump of target.jumps ?? []) {
    const reason = await needOfOpenssh(jump, options)
    if (reason) return `its jump \`${jump.name}\`: ${reason}`
  }
  return undefined
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  )
}

async function isHardwareKey(file: string): Promise<boolean> {
  const half = publicHalf(await readOr(file))
  return half !== undefined && keyType(half).startsWith('sk-')
}

async function readOr(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
