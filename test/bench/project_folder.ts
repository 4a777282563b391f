import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { type Relay, relay } from '../support/relay.ts'
import { atEnd } from '../support/cleanup.ts'
import type { BenchLab } from './bench_lab.ts'

/** Where a host is reached: itself, or a relay before it. */
interface Place {
  readonly name: string
  readonly address: string
  readonly port: number
  /** The line of known_hosts without its first word. */
  readonly key: string
}

/** Added to every round trip by the relays. */
const RELAY_MS = 50
/** How often the 27 tasks stand in `many.yml`, each time for another service. */
export const COPIES = 5
export const MANY_HOSTS = 500

/**
 * Fills a folder with the tasks, and with the hosts as each program wants them: `hosts.yml` and `ssh_config`; `relayed.yml` and
 * `relayed_ssh_config` for the same hosts with 50 ms before them; `crowd.yml` with fifty names for each host, and
 * `same.yml`, the tasks without that name in them. `many.yml` has the tasks several times.
 */
export async function writeProject(folder: string, lab: BenchLab): Promise<readonly Relay[]> {
  await cp(fileURLToPath(new URL('../../../test/bench/', import.meta.url)), folder, { recursive: true })
  const direct = await directPlaces(lab)
  const relays = await Promise.all(direct.map(startRelay))
  const relayed = direct.map((place, i) => ({ ...place, address: '127.0.0.1', port: relays[i]?.port ?? 0 }))
  const crowd = Array.from({ length: MANY_HOSTS }, (_, i) => ({ ...(direct[i % direct.length] as Place), name: `crowd-${i + 1}` }))
  await mkdir(join(folder, 'control'))
  await writeFile(join(folder, 'known_hosts'), [...direct, ...relayed].map(knownLine).join(''))
  const shared = { folder, keyFile: lab.entry.keyFile, user: lab.entry.user }
  for (const [name, places] of [
    ['hosts', direct],
    ['relayed', relayed],
    ['crowd', crowd],
  ] as const) {
    await writeFile(join(folder, `${name}.yml`), inventory(places, shared))
    await writeFile(join(folder, `${name}_ssh_config`), sshConfig(places, shared))
  }
  await writeFile(join(folder, 'holdfast.yml'), 'inventory: hosts.yml\n')
  await writeFile(join(folder, 'ansible.cfg'), ANSIBLE)
  await writeFile(join(folder, 'pyinfra_inventory.py'), pyinfraInventory(direct, shared))
  const playbook = await readFile(join(folder, 'playbook.yml'), 'utf8')
  await writeFile(join(folder, 'many.yml'), manyTasks(playbook))
  await writeFile(join(folder, 'same.yml'), playbook.replaceAll('{{ inventory_hostname }}', 'same').replaceAll('config.tmpl', 'same.tmpl'))
  const template = await readFile(join(folder, 'templates/config.tmpl'), 'utf8')
  await writeFile(join(folder, 'templates/same.tmpl'), template.replaceAll('{{ inventory_hostname }}', 'same'))
  return relays
}

async function directPlaces({ hosts, entry }: BenchLab): Promise<readonly Place[]> {
  const known = (await readFile(entry.knownHostsFile, 'utf8')).split('\n')
  return hosts.map(({ name, address }) => {
    const line = known.find((one) => one.split(/[ ,]/).includes(address))
    if (line === undefined) throw new Error(`${name} has no key on record`)
    return { name, address, port: entry.port, key: line.slice(line.indexOf(' ') + 1) }
  })
}

async function startRelay({ address, port }: Place): Promise<Relay> {
  const started = await relay({ to: { host: address, port }, delayMs: RELAY_MS })
  atEnd(() => started.close())
  return started
}

function knownLine({ address, port, key }: Place): string {
  return `${port === 22 ? address : `[${address}]:${port}`} ${key}\n`
}

interface Shared {
  readonly folder: string
  readonly keyFile: string
  readonly user: string
}

function inventory(places: readonly Place[], { folder, keyFile, user }: Shared): string {
  const vars = {
    ansible_user: user,
    ansible_ssh_private_key_file: keyFile,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    ansible_python_interpreter: '/usr/bin/python3',
  }
  const hosts = Object.fromEntries(places.map(({ name, address, port }) => [name, { ansible_host: address, ansible_port: port }]))
  return stringify({ all: { vars, hosts } })
}

function sshConfig(places: readonly Place[], { folder, keyFile, user }: Shared): string {
  const common = `User ${user}\nIdentityFile ${keyFile}\nIdentitiesOnly yes\nBatchMode yes\nUserKnownHostsFile ${join(folder, 'known_hosts')}\n`
  return common + places.map(({ name, address, port }) => `Host ${name}\n  HostName ${address}\n  Port ${port}\n`).join('')
}

/** Pipelining and as many forks as hosts; all else as ansible-core comes. */
const ANSIBLE = '[defaults]\nforks = 10\n[ssh_connection]\npipelining = True\n'

function pyinfraInventory(places: readonly Place[], { folder, keyFile, user }: Shared): string {
  const hosts = places.map(({ name, address }) => `("${name}", {"ssh_hostname": "${address}"})`)
  const data = `{"ssh_user": "${user}", "ssh_key": "${keyFile}", "ssh_known_hosts_file": "${join(folder, 'known_hosts')}"}`
  return `bench = ([${hosts.join(', ')}], ${data})\n`
}

/** The same tasks several times, each time under other names, so that no reading can serve twice. */
function manyTasks(playbook: string): string {
  const at = playbook.indexOf('    - name:')
  const tasks = playbook
    .slice(at)
    .replace('path: /etc/hosts,', 'path: /etc/hosts, marker: "# {mark} benchd hosts",')
    .replaceAll(/^/gm, '    ')
  const blocks = Array.from({ length: COPIES }, (_, i) => {
    const renamed = tasks.replaceAll(/(?<!src: )bench(?=d|op)/g, `bench${i}`)
    return `    - vars: { service_user: bench${i}d, service_home: /srv/bench${i}d }\n      block:\n${renamed}\n`
  })
  return playbook.slice(0, at) + blocks.join('')
}
