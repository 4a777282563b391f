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
  for (const need of [inTarget, inKeys, inKnownHosts, inSshConfig, inJumps]) {
    const reason = await need(target, options)
    if (reason) return reason
  }
  return undefined
}

type Need = (target: HostTarget, options: ConnectOptions) => Promise<string | undefined>

const inTarget: Need = async ({ proxyCommand, sshWords = [] }) => {
  if (proxyCommand) return 'it has a proxy command'
  return sshWords.length > 0 ? `it has the ssh arguments \`${sshWords.join(' ')}\`` : undefined
}

const inKeys: Need = async ({ keyFiles = [] }, { home }) => {
  const named = keyFiles.map((file) => expandHome(file, home))
  for (const file of named.length > 0 ? named : usualKeyFiles(home)) {
    if (await exists(`${file}-cert.pub`)) return `\`${file}\` has a certificate`
    if (await isHardwareKey(file)) return `\`${file}\` is a hardware key`
  }
  return undefined
}

const inKnownHosts: Need = async (target, { home }) => {
  const records = await readKnownHosts(knownHostsFiles(target, home))
  return needsCertificate(records, placeOf(target)) ? 'only a certificate authority vouches for its host key' : undefined
}

const inSshConfig: Need = async ({ address }, { home }) => {
  const need = needInConfig(await readOr(join(home, '.ssh', 'config')), address)
  return need ? `\`~/.ssh/config\` has \`${need}\` for it` : undefined
}

const inJumps: Need = async ({ jumps = [] }, options) => {
  for (const jump of jumps) {
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
