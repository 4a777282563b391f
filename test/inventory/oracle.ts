import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const corpus = fileURLToPath(new URL('../../../test/inventory/corpus/', import.meta.url))

/** One inventory of the corpus: its folder, and what is given with `-i`. */
export interface Case {
  readonly name: string
  readonly folder: string
  readonly sources: readonly string[]
  /** Where the answer of Ansible is kept. */
  readonly expected: string
}

/** Every folder of the corpus. A file `sources` in it names what to load; otherwise it is the one file called `hosts`. */
export function cases(): readonly Case[] {
  return readdirSync(corpus)
    .sort()
    .map((name) => {
      const folder = join(corpus, name)
      const files = readdirSync(folder)
      const given = files.includes('sources') ? readFileSync(join(folder, 'sources'), 'utf8').split('\n').filter(Boolean) : []
      const only = files.filter((file) => /^hosts(?:\.\w+)?$/.test(file))
      return { name, folder, sources: given.length > 0 ? given : only, expected: join(folder, 'expected.json') }
    })
}

/** The sources as paths; a list of hosts stays a list. */
export function pathsOf({ folder, sources }: Case): readonly string[] {
  return sources.map((source) => (source.includes(',') ? source : join(folder, source)))
}

/** Whether Ansible can be asked. */
export async function hasAnsible(): Promise<boolean> {
  try {
    await run('ansible-inventory', ['--version'])
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
    throw error
  }
}

/** What `ansible-inventory` says of an inventory. */
export async function ansibleInventory(one: Case, args: readonly string[]): Promise<string> {
  return await run('ansible-inventory', [...pathsOf(one).flatMap((path) => ['-i', path]), ...args])
}

/** The hosts that `ansible PATTERN --list-hosts` names; `error` where it refuses. */
export async function ansibleHosts(source: string, pattern: string): Promise<readonly string[] | 'error'> {
  try {
    const printed = await run('ansible', ['-i', source, '--list-hosts', pattern])
    const [, ...names] = printed.split('\n')
    return names.map((line) => line.trim()).filter(Boolean)
  } catch {
    return 'error'
  }
}

async function run(command: string, args: readonly string[]): Promise<string> {
  // An operator's own settings must not change what Ansible answers.
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('ANSIBLE_'))
  const { stdout } = await promisify(execFile)(command, args, { cwd: '/', env: Object.fromEntries(kept), maxBuffer: 64 * 1024 * 1024 })
  return stdout
}
