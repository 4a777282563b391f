import type { Diagnostic } from '../core/diagnostic.ts'
import type { Entry, MapNode, Node } from '../core/node.ts'
import { didYouMean } from '../source/suggest.ts'
import { addChild, addGroup, addGroupVars, addHost, type Draft, type DraftGroup } from './draft.ts'
import { BadRange, expandHosts } from './range.ts'

/** Adds what a YAML or JSON inventory says to the draft. What Ansible skips with a warning is a problem here. */
export function readGroups(node: Node, draft: Draft): void {
  if (node.kind !== 'map') {
    const help = 'begin with the name of a group, such as `all:`'
    draft.problems.push({ code: 'wrong-type', message: 'an inventory must be a map of groups', origin: node.origin, help })
    return
  }
  const plugin = node.entries.find(({ key }) => key === 'plugin')
  if (plugin) {
    draft.problems.push(pluginProblem(plugin))
    return
  }
  for (const entry of node.entries) readGroup(draft, entry)
}

function pluginProblem({ value, keyOrigin }: Entry): Diagnostic {
  const name = value.kind === 'scalar' ? String(value.value) : 'this'
  return {
    code: 'inventory-plugin',
    message: `the inventory plugin \`${name}\` cannot be run here`,
    origin: keyOrigin,
    help: 'write an executable that prints what `ansible-inventory -i FILE --list --export` prints, and name it with `-i`',
  }
}

function readGroup(draft: Draft, { key, keyOrigin, value }: Entry): DraftGroup {
  const group = addGroup(draft, { name: key, origin: keyOrigin })
  if (isEmpty(value)) return group
  if (value.kind !== 'map') {
    wrongType(draft, { what: `the group \`${key}\``, node: value, help: 'give it `hosts:`, `vars:` or `children:`' })
    return group
  }
  for (const section of value.entries) {
    const read = SECTIONS[section.key]
    if (read) read(draft, { group, section, content: contentOf(draft, section) })
    else {
      const help = didYouMean(section.key, Object.keys(SECTIONS), 'keys')
      const message = `a group has no key \`${section.key}\``
      draft.problems.push({ code: 'unknown-key', message, origin: section.keyOrigin, ...(help !== undefined && { help }) })
    }
  }
  return group
}

interface Section {
  readonly group: DraftGroup
  readonly section: Entry
  readonly content: MapNode
}

const SECTIONS: { readonly [key: string]: (draft: Draft, section: Section) => void } = {
  vars: (draft, { group, content }) => addGroupVars(draft, group, content),
  children: (draft, { group, content }) => {
    for (const entry of content.entries) {
      readGroup(draft, entry)
      addChild(draft, { parent: group.name, child: entry.key, origin: entry.keyOrigin })
    }
  },
  hosts: (draft, { group, content }) => {
    for (const entry of content.entries) readHost(draft, { group, entry })
  },
}

/** What stands under `hosts`, `vars` or `children`: a map, nothing, or one name, as Ansible allows. */
function contentOf(draft: Draft, { key, value, keyOrigin }: Entry): MapNode {
  if (value.kind === 'map') return value
  if (isEmpty(value)) return { kind: 'map', entries: [], origin: keyOrigin }
  if (value.kind === 'scalar' && typeof value.value === 'string') {
    const entry = { key: value.value, keyOrigin: value.origin, value: { ...value, value: null } }
    return { kind: 'map', entries: [entry], origin: value.origin }
  }
  const help = value.kind === 'list' ? `write each as a key: \`name:\` instead of \`- name\`` : 'write it as a map'
  wrongType(draft, { what: `\`${key}\``, node: value, help })
  return { kind: 'map', entries: [], origin: keyOrigin }
}

interface HostEntry {
  readonly group: DraftGroup
  readonly entry: Entry
}

function readHost(draft: Draft, { group, entry: { key, keyOrigin, value } }: HostEntry): void {
  try {
    const { names, port } = expandHosts(key)
    for (const name of names) {
      const host = addHost(draft, { name, origin: keyOrigin, group: group.name, ...(port !== undefined && { port }) })
      if (value.kind === 'map' && value.entries.length > 0) host.vars.push(value)
    }
  } catch (error) {
    if (!(error instanceof BadRange)) throw error
    draft.problems.push({ code: 'bad-host', message: error.message, origin: keyOrigin, help: error.help })
  }
  if (value.kind !== 'map' && !isEmpty(value))
    wrongType(draft, { what: `the vars of \`${key}\``, node: value, help: 'write `name: value` below the host' })
}

function isEmpty(node: Node): boolean {
  return node.kind === 'scalar' && (node.value === null || node.value === '')
}

interface WrongType {
  readonly what: string
  readonly node: Node
  readonly help: string
}

function wrongType(draft: Draft, { what, node, help }: WrongType): void {
  const found = node.kind === 'list' ? 'a list' : `\`${node.kind === 'scalar' ? node.raw : 'a map'}\``
  draft.problems.push({ code: 'wrong-type', message: `${what} must be a map, not ${found}`, origin: node.origin, help })
}
