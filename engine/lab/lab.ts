import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { isPopulated, killGroup } from './cgroup.ts'
import { run } from './command.ts'
import { makeHostKeys } from './disk.ts'
import { crashHost, hostAnswers, startHost, sweepHost, wipeHost } from './host.ts'
import type { ImageRequest } from './image.ts'
import { type Access, access, type Lab, LABS, LABS_LOCK, type LabHost, labFolder, SETTINGS } from './layout.ts'
import { withLock } from './lock.ts'
import { prepare } from './machine.ts'
import { connect, disconnect } from './network.ts'
import type { Progress } from './progress.ts'
import { startProxy } from './proxy.ts'
import { checkRequest } from './request.ts'
import { rememberSettings, restoreRemembered } from './settings.ts'

export interface UpRequest extends ImageRequest {
  readonly name: string
  readonly hosts: readonly LabHost[]
  /** Public keys that may log in besides the lab's own. */
  readonly authorizedKeys?: readonly string[]
  /** Only declare the hosts and lay their cables; `boot` starts each when it is needed. */
  readonly lazy?: boolean
  readonly progress: Progress
}

/** Makes a lab and boots its hosts; resolves when the sshd of each answers. A lab that could not come up is taken down again. */
export async function up(request: UpRequest): Promise<Access> {
  const { name, hosts, authorizedKeys = [], lazy = false, progress } = request
  checkRequest(request)
  const image = await prepare(request, progress)
  const lab = { name, image, hosts, authorizedKeys }
  await withLock(LABS_LOCK, () => claim(lab))
  try {
    await whileUp(lab, () => furnish(lab))
    if (!lazy) {
      await bootAll(lab, progress)
    }
  } catch (error) {
    await down(name)
    throw error
  }
  return access(name)
}

/** Takes a lab down, also one whose maker was killed or that is only half there; nothing of it remains. */
export async function down(name: string): Promise<void> {
  // One at a time: two processes may find the same abandoned lab.
  await withLock(LABS_LOCK, async () => {
    const lab = await readLab(name)
    if (lab) await remove(lab)
  })
}

/** The labs of this machine and which of their hosts run. */
export async function list(): Promise<
  readonly { readonly name: string; readonly hosts: readonly (LabHost & { readonly running: boolean })[] }[]
> {
  const names = await readdir(LABS).catch(() => [])
  const labs = await Promise.all(names.sort().map(readLab))
  const found = labs.filter((lab) => lab !== undefined)
  return Promise.all(
    found.map(async ({ name, hosts }) => ({
      name,
      hosts: await Promise.all(hosts.map(async (host) => ({ ...host, running: await isPopulated(name, host.name) }))),
    })),
  )
}

/** Starts a host that is off and resolves when its sshd answers; leaves a running one alone. */
export async function boot(lab: string, host: string): Promise<void> {
  const found = await find(lab, host)
  if (!(await isPopulated(lab, host))) await bootHost(found.lab, found.host)
}

/** Stops a host as a power cut would. Its disk stays, and so does its place in the lab. */
export async function crash(lab: string, host: string): Promise<void> {
  const found = await find(lab, host)
  await crashHost(found.lab, found.host)
}

/** Gives a host the disk and the boot of its first day; its address and keys stay. */
export async function reset(lab: string, host: string): Promise<void> {
  const found = await find(lab, host)
  await wipeHost(found.lab, found.host)
  await bootHost(found.lab, found.host)
}

async function bootHost(lab: Lab, host: LabHost): Promise<void> {
  await whileUp(lab, () => startHost(lab, host))
  await hostAnswers(lab, host)
}

/** Makes a part of a lab that nobody takes down meanwhile; what is made behind their back would remain. */
async function whileUp(lab: Lab, make: () => Promise<void>): Promise<void> {
  const unlessGone = async () => {
    if (!(await readLab(lab.name))) return rejectLab(lab.name)
    await make()
  }
  await withLock(LABS_LOCK, unlessGone, { shared: true })
}

/** Writes the lab down before anything is made, so that `down` knows what to look for. The folder is the claim on the name. */
async function claim(lab: Lab): Promise<void> {
  await mkdir(LABS, { recursive: true, mode: 0o700 })
  if ((await readdir(LABS)).length === 0) await rememberSettings(SETTINGS)
  await mkdir(labFolder(lab.name)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
    reject({
      code: 'lab-exists',
      message: `lab \`${lab.name}\` is already up`,
      help: `take it down first: \`holdfast lab down ${lab.name}\``,
    })
  })
  await writeFile(recordFile(lab.name), JSON.stringify(lab))
}

/** What all hosts share: keys, network, proxy. */
async function furnish(lab: Lab): Promise<void> {
  const { keyFile, knownHostsFile } = access(lab.name)
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `holdfast lab ${lab.name}`, '-f', keyFile])
  const known = await Promise.all(lab.hosts.map((host) => makeHostKeys(lab, host)))
  await writeFile(knownHostsFile, known.join(''))
  await connect(lab)
  await startProxy(lab)
}

async function remove(lab: Lab): Promise<void> {
  const { name } = lab
  await killGroup(name)
  for (const host of lab.hosts) await sweepHost(lab, host)
  const mounted = (await run('findmnt', ['-rno', 'TARGET'])).split('\n')
  for (const path of mounted.filter((path) => path.startsWith(`${labFolder(name)}/`)).reverse()) await run('umount', ['--lazy', path])
  await disconnect(lab)
  const others = (await readdir(LABS)).filter((other) => other !== name)
  if (others.length === 0) await restoreRemembered(SETTINGS)
  await run('rm', ['-rf', '--one-file-system', labFolder(name)])
}

async function bootAll(lab: Lab, progress: Progress): Promise<void> {
  const stage = `booting ${lab.hosts.length} hosts`
  progress(stage)
  const booting = lab.hosts.map((host) => bootHost(lab, host).then(() => progress(stage, `${host.name} is up`)))
  // All, before any failure is passed on: the lab is taken down next, and nothing may still be starting then.
  for (const outcome of await Promise.allSettled(booting)) if (outcome.status === 'rejected') throw outcome.reason
}

async function find(name: string, hostName: string): Promise<{ readonly lab: Lab; readonly host: LabHost }> {
  const lab = await readLab(name)
  if (!lab) return rejectLab(name)
  const host = lab.hosts.find((candidate) => candidate.name === hostName)
  if (host) return { lab, host }
  const names = lab.hosts.map((candidate) => candidate.name)
  return reject({ code: 'lab-unknown', message: `lab \`${name}\` has no host \`${hostName}\``, help: `its hosts are ${names.join(', ')}` })
}

function rejectLab(name: string): never {
  return reject({ code: 'lab-unknown', message: `there is no lab \`${name}\``, help: '`holdfast lab list` shows those there are' })
}

/** The record of a lab. One without a readable record was killed before it made anything but its folder. */
async function readLab(name: string): Promise<Lab | undefined> {
  const text = await readFile(recordFile(name), 'utf8').catch(() => '')
  const folderExists = text !== '' || (await readdir(labFolder(name)).catch(() => undefined)) !== undefined
  if (!folderExists) return undefined
  try {
    return JSON.parse(text) as Lab
  } catch {
    return { name, image: '', hosts: [], authorizedKeys: [] }
  }
}

function recordFile(name: string): string {
  return join(labFolder(name), 'lab.json')
}
