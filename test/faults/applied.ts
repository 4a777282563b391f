import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as assert from 'uvu/assert'
import type { TestHost } from '../support/lab.ts'
import { type Relay, relay } from '../support/relay.ts'
import type { Files } from '../support/project.ts'

/** A project on disk whose command can be called, and interrupted, as an operator's would be. */
export interface Project {
  readonly root: string
  /** Starts `holdfast apply playbooks/site.yml --yes` and further words. */
  apply(...words: readonly string[]): Running
  /** The same, to its end. */
  applied(...words: readonly string[]): Promise<Ended>
  write(files: Files): Promise<void>
}

export interface Running {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** Settles when this has been said. */
  said(words: RegExp): Promise<void>
}

export interface Ended {
  readonly out: string
  readonly err: string
  /** Null when a signal ended it. */
  readonly code: number | null
}

/** The variables of each host, by its name. */
export type Hosts = { readonly [name: string]: Files }

/** Gives the body a project with these hosts and files, `playbooks/site.yml` among them. */
export async function withFleet<T>(hosts: Hosts, files: Files, body: (project: Project) => Promise<T>): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'holdfast-faults-'))
  const running = new Set<ChildProcess>()
  const write = (more: Files) => writeAll(root, more)
  const apply = (...words: readonly string[]) => start(['apply', 'playbooks/site.yml', '--yes', ...words], { root, running })
  try {
    await write({ 'holdfast.yml': 'inventory: hosts.yml\n', 'hosts.yml': inventoryOf(hosts), ...files })
    return await body({ root, write, apply, applied: (...words) => apply(...words).ended })
  } finally {
    for (const child of running) child.kill('SIGKILL')
    await rm(root, { recursive: true, force: true })
  }
}

/** How a lab host is reached, with further variables. */
export function reached({ address, user, keyFile, knownHostsFile }: TestHost, more: Files = {}): Files {
  return {
    ansible_host: address,
    ansible_user: user,
    ansible_ssh_private_key_file: keyFile,
    ansible_ssh_common_args: `-o UserKnownHostsFile=${knownHostsFile}`,
    ...more,
  }
}

/** Lends the body a relay before the host, and how the host is reached through it. */
export async function withRelay(
  host: TestHost,
  onPass: (relay: Relay) => void,
  body: (between: Relay, vars: Files) => Promise<void>,
): Promise<void> {
  const between = await relay({ to: { host: host.address, port: host.port }, onPass })
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-relay-'))
  const known = (await readFile(host.knownHostsFile, 'utf8')).split('\n').filter((line) => line.startsWith(`${host.address} `))
  const knownHostsFile = join(folder, 'known_hosts')
  await writeFile(knownHostsFile, known.map((line) => `${line.replace(host.address, `[127.0.0.1]:${between.port}`)}\n`).join(''))
  try {
    await body(between, reached({ ...host, knownHostsFile }, { ansible_host: '127.0.0.1', ansible_port: String(between.port) }))
  } finally {
    await between.close()
    await rm(folder, { recursive: true, force: true })
  }
}

/** Asserts what no end of a run may show: a stack trace, a bug report, or a raw control character. */
export function assertClean({ out, err }: Ended): void {
  assert.not.match(err, /error\[bug\]|^\s+at .*\.js:\d+/m)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  assert.not.match(out + err, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/)
}

function inventoryOf(hosts: Hosts): string {
  return `${JSON.stringify({ all: { hosts } }, undefined, 1)}\n`
}

async function writeAll(root: string, files: Files): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
}

const MAIN = fileURLToPath(new URL('../../engine/bin/holdfast.js', import.meta.url))

function start(words: readonly string[], { root, running }: { readonly root: string; readonly running: Set<ChildProcess> }): Running {
  const child = spawn(process.execPath, [MAIN, ...words], { cwd: root, env: { PATH: process.env['PATH'] ?? '', HOME: root } })
  running.add(child)
  const said = { out: '', err: '' }
  child.stdin.end()
  for (const [name, stream] of [['out', child.stdout] as const, ['err', child.stderr] as const]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return { ...said, code: code as number | null }
  })
  return {
    child,
    ended,
    said: (words) => until(() => words.test(said.err + said.out), `${words} to be said`),
  }
}

/** Waits, looking again and again, and fails once it has taken too long. */
export async function until(holds: () => boolean | Promise<boolean>, what: string, withinMs = 60_000): Promise<void> {
  const deadline = Date.now() + withinMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
