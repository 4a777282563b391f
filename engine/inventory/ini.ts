import type { Diagnostic } from '../core/diagnostic.ts'
import type { Entry, MapNode } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { addChild, addGroup, addGroupVars, addHost, type Draft } from './draft.ts'
import { valueNode } from './ini_value.ts'
import { BadRange, type Expansion, expandHosts } from './range.ts'
import { BadQuoting, type ShellWord, shellWords } from './shell_words.ts'

/** Adds what an INI inventory says to the draft, as Ansible reads it; every line that cannot be read is a problem. */
export function readIni(text: string, { draft, file }: { readonly draft: Draft; readonly file: string }): void {
  const reading: Reading = { draft, pending: new Map(), section: { group: 'ungrouped', kind: 'hosts', vars: [] } }
  text
    .replace(/^\ufeff/, '')
    .split(LINE_END)
    .forEach((raw, i) => {
      const line = raw.trim()
      if (line === '' || line.startsWith('#') || line.startsWith(';')) return
      const indent = raw.length - raw.trimStart().length
      readLine(reading, { line, at: (column, length) => ({ file, line: i + 1, column: indent + column + 1, ...(length && { length }) }) })
    })
  closeSection(reading)
  reportPending(reading)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Python ends lines at these too
const LINE_END = /\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]/

interface Reading {
  readonly draft: Draft
  /** Groups that were named before anything declared them. */
  readonly pending: Map<string, Pending>
  section: Section
}

interface Section {
  readonly group: string
  readonly kind: 'hosts' | 'children' | 'vars'
  /** The vars read so far; they are added together when the section ends. */
  readonly vars: Entry[]
}

interface Pending {
  readonly name: string
  readonly origin: Origin
  /** The groups that want it as a child; none if only its vars are given. */
  readonly parents: string[]
}

interface Line {
  readonly line: string
  readonly at: (column: number, length?: number) => Origin
}

function readLine(reading: Reading, line: Line): void {
  const header = HEADER.exec(line.line)
  if (header) {
    closeSection(reading)
    openSection(reading, { header, line })
  } else if (line.line.startsWith('[') && line.line.endsWith(']')) {
    const help = 'write `[name]`, `[name:children]` or `[name:vars]`, without spaces'
    report(reading, { code: 'bad-section', message: `\`${line.line}\` is no section`, origin: line.at(0, line.line.length), help })
  } else if (reading.section.kind === 'hosts') readHosts(reading, line)
  else if (reading.section.kind === 'vars') readVar(reading, line)
  else readChild(reading, line)
}

