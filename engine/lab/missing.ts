import { access, constants, readFile } from 'node:fs/promises'
import { platform, release, userInfo } from 'node:os'
import { findUnified } from './cgroup.ts'

const CAP_SYS_ADMIN = 21n
/** Control groups can be killed whole since this version. */
const OLDEST_KERNEL = [5, 14] as const

/** What keeps the lab from running on this machine, a sentence each; nothing, when it can run. Packages are no obstacle: `prepare` installs them. */
export async function missing(): Promise<readonly string[]> {
  if (platform() !== 'linux') return ['the lab needs Linux']
  if (userInfo().uid !== 0) return ['the lab needs root']
  const found = await Promise.all([distribution(), privileges(), groups()])
  return [...kernel(), ...found.flat()]
}

/** The machine's `ID` and `VERSION_CODENAME`. */
export async function machineRelease(): Promise<{ readonly id: string; readonly codename: string }> {
  const text = await readFile('/etc/os-release', 'utf8').catch(() => '')
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? ''
  return { id: field('ID'), codename: field('VERSION_CODENAME') }
}

function kernel(): readonly string[] {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  const [oldMajor, oldMinor] = OLDEST_KERNEL
  const isNewEnough = major > oldMajor || (major === oldMajor && minor >= oldMinor)
  return isNewEnough ? [] : [`the lab needs Linux ${OLDEST_KERNEL.join('.')} or later, this is ${release()}`]
}

async function distribution(): Promise<readonly string[]> {
  const { id } = await machineRelease()
  return ['debian', 'ubuntu'].includes(id) ? [] : ['the lab needs Debian or Ubuntu, whose package mirror it builds its hosts from']
}

async function privileges(): Promise<readonly string[]> {
  const status = await readFile('/proc/self/status', 'utf8')
  const effective = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(status)?.[1] ?? '0'}`)
  return (effective >> CAP_SYS_ADMIN) & 1n ? [] : ['the lab needs to mount file systems (CAP_SYS_ADMIN), which this container may not']
}

async function groups(): Promise<readonly string[]> {
  const path = await findUnified()
  if (path === undefined) return ['the lab needs control groups of version 2, and none are mounted']
  return access(path, constants.W_OK).then(
    () => [],
    () => [`the lab needs control groups it may write to, and ${path} is read-only`],
  )
}
