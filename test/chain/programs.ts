import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { CACHE, cached } from './program_cache.ts'
import { type Pin, readPin, releaseIn, whatIsMissing } from './pin.ts'

/** A real program of a chain, built from its pinned release and linked statically, so that it runs on any Linux host. */
export interface Program {
  readonly name: string
  /** The release it was built from, such as `v0.38.25`. */
  readonly version: string
  readonly path: string
  readonly sha256: string
}

export type ProgramName = keyof typeof BUILDS

/** All of the programs, or why they cannot be had here. */
export type Found = { readonly programs: { readonly [N in ProgramName]: Program } } | { readonly missing: string }

/**
 * Takes the pinned programs from the cache, and builds those that it lacks; the first time that takes ten minutes. Inventories may name
 * them by links that stay: `/var/cache/holdfast/programs/simd`.
 */
export async function findPrograms(say: (stage: string) => void): Promise<Found> {
  try {
    const cometbft = await findProgram('cometbft', say)
    const horcrux = await findProgram('horcrux', say)
    return { programs: { cometbft, horcrux, simd: await findProgram('simd', say) } }
  } catch (error) {
    if (error instanceof Missing) return { missing: error.message }
    throw error
  }
}

interface Build {
  /** Whether it holds C code; it is then linked with the C library inside. */
  readonly usesC: boolean
  /** Variables of the program that its linker sets. */
  readonly set: (version: string) => { readonly [variable: string]: string }
}

const SDK = 'github.com/cosmos/cosmos-sdk/version'

const BUILDS = {
  cometbft: { usesC: false, set: () => ({}) },
  // Its curve is C code; without it the first signature ends in a panic.
  horcrux: { usesC: true, set: (version) => ({ 'github.com/strangelove-ventures/horcrux/v3/cmd/horcrux/cmd.Version': version }) },
  simd: { usesC: false, set: (version) => ({ [`${SDK}.Name`]: 'sim', [`${SDK}.AppName`]: 'simd', [`${SDK}.Version`]: version }) },
} as const satisfies { readonly [name: string]: Build }

const PINS = fileURLToPath(new URL('../../../test/chain/pins/', import.meta.url))
const LONGEST_BUILD_MS = 40 * 60_000

/** The reason why programs cannot be had on this machine, in one line. */
class Missing extends Error {}

async function findProgram(name: ProgramName, say: (stage: string) => void): Promise<Program> {
  const [goMod, goSum] = await Promise.all([read(join(PINS, name, 'go.mod')), read(join(PINS, name, 'go.sum'))])
  const pin = readPin(goMod, goSum)
  const words = buildWords(pin, BUILDS[name])
  const recipe = createHash('sha256').update(JSON.stringify({ goMod, goSum, words })).digest('hex').slice(0, 12)
  const folder = join(CACHE, `${name}-${pin.release.version}-${recipe}`)
  const path = join(folder, name)
  const make = (draft: string) => build(name, { pin, words, draft })
  const digest = await cached(folder, { name, say: () => say(`building ${name} ${pin.release.version}, once`), make })
  return { name, version: pin.release.version, path, sha256: digest }
}

function buildWords({ package: path, release }: Pin, { usesC, set }: Build): readonly string[] {
  const variables = Object.entries(set(release.version)).map(([variable, value]) => `-X ${variable}=${value}`)
  const linker = ['-s', '-w', ...variables, ...(usesC ? ['-linkmode external', '-extldflags -static'] : [])]
  return ['build', '-mod=readonly', '-trimpath', '-buildvcs=false', '-tags=netgo,osusergo', `-ldflags=${linker.join(' ')}`, path]
}

async function build(name: ProgramName, { pin, words, draft }: { pin: Pin; words: readonly string[]; draft: string }): Promise<void> {
  const go = await findGo()
  const [verb = '', ...rest] = words
  const env = { ...process.env, CGO_ENABLED: BUILDS[name].usesC ? '1' : '0', GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' }
  const options = { cwd: join(PINS, name), env, timeout: LONGEST_BUILD_MS, maxBuffer: 64 << 20 }
  await run('nice', ['-n', '19', go, verb, '-o', join(draft, name), ...rest], options).catch((error) => refuse(name, error))
  await checkRelease(pin, (await run(go, ['version', '-m', join(draft, name)])).stdout)
}

async function findGo(): Promise<string> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin']) {
    const path = join(folder, 'go')
    const isThere = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) return path
  }
  throw new Missing('no Go toolchain is installed, which builds the programs of the chains')
}

function refuse(name: string, error: Error & { readonly stderr?: string; readonly killed?: boolean }): never {
  if (error.killed) throw new Missing(`${name} was not built within ${LONGEST_BUILD_MS / 60_000} minutes`)
  const missing = whatIsMissing(error.stderr ?? '')
  throw missing === undefined ? error : new Missing(`${name} cannot be built: ${missing}`)
}

function checkRelease({ release }: Pin, printed: string): void {
  const built = releaseIn(printed)
  if (JSON.stringify(built) === JSON.stringify(release)) return
  throw new Error(`built from ${JSON.stringify(built)} instead of ${JSON.stringify(release)}`)
}

function read(path: string): Promise<string> {
  return readFile(path, 'utf8')
}

const run = promisify(execFile)
