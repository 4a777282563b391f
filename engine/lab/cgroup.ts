import { readdir, readFile, mkdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const OURS = 'holdfast-lab'
const KILL_LIMIT_MS = 20_000

/**
 * Makes the control group of a lab, or of one host in it. Each host needs its own: hosts that share one manage
 * each other's services, and only a group can be killed whole.
 */
export async function makeGroup(...names: readonly string[]): Promise<string> {
  const group = join(await unified(), OURS, ...names)
  await mkdir(group, { recursive: true })
  return group
}

/** Whether any process is left in the group or below it. */
export async function isPopulated(...names: readonly string[]): Promise<boolean> {
  const events = await readFile(join(await unified(), OURS, ...names, 'cgroup.events'), 'utf8').catch(absent)
  return events?.includes('populated 1') ?? false
}

/** The processes of the group itself, without those below it. */
export async function processesIn(...names: readonly string[]): Promise<readonly number[]> {
  const listed = await readFile(join(await unified(), OURS, ...names, 'cgroup.procs'), 'utf8').catch(absent)
  return listed?.split('\n').filter(Boolean).map(Number) ?? []
}

/** Kills every process of the group at once, as a power cut would, and removes the group. */
export async function killGroup(...names: readonly string[]): Promise<void> {
  const group = join(await unified(), OURS, ...names)
  await writeFile(join(group, 'cgroup.kill'), '1').catch(absent)
  for (const deadline = Date.now() + KILL_LIMIT_MS; await isPopulated(...names); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`processes of ${group} could not be killed`)
  }
  for (const hierarchy of await hierarchies()) {
    await removeTree(join(hierarchy, OURS, ...names))
    // Goes with the last lab; while there is another, it is busy.
    await rmdir(join(hierarchy, OURS)).catch(() => {})
  }
}

/** Where control groups of version 2 are mounted; beside version 1 on some machines. */
export async function findUnified(): Promise<string | undefined> {
  return (await mounts()).find(({ type }) => type === 'cgroup2')?.path
}

async function unified(): Promise<string> {
  const path = await findUnified()
  if (path === undefined) throw new Error('no control groups of version 2 are mounted')
  return path
}

/** systemd-nspawn mirrors its group into the hierarchies of version 1, where there are any. */
async function hierarchies(): Promise<readonly string[]> {
  return (await mounts()).filter(({ type }) => type === 'cgroup2' || type === 'cgroup').map(({ path }) => path)
}

async function mounts(): Promise<readonly { readonly type: string; readonly path: string }[]> {
  const table = await readFile('/proc/self/mounts', 'utf8')
  return table.split('\n').map((line) => {
    const [, path = '', type = ''] = line.split(' ')
    return { type, path }
  })
}

async function removeTree(group: string): Promise<void> {
  const entries = (await readdir(group, { withFileTypes: true }).catch(absent)) ?? []
  for (const entry of entries) if (entry.isDirectory()) await removeTree(join(group, entry.name))
  await rmdir(group).catch(absent)
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT' && error.code !== 'ENODEV') throw error
}
