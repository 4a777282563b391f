import { randomBytes } from 'node:crypto'
import { mkdir, readdir, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { type Called, callHoldfast } from './command.ts'
import { type Person, type SecretProject, withProject } from './keys.ts'
import { standInHorcrux, type Straying } from './stand_in_horcrux.ts'

/** A project with a fleet of one public node, one sentry and some cosigners, and people to hold their shards. */
export interface CeremonyProject extends SecretProject {
  readonly call: (words: readonly string[], options?: CallOptions) => Promise<Called>
  /** What the calls so far have left in memory of keys. */
  readonly leftInMemory: () => Promise<readonly string[]>
  /** Someone whose public key is in `secrets/custodians/`. */
  readonly custodian: (name: string) => Promise<Person>
  readonly cosigners: readonly string[]
  readonly horcrux: (straying?: Straying) => Promise<string>
  /** The `signer.yml` of a cosigner. */
  readonly signer: (host: string) => Promise<string>
}

export interface CallOptions {
  readonly as?: Person
  readonly input?: string
}

interface Fleet {
  /** For each cosigner the names of its custodians. */
  readonly custodians?: readonly string[]
  readonly threshold?: number
}

/** Gives the test such a project, and removes it. */
export async function withFleet(
  { custodians = ['ana', 'ben', 'eva'], threshold = 2 }: Fleet,
  use: (project: CeremonyProject) => Promise<void>,
): Promise<void> {
  await withProject(async (project) => {
    const cosigners = custodians.map((_, i) => `cosigner-${i + 1}`)
    await project.write('holdfast.yml', 'inventory: inventory\n')
    await project.write('inventory/hosts.yml', hosts(custodians, threshold))
    await use({ ...project, cosigners, ...actions(project) })
  })
}

/** The files below a folder that hold one of the texts, relative to it. */
export async function filesWith(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const entries = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  const paths = entries.map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(paths.map(async (path) => [path, await readFile(path, 'latin1').catch(() => '')] as const))
  return contents.flatMap(([path, content]) => (texts.some((text) => content.includes(text)) ? [path.slice(folder.length + 1)] : []))
}

/** What a ceremony has written of its keys. */
export async function written({ folder }: CeremonyProject): Promise<readonly string[]> {
  const names = await readdir(join(folder, 'inventory'), { recursive: true })
  return [
    ...names.filter((name) => /signer\.yml|holdfast-keys/.test(name)),
    ...(await readdir(join(folder, 'secrets/offline')).catch(() => [])),
  ]
}

/** The folders in memory that a call keeps keys in or has left there; those of other calls on this machine are others' business. */
export async function inMemoryOf(pid: number | undefined): Promise<readonly string[]> {
  return (await readdir('/dev/shm')).filter((name) => name.startsWith(`holdfast-keys-${pid}.`))
}

function actions(project: SecretProject): Omit<CeremonyProject, keyof SecretProject | 'cosigners'> {
  const base = join(project.folder, '..')
  const calls: (number | undefined)[] = []
  return {
    call: async (words, { as, input } = {}) => {
      const env = { HOLDFAST_KEY_FILE: as?.keyFile ?? '/nonexistent' }
      const called = await callHoldfast(words, { cwd: project.folder, env, ...(input && { input }) })
      calls.push(called.pid)
      return called
    },
    leftInMemory: async () => (await Promise.all(calls.map(inMemoryOf))).flat(),
    custodian: async (name) => {
      const person = await project.person(name)
      await mkdir(join(project.folder, 'secrets/custodians'), { recursive: true })
      await project.write(`secrets/custodians/${name}.asc`, person.publicKey)
      return person
    },
    horcrux: async (straying) => await underOwnName(await standInHorcrux(base, straying)),
    signer: (host) => readFile(join(project.folder, 'inventory/host_vars', host, 'signer.yml'), 'utf8'),
  }
}

/** So that a test can have several. */
async function underOwnName(path: string): Promise<string> {
  const named = `${path}-${randomBytes(4).toString('hex')}`
  await rename(path, named)
  return named
}

function hosts(custodians: readonly string[], threshold: number): string {
  const cosigners = custodians.map(
    (names, i) => `    cosigner-${i + 1}: { private_address: 10.0.1.${i + 1}, shard_id: ${i + 1}, signer_recipients: [${names}] }\n`,
  )
  return `all:
  vars: { chain: kvstore }
public:
  hosts:
    public-1: { private_address: 10.0.0.1 }
sentry:
  hosts:
    sentry-1: { private_address: 10.0.0.2 }
cosigner:
  vars: { signing_threshold: ${threshold} }
  hosts:
${cosigners.join('')}`
}