const HEADER = /^\[([^:\]\s]+)(?::([\p{L}\p{N}_]+))?\]\s*(?:#.*)?$/u

interface Header {
  readonly header: RegExpExecArray
  readonly line: Line
}

function openSection(reading: Reading, { header, line }: Header): void {
  const [, group = '', kind = 'hosts'] = header
  const origin = line.at(1, group.length)
  if (kind !== 'hosts' && kind !== 'children' && kind !== 'vars') {
    const help = 'use `children` or `vars`, or nothing for hosts'
    report(reading, { code: 'bad-section', message: `a section cannot have the kind \`${kind}\``, origin, help })
    reading.section = { group: 'ungrouped', kind: 'vars', vars: [] }
    return
  }
  const { draft, pending } = reading
  if (kind === 'vars' && !draft.groups.has(group) && !pending.has(group)) pending.set(group, { name: group, origin, parents: [] })
  addGroup(draft, { name: group, origin })
  if (kind !== 'vars') settle(reading, group)
  reading.section = { group, kind, vars: [] }
}

/** A group that others waited for is declared: it becomes their child now, which decides the order of their children. */
function settle(reading: Reading, group: string): void {
  const waiting = reading.pending.get(group)
  if (!waiting) return
  reading.pending.delete(group)
  for (const parent of waiting.parents) {
    addChild(reading.draft, { parent, child: group, origin: waiting.origin })
  }
}

function closeSection({ draft, section: { group, kind, vars } }: Reading): void {
  const [first] = vars
  const target = draft.groups.get(group)
  if (kind !== 'vars' || !first || !target) return
  addGroupVars(draft, target, mapOf(vars, first.keyOrigin))
}

function readVar(reading: Reading, { line, at }: Line): void {
  const equals = line.indexOf('=')
  const key = line.slice(0, Math.max(equals, 0)).trim()
  if (key === '') {
    report(reading, { code: 'bad-line', message: `\`${line}\` sets no variable`, origin: at(0, line.length), help: 'write `name=value`' })
    return
  }
  const text = line.slice(equals + 1).trim()
  const column = equals + 1 + (line.length - equals - 1 - line.slice(equals + 1).trimStart().length)
  const origin = at(column, text.length)
  reading.section.vars.push({ key, keyOrigin: at(0, key.length), value: valueNode(text, { origin, draft: reading.draft }) })
}

function readChild(reading: Reading, { line, at }: Line): void {
  const { draft, pending, section } = reading
  const [, child] = CHILD.exec(line) ?? []
  const origin = at(0, (child ?? line).length)
  if (child === undefined) {
    report(reading, { code: 'bad-line', message: `\`${line}\` is no name of a group`, origin, help: 'write one group on each line' })
  } else if (draft.groups.has(child)) addChild(draft, { parent: section.group, child, origin })
  else {
    const waiting = pending.get(child)
    if (waiting) waiting.parents.push(section.group)
    else pending.set(child, { name: child, origin, parents: [section.group] })
  }
}

const CHILD = /^([^:\]\s]+)\s*(?:#.*)?$/

function readHosts(reading: Reading, { line, at }: Line): void {
  try {
    const [first, ...rest] = shellWords(line)
    if (!first) return
    const origin = at(0, first.places.at(-1) ?? 0)
    const entries = rest.flatMap((word) => entryOf(reading, { word, at }))
    const vars = entries.length > 0 ? mapOf(entries, origin) : undefined
    const { names, port } = namedBy(first.text)
    for (const name of names) {
      const host = addHost(reading.draft, { name, origin, group: reading.section.group, ...(port !== undefined && { port }) })
      if (vars) host.vars.push(vars)
    }
  } catch (error) {
    report(reading, lineProblem(error, at))
  }
}

function namedBy(text: string): Expansion {
  if (text === '---') throw new BadRange('`---` begins a YAML document', 'give the file a name that ends in `.yml`')
  if (text === '') throw new BadRange('the name of the host is empty', 'write a name before its variables')
  return expandHosts(text)
}

function lineProblem(error: unknown, at: Line['at']): Diagnostic {
  if (error instanceof BadRange) return { code: 'bad-host', message: error.message, origin: at(0), help: error.help }
  if (!(error instanceof BadQuoting)) throw error
  return { code: 'bad-line', message: error.message, origin: at(error.place), help: 'quote the whole value, or escape the quote' }
}

interface Assignment {
  readonly word: ShellWord
  readonly at: Line['at']
}

function entryOf(reading: Reading, { word: { text, places }, at }: Assignment): readonly Entry[] {
  const equals = text.indexOf('=')
  const [start = 0, end = 0] = [places[0], places.at(-1)]
  if (equals <= 0) {
    const origin = at(start, end - start)
    const help = 'write `name=value`, without spaces around `=`, and quote a value that holds spaces'
    report(reading, { code: 'bad-line', message: `\`${text}\` sets no variable of the host`, origin, help })
    return []
  }
  const place = places[equals + 1] ?? end
  const origin = at(place, Math.max(end - place, 1))
  return [
    {
      key: text.slice(0, equals),
      keyOrigin: at(start, equals),
      value: valueNode(text.slice(equals + 1), { origin, draft: reading.draft }),
    },
  ]
}

/** A map in which, as in Ansible, the last of several equal keys counts. */
function mapOf(entries: readonly Entry[], origin: Origin): MapNode {
  return { kind: 'map', entries: [...new Map(entries.map((entry) => [entry.key, entry])).values()], origin }
}

function reportPending(reading: Reading): void {
  for (const { name, origin, parents } of reading.pending.values()) {
    const of = parents.length > 0 ? `a child of \`${parents.join('`, `')}\`` : 'given vars'
    report(reading, {
      code: 'unknown-group',
      message: `the group \`${name}\` is ${of} but never declared`,
      origin,
      help: `add a section \`[${name}]\``,
    })
  }
}

function report({ draft }: Reading, problem: Diagnostic): void {
  draft.problems.push(problem)
}
