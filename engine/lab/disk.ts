import { randomUUID } from 'node:crypto'
import { chmod, chown, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run, succeeds } from './command.ts'
import { access, controllerAddress, hostFolder, type Lab, type LabHost, rootFolder } from './layout.ts'
import { PROXY_PORT } from './proxy.ts'

const OPERATOR = { uid: 1000, gid: 37 } as const
const KEY_TYPES = ['ed25519', 'ecdsa'] as const

/** The lines of `known_hosts` for a host, whose keys are made here before it ever boots. */
export async function makeHostKeys(lab: Lab, { name, address }: LabHost): Promise<string> {
  await mkdir(hostFolder(lab.name, name), { recursive: true })
  const keys = KEY_TYPES.map(async (type) => {
    const file = keyFile(lab, name, type)
    await run('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', name, '-f', file])
    return `${address} ${(await readFile(`${file}.pub`, 'utf8')).split(' ').slice(0, 2).join(' ')}\n`
  })
  return (await Promise.all(keys)).join('')
}

/** Whether the host has its disk: the base image below, a layer of its own above. */
export async function hasDisk(lab: Lab, { name }: LabHost): Promise<boolean> {
  return succeeds('mountpoint', ['-q', rootFolder(lab.name, name)])
}

/** Makes the disk of a host and writes on it what makes the host itself: name, keys, proxy. */
export async function makeDisk(lab: Lab, host: LabHost): Promise<void> {
  const folder = hostFolder(lab.name, host.name)
  const [upper, work, root] = ['upper', 'work', 'root'].map((name) => join(folder, name)) as [string, string, string]
  for (const path of [upper, work, root]) await mkdir(path, { recursive: true })
  await run('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${lab.image},upperdir=${upper},workdir=${work}`, root])
  const own = await readFile(`${access(lab.name).keyFile}.pub`, 'utf8')
  const keys = [own, ...lab.authorizedKeys].map((key) => `${key.trim()}\n`).join('')
  await authorize(join(root, 'root'), keys, { uid: 0, gid: 0 })
  await authorize(join(root, 'home/operator'), keys, OPERATOR)
  await writeFile(join(root, 'etc/hostname'), `${host.name}\n`)
  await writeFile(join(root, 'etc/hosts'), `127.0.0.1 localhost\n127.0.1.1 ${host.name}\n::1 localhost ip6-localhost ip6-loopback\n`)
  await writeFile(join(root, 'etc/machine-id'), `${randomUUID().replaceAll('-', '')}\n`)
  const hostKeys = KEY_TYPES.map((type) => keyFile(lab, host.name, type)).flatMap((file) => [file, `${file}.pub`])
  await run('cp', ['-p', ...hostKeys, join(root, 'etc/ssh/')])
  const proxy = `Acquire::http::Proxy "http://${controllerAddress(lab)}:${PROXY_PORT}";\n`
  if (host.internet) await writeFile(join(root, 'etc/apt/apt.conf.d/90proxy'), proxy)
}

/** The part of a host's disk that is a plain folder of this machine. */
export function plainFolder(lab: Lab, { name }: LabHost): string {
  return join(hostFolder(lab.name, name), 'containers')
}

/** Throws away the disk of a host that is off. */
export async function dropDisk(lab: Lab, host: LabHost): Promise<void> {
  const folder = hostFolder(lab.name, host.name)
  await run('umount', [join(folder, 'root')])
  await run('rm', ['-rf', '--one-file-system', join(folder, 'upper'), join(folder, 'work'), plainFolder(lab, host)])
}

async function authorize(home: string, keys: string, { uid, gid }: { readonly uid: number; readonly gid: number }): Promise<void> {
  const folder = join(home, '.ssh')
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o700)
  await writeFile(join(folder, 'authorized_keys'), keys, { mode: 0o600 })
  await chown(folder, uid, gid)
  await chown(join(folder, 'authorized_keys'), uid, gid)
}

function keyFile(lab: Lab, host: string, type: string): string {
  return join(hostFolder(lab.name, host), `ssh_host_${type}_key`)
}
