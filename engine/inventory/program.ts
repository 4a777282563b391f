import { type ExecFileException, execFile } from 'node:child_process'
import { type Diagnostic, reject } from '../core/diagnostic.ts'
import { type Entry, type Node, at as valueAt } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { lookAt, rememberText } from '../source/read.ts'
import { parseYaml } from '../source/yaml.ts'
import { addChild, addGroup, addGroupVars, addHost, type Draft } from './draft.ts'

/** Runs an executable inventory with `--list`, and with `--host` where it has no `_meta`, and adds what it says to the draft. */
export async function readProgram(path: string, draft: Draft): Promise<void> {
  refuseWritable(path)
  const node = jsonOf(await run(path, ['--list']), `${path} --list`)
  if (node.kind !== 'map') {
    wrong(draft, { what: 'the output', origin: node.origin, expected: 'a JSON object of groups' })
    return
  }
  const named = new Set<string>()
  for (const entry of node.entries) if (entry.key !== '_meta') readGroup(draft, { entry, named })
  const known = valueAt(valueAt(node, '_meta'), 'hostvars')
  for (const name of named) {
    const vars = known ? valueAt(known, name) : jsonOf(await run(path, ['--host', name]), `${path} --host ${name}`)
    addVars(draft, { name, vars })
  }
}

const LONGEST_MS = 120_000
const MOST_BYTES = 64 * 1024 * 1024

/** Whoever can write the program decides what we connect to, and runs as us. */
function refuseWritable(path: string): void {
  if (((lookAt(path)?.mode ?? 0) & 0o002) === 0) return
  reject({ code: 'writable-program', message: `anyone may write the inventory program \`${path}\``, help: `run: chmod o-w ${path}` })
}

function run(path: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, fail) => {
    const options = { timeout: LONGEST_MS, maxBuffer: MOST_BYTES, encoding: 'utf8' as const }
    const child = execFile(path, args, options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout)
      try {
        reject(failure(error, { command: [path, ...args].join(' '), stderr }))
      } catch (rejected) {
        fail(rejected)
      }
    })
    child.stdin?.end()
  })
}

interface Failed {
  readonly command: string
  readonly stderr: string
}

function failure(error: ExecFileException, { command, stderr }: Failed): Diagnostic {
  const said = stderr.trim().split('\n').at(-1)
  return {
    code: 'inventory-program',
    message: `\`${command}\` ${reason(error)}`,
    help: 'run it by hand; it must print JSON and end with 0',
    ...(said && { detail: `it said: ${said.slice(0, 500)}` }),
  }
}

function reason({ killed, code }: ExecFileException): string {
  if (killed) return `took longer than ${LONGEST_MS / 1000} s or printed too much`
  return typeof code === 'number' ? `ended with ${code}` : `could not be run: the system says ${code}`
}

function jsonOf(output: string, name: string): Node {
  const origin = { file: name, line: 1, column: 1 }
  rememberText(name, output)
  if (output.trim() === '') return { kind: 'map', entries: [], origin }
  try {
    JSON.parse(output)
  } catch {
    reject({
      code: 'inventory-program',
      message: `\`${name}\` did not print JSON`,
      origin,
      help: 'run it by hand; messages belong on stderr',
    })
  }
  return opaque(parseYaml(output, name))
}

/** What a program prints is data: no text in it is ever taken for a template. */
function opaque(node: Node): Node {
  if (node.kind === 'list') return { ...node, items: node.items.map(opaque) }
  if (node.kind === 'map') return { ...node, entries: node.entries.map((entry) => ({ ...entry, value: opaque(entry.value) })) }
  return typeof node.value === 'string' ? { ...node, tag: '!unsafe' } : node
}

interface GroupEntry {
  readonly entry: Entry
  /** The hosts this program has named. */
  readonly named: Set<string>
}

function readGroup(draft: Draft, { entry: { key, keyOrigin, value }, named }: GroupEntry): void {
  const group = addGroup(draft, { name: key, origin: keyOrigin })
  if (value.kind === 'map' && !value.entries.some((entry) => SECTIONS.has(entry.key))) {
    // The old short form: a host of the group's name, with these vars.
    addNamed(draft, { name: key, origin: keyOrigin, group: key, named })
    addGroupVars(draft, group, value)
    return
  }
  const { hosts, vars, children } = sectionsOf(value)
  for (const name of namesIn(draft, hosts)) addNamed(draft, { ...name, group: key, named })
  if (vars?.kind === 'map') addGroupVars(draft, group, vars)
  else if (vars) wrong(draft, { what: `\`vars\` of \`${key}\``, origin: vars.origin, expected: 'an object' })
  for (const child of namesIn(draft, children)) {
    addGroup(draft, child)
    addChild(draft, { parent: key, child: child.name, origin: child.origin })
  }
}

const SECTIONS = new Set(['hosts', 'vars', 'children'])

interface Sections {
  readonly hosts: Node | undefined
  readonly vars: Node | undefined
  readonly children: Node | undefined
}

/** The parts of a group; one that is no object is the list of its hosts. */
function sectionsOf(value: Node): Sections {
  if (value.kind !== 'map') return { hosts: value, vars: undefined, children: undefined }
  return { hosts: valueAt(value, 'hosts'), vars: valueAt(value, 'vars'), children: valueAt(value, 'children') }
}

interface NamedHost {
  readonly name: string
  readonly origin: Origin
  readonly group: string
  readonly named: Set<string>
}

function addNamed(draft: Draft, { name, origin, group, named }: NamedHost): void {
  addHost(draft, { name, origin, group })
  named.add(name)
}

function namesIn(draft: Draft, node: Node | undefined): readonly { readonly name: string; readonly origin: Origin }[] {
  if (!node) return []
  if (node.kind !== 'list') {
    wrong(draft, { what: 'this', origin: node.origin, expected: 'a list of names' })
    return []
  }
  return node.items.flatMap((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string' && item.value !== '') return [{ name: item.value, origin: item.origin }]
    wrong(draft, { what: 'this', origin: item.origin, expected: 'a name' })
    return []
  })
}

function addVars(draft: Draft, { name, vars }: { readonly name: string; readonly vars: Node | undefined }): void {
  if (vars?.kind === 'map') {
    if (vars.entries.length > 0) draft.hosts.get(name)?.vars.push(vars)
  } else if (vars && (vars.kind === 'list' || vars.value !== null)) {
    wrong(draft, { what: `the vars of \`${name}\``, origin: vars.origin, expected: 'an object' })
  }
}

function wrong(
  draft: Draft,
  { what, origin, expected }: { readonly what: string; readonly origin: Origin; readonly expected: string },
): void {
  draft.problems.push({ code: 'wrong-type', message: `${what} must be ${expected}`, origin, help: 'mend the inventory program' })
}
