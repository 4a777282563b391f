import { spawn } from 'node:child_process'
import { access, mkdir, open, readFile, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { reject } from '../core/diagnostic.ts'
import { isPopulated, killGroup, makeGroup } from './cgroup.ts'
import { run, succeeds } from './command.ts'
import { dropDisk, hasDisk, makeDisk, plainFolder } from './disk.ts'
import { consoleFile, type Lab, type LabHost, machineName, rootFolder } from './layout.ts'
import { cableScript } from './network.ts'

const BOOT_LIMIT_MS = 90_000

/** Starts a host that is off, making its disk first if it has none; what it starts can then be found by its group. */
export async function startHost(lab: Lab, host: LabHost): Promise<void> {
  if (!(await hasDisk(lab, host))) await makeDisk(lab, host)
  const group = await makeGroup(lab.name, host.name)
  await start(lab, host, group)
}

/** Resolves when the sshd of a host that was started answers. */
export async function hostAnswers(lab: Lab, host: LabHost): Promise<void> {
  const deadline = Date.now() + BOOT_LIMIT_MS
  while (!(await greets(host.address))) {
    if (!(await isPopulated(lab.name, host.name))) return failBoot(lab, host, 'stopped while booting')
    if (Date.now() > deadline) return failBoot(lab, host, `has no sshd that answers after ${BOOT_LIMIT_MS / 1000} seconds`)
    await sleep(50)
  }
}

/** Stops a host the way a power cut does; its disk stays. */
export async function crashHost(lab: Lab, host: LabHost): Promise<void> {
  await killGroup(lab.name, host.name)
  await sweepHost(lab, host)
}

/** Removes what a killed systemd-nspawn leaves in /run. */
export async function sweepHost(lab: Lab, { name }: LabHost): Promise<void> {
  const machine = machineName(lab.name, name)
  const exported = `/run/systemd/nspawn/unix-export/${machine}`
  if (await succeeds('mountpoint', ['-q', exported])) await run('umount', ['--lazy', exported])
  const root = await stat(rootFolder(lab.name, name)).catch(() => undefined)
  const lock = root ? [`/run/systemd/nspawn/locks/inode-${root.dev}:${root.ino}`] : []
  await run('rm', ['-rf', '--one-file-system', `/run/systemd/nspawn/propagate/${machine}`, exported, ...lock])
}

/** Crashes a host and throws its disk away: the next boot is its first. */
export async function wipeHost(lab: Lab, host: LabHost): Promise<void> {
  await crashHost(lab, host)
  if (await hasDisk(lab, host)) await dropDisk(lab, host)
}

/** systemd-nspawn ends with 133 when the host reboots, and wants to be started again. */
const SUPERVISE = `
echo $$ > "$1/cgroup.procs" || exit
cable=$(cat)
shift
while :; do
  ( eval "$cable" ) || exit
  "$@" </dev/null
  status=$?
  [ $status = 133 ] || exit $status
done
`

async function start(lab: Lab, host: LabHost, group: string): Promise<void> {
  const { name } = host
  const machine = machineName(lab.name, name)
  const plain = plainFolder(lab, host)
  await mkdir(plain, { recursive: true })
  const command = [
    ...['env', 'SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes', 'SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1'],
    ...['systemd-nspawn', '--boot', '--register=no', '--keep-unit'],
    ...[`--directory=${rootFolder(lab.name, name)}`, `--machine=${machine}`, `--network-namespace-path=/run/netns/${machine}`],
    ...['--capability=all', '--system-call-filter=@keyring bpf', '--resolv-conf=off', '--timezone=off', '--link-journal=no'],
    // No overlay can stand on the overlay that is the host's disk, and podman makes one for each container.
    `--bind=${plain}:/var/lib/containers`,
    ...(await devices()),
  ]
  const console = await open(consoleFile(lab.name, name), 'a')
  // In a session of its own, so that Ctrl-C at the terminal does not reach the host.
  const child = spawn('sh', ['-c', SUPERVISE, 'sh', group, ...command], { detached: true, stdio: ['pipe', console.fd, console.fd] })
  await new Promise((resolve, fail) => child.on('spawn', resolve).on('error', fail))
  // Only in its group can it be found, and killed. There it waits for its cable.
  while (child.exitCode === null && child.signalCode === null && !(await isPopulated(lab.name, host.name))) await sleep(5)
  // One that ended at once is told by the console.
  child.stdin?.on('error', () => undefined).end(cableScript(lab, host))
  child.unref()
  await console.close()
}

async function devices(): Promise<readonly string[]> {
  const bound = ['/dev/fuse', '/dev/net/tun'].map((path) =>
    access(path).then(
      () => [`--bind=${path}`],
      () => [],
    ),
  )
  return (await Promise.all(bound)).flat()
}

/** Whether an SSH server says hello. */
function greets(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22, timeout: 2000 })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.on('data', (data) => end(data.toString('latin1').startsWith('SSH-')))
    socket
      .on('error', () => end(false))
      .on('timeout', () => end(false))
      .on('close', () => resolve(false))
  })
}

async function failBoot(lab: Lab, host: LabHost, what: string): Promise<never> {
  const printed = await readFile(consoleFile(lab.name, host.name), 'utf8').catch(() => '')
  return reject({
    code: 'lab-boot',
    message: `host \`${host.name}\` of lab \`${lab.name}\` ${what}`,
    detail: `the end of its console:\n${printed.trimEnd().split('\n').slice(-15).join('\n')}`,
  })
}
