import { execFile } from 'node:child_process'
import { access, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Command } from './measure.ts'

/** The programs that are compared, each as the call that carries out the same 27 tasks; those that cannot be had here say why. */
export interface Programs {
  readonly ansible: Program
  readonly mitogen: Program
  readonly pyinfra: Program
}

export type Program = { readonly command: Command; readonly version: string } | { readonly missing: string }

/** What `quick` compares with: nobody. */
export const NO_PROGRAMS: Programs = {
  ansible: { missing: 'left out by `quick`' },
  mitogen: { missing: 'left out by `quick`' },
  pyinfra: { missing: 'left out by `quick`' },
}

/** A call of the built command. */
export function holdfast(...words: readonly string[]): Command {
  return { words: [process.execPath, fileURLToPath(new URL('../../engine/bin/holdfast.js', import.meta.url)), ...words] }
}

/** OpenSSH running `true` on all hosts at the same time. */
export function opensshOnAll(configFile: string, hosts: readonly string[]): Command {
  const script = 'config=$1; shift; for host; do ssh -F "$config" "$host" true & done; wait'
  return { words: ['sh', '-c', script, 'sh', configFile, ...hosts] }
}

/** Finds ansible-core on the machine, and installs Mitogen and pyinfra in a folder of their own. */
export async function findPrograms(say: (stage: string) => void): Promise<Programs> {
  const ansible = await versionOf('ansible-playbook', /core ([\d.]+)/)
  const venv = await installed(say).catch((error: Error) => error)
  return {
    ansible:
      ansible === undefined
        ? { missing: 'ansible-core is not installed' }
        : { version: `ansible-core ${ansible}`, command: playbook('ansible-playbook') },
    mitogen: venv instanceof Error ? { missing: venv.message } : await mitogenOf(venv),
    pyinfra: venv instanceof Error ? { missing: venv.message } : await pyinfraOf(venv),
  }
}

const VENV = '/var/cache/holdfast/bench/venv'

async function installed(say: (stage: string) => void): Promise<string> {
  const isThere = await access(join(VENV, 'complete')).then(
    () => true,
    () => false,
  )
  if (isThere) return VENV
  say('installing Mitogen and pyinfra, once')
  await mkdir(join(VENV, '..'), { recursive: true })
  await run('python3', ['-m', 'venv', '--clear', VENV]).catch(refuse('no Python environment can be made'))
  await run(join(VENV, 'bin/pip'), ['install', '--quiet', 'ansible-core', 'mitogen', 'pyinfra']).catch(refuse('pip cannot install it here'))
  await mkdir(join(VENV, 'complete'))
  return VENV
}

function refuse(reason: string): () => never {
  return () => {
    throw new Error(reason)
  }
}

async function mitogenOf(venv: string): Promise<Program> {
  const { stdout } = await run(join(venv, 'bin/python'), [
    '-c',
    'import ansible_mitogen, mitogen; print(ansible_mitogen.__path__[0], ".".join(map(str, mitogen.__version__)))',
  ])
  const [folder = '', version = ''] = stdout.trim().split(' ')
  const core = await versionOf(join(venv, 'bin/ansible-playbook'), /core ([\d.]+)/)
  const strategy = { ANSIBLE_STRATEGY: 'mitogen_linear', ANSIBLE_STRATEGY_PLUGINS: join(folder, 'plugins/strategy') }
  const { words, env } = playbook(join(venv, 'bin/ansible-playbook'))
  return { version: `Mitogen ${version} with ansible-core ${core}`, command: { words, env: { ...env, ...strategy } } }
}

async function pyinfraOf(venv: string): Promise<Program> {
  const program = join(venv, 'bin/pyinfra')
  const words = [program, '-y', '--sudo', 'pyinfra_inventory.py', 'pyinfra_deploy.py']
  return { version: `pyinfra ${await versionOf(program, /([\d.]+)/)}`, command: { words } }
}

function playbook(program: string): Required<Command> {
  return { words: [program, '-i', 'hosts.yml', 'playbook.yml'], env: { ANSIBLE_CONFIG: 'ansible.cfg' } }
}

async function versionOf(program: string, pattern: RegExp): Promise<string | undefined> {
  const { stdout } = await run(program, ['--version']).catch(() => ({ stdout: '' }))
  return pattern.exec(stdout)?.[1]
}

const run = promisify(execFile)
