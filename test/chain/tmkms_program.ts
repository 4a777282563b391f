import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { CACHE, cached } from './program_cache.ts'
import type { Program } from './programs.ts'

const RELEASE = '0.15.0'
/** Everything below it is pinned by the lock file that came with the release. */
const WORDS = ['install', 'tmkms', '--version', RELEASE, '--features=softsign', '--locked']
const LONGEST_BUILD_MS = 40 * 60_000

/** The real tmkms with keys in files, from the cache or built once with Cargo; or why it cannot be had here. */
export async function findTmkms(say: (stage: string) => void): Promise<Program | { readonly missing: string }> {
  const recipe = createHash('sha256').update(JSON.stringify(WORDS)).digest('hex').slice(0, 12)
  const folder = join(CACHE, `tmkms-${RELEASE}-${recipe}`)
  try {
    const digest = await cached(folder, { name: 'tmkms', say: () => say(`building tmkms ${RELEASE}, once`), make: build })
    return { name: 'tmkms', version: RELEASE, path: join(folder, 'tmkms'), sha256: digest }
  } catch (error) {
    const missing = reason(error as Failure)
    if (missing === undefined) throw error
    return { missing: `tmkms cannot be built: ${missing}` }
  }
}

type Failure = Error & { readonly code?: unknown; readonly killed?: boolean; readonly stderr?: string }

async function build(folder: string): Promise<void> {
  const env = { ...process.env, CARGO_TARGET_DIR: join(folder, 'target') }
  await run('cargo', ['--version'])
  await run('nice', ['-n', '19', 'cargo', ...WORDS, '--root', folder], { env, timeout: LONGEST_BUILD_MS, maxBuffer: 64 << 20 })
  await rename(join(folder, 'bin/tmkms'), join(folder, 'tmkms'))
  for (const rest of ['bin', 'target', '.crates.toml', '.crates2.json']) await rm(join(folder, rest), { recursive: true, force: true })
}

/** Undefined for what is no want of something on this machine, but a fault. */
function reason({ code, killed, stderr = '' }: Failure): string | undefined {
  if (code === 'ENOENT') return 'no Cargo is installed'
  if (killed) return `it took longer than ${LONGEST_BUILD_MS / 60_000} minutes`
  return /download|network|resolve host|registry/i.test(stderr)
    ? stderr.split('\n').findLast((line) => line.startsWith('error'))
    : undefined
}

const run = promisify(execFile)
