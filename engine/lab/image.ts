import { createHash } from 'node:crypto'
import { readdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { aptProxy } from './apt_proxy.ts'
import { run } from './command.ts'
import { IMAGES } from './layout.ts'
import { machineRelease } from './missing.ts'
import type { Progress } from './progress.ts'

export interface ImageRequest {
  /** A release of the machine's own distribution; left out, Debian 13 on Debian, the machine's release elsewhere. */
  readonly release?: string
  /** Packages the hosts have besides those of a fresh server. */
  readonly packages?: readonly string[]
}

/** What a fresh Debian server has and `minbase` leaves out. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'libpam-systemd', 'dbus', 'openssh-server', 'sudo', 'cron', 'logrotate'],
  ...['nftables', 'iproute2', 'iputils-ping', 'netbase', 'procps', 'kmod', 'ca-certificates', 'tzdata'],
]

/**
 * Run in the new tree. The host keys go, so that no two hosts share them; the resolver's address is this machine's;
 * logins wait until the boot allows users other than root.
 */
const FINISH = `
rm -f /etc/ssh/ssh_host_* /etc/resolv.conf /var/cache/apt/archives/*.deb
rm -rf /var/lib/apt/lists
mkdir -p /var/lib/apt/lists/partial /etc/systemd/system/ssh.service.d
: > /etc/resolv.conf
: > /etc/machine-id
useradd --create-home --shell /bin/bash --uid 1000 --gid operator operator
echo 'operator ALL=(ALL:ALL) NOPASSWD: ALL' > /etc/sudoers.d/operator
chmod 0440 /etc/sudoers.d/operator
printf '[Unit]\\nAfter=systemd-user-sessions.service\\n' > /etc/systemd/system/ssh.service.d/lab.conf
`

/** The folder of the base image, built when there is none yet. The caller holds the lock. */
export async function buildImage({ release, packages = [] }: ImageRequest, progress: Progress): Promise<string> {
  const wanted = release ?? (await defaultRelease())
  const list = [...PACKAGES, ...packages]
  const digest = createHash('sha256')
    .update(JSON.stringify([list, FINISH]))
    .digest('hex')
    .slice(0, 12)
  const image = join(IMAGES, `${wanted}-${digest}`)
  if (await stat(image).catch(() => undefined)) return image
  await removeUnfinished()
  const unfinished = `${image}.unfinished`
  const stage = `building the base image of ${wanted}, once; this takes about a minute`
  progress(stage)
  const sources = await findSources(wanted)
  const proxy = await aptProxy()
  const options = ['--variant=minbase', `--include=${list.join(',')}`]
  await run('env', [...(proxy ? [`http_proxy=${proxy.href}`] : []), 'debootstrap', ...options, wanted, unfinished, sources.mirror], {
    onLine: (line) => progress(stage, line.replace(/^I: /, '')),
  })
  await run('chroot', [unfinished, 'sh', '-euc', FINISH])
  await writeFile(join(unfinished, 'etc/apt/sources.list'), sources.list)
  await rename(unfinished, image)
  return image
}

async function defaultRelease(): Promise<string> {
  const { id, codename } = await machineRelease()
  return id === 'debian' ? 'trixie' : codename
}

/** What a killed build left behind; it may still have /proc mounted, which must not be followed. */
async function removeUnfinished(): Promise<void> {
  const left = (await readdir(IMAGES)).filter((name) => name.endsWith('.unfinished')).map((name) => join(IMAGES, name))
  for (const folder of left) {
    const mounts = (await run('findmnt', ['-rno', 'TARGET'])).split('\n').filter((path) => path.startsWith(`${folder}/`))
    for (const path of mounts.reverse()) await run('umount', ['--lazy', path])
    await run('rm', ['-rf', '--one-file-system', folder])
  }
}

interface Sources {
  readonly mirror: string
  /** The text of the hosts' sources.list. */
  readonly list: string
}

/** The mirrors this machine's own apt uses, with the suites of the other release; apt itself reads its files for us. */
async function findSources(release: string): Promise<Sources> {
  const { id, codename } = await machineRelease()
  let found = await distributionSources(id)
  if (found.length === 0) {
    await run('apt-get', ['update', '-q'])
    found = await distributionSources(id)
  }
  const [mirror] = found
  if (!mirror) {
    return reject({
      code: 'lab-mirror',
      message: `apt on this machine has no source of ${id}`,
      help: `add a mirror of ${id} to /etc/apt/sources.list.d and run \`apt-get update\``,
    })
  }
  const lines = found.map(({ uri, suite, component }) => `deb ${uri} ${suite.replace(codename, release)} ${component}\n`)
  return { mirror: mirror.uri, list: [...new Set(lines)].join('') }
}

async function distributionSources(
  id: string,
): Promise<readonly { readonly uri: string; readonly suite: string; readonly component: string }[]> {
  const format = '$(ORIGIN)|$(REPO_URI)|$(CODENAME)|$(RELEASE)|$(COMPONENT)'
  const printed = await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages'])
  return printed.split('\n').flatMap((line) => {
    const [origin = '', uri = '', codename = '', named = '', component = ''] = line.split('|')
    // Debian writes `bookworm-updates` as the codename, Ubuntu only `noble`, and the suite in the sources.
    const suite = named.startsWith(codename) ? named : codename
    return origin.toLowerCase() === id ? [{ uri, suite, component }] : []
  })
}
