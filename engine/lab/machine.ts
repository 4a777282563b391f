import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import { buildImage, type ImageRequest } from './image.ts'
import { IMAGES } from './layout.ts'
import { withLock } from './lock.ts'
import type { Progress } from './progress.ts'

/** `tinyproxy-bin` is the program without the service that `tinyproxy` would start. */
const PACKAGES = ['systemd-container', 'debootstrap', 'iproute2', 'openssh-client', 'dbus', 'tinyproxy-bin', 'procps']

/** Kernel limits that more than a few hosts at once would hit; each is only ever raised. */
const LIMITS = {
  'fs/inotify/max_user_instances': 65_536,
  'fs/inotify/max_user_watches': 1_048_576,
  'kernel/keys/maxkeys': 20_000,
  'kernel/keys/maxbytes': 2_000_000,
}

/** Makes this machine ready to boot hosts: packages, kernel limits, base image. Quick when all is there. Returns the image's folder. */
export async function prepare(request: ImageRequest, progress: Progress): Promise<string> {
  return withLock(join(IMAGES, 'lock'), async () => {
    await installPackages(progress)
    await raiseLimits()
    return buildImage(request, progress)
  })
}

async function installPackages(progress: Progress): Promise<void> {
  const query = ['-W', '--showformat', '${Package} ${db:Status-Status}\n', ...PACKAGES]
  const known = await run('dpkg-query', query).catch((error: unknown) => String(error))
  const lacking = PACKAGES.filter((name) => !known.includes(`${name} installed`))
  if (lacking.length === 0) return
  const stage = `installing ${lacking.join(', ')}`
  progress(stage)
  await aptGet(['update', '-q'], (line) => progress(stage, line))
  await aptGet(['install', '-qy', '--no-install-recommends', ...lacking], (line) => progress(stage, line))
}

async function aptGet(args: readonly string[], onLine: (line: string) => void): Promise<void> {
  await run('env', ['DEBIAN_FRONTEND=noninteractive', 'apt-get', '-o', 'DPkg::Lock::Timeout=300', ...args], { onLine })
}

async function raiseLimits(): Promise<void> {
  for (const [name, wanted] of Object.entries(LIMITS)) {
    const file = join('/proc/sys', name)
    if (Number(await readFile(file, 'utf8')) < wanted) await writeFile(file, String(wanted))
  }
}
