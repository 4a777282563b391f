import { dirname, join } from 'node:path'
import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import { entryAt, type MapNode, type Node } from '../core/node.ts'
import type { Plan, Play } from '../core/plan.ts'
import { readDocument } from '../source/read.ts'
import { type CompileOptions, type Compiling, trying } from './compiling.ts'
import { checkKeywords, isTemplated, namesAt, nodesAt, unknownKey, valueAt } from './keywords.ts'
import { compilePlay, type Importing } from './play.ts'
import { isFile } from './role_files.ts'
import { layerOf } from './settings.ts'
import { compileSteps } from './steps.ts'

/** How to compile: `read` is left out where no file is sealed. */
export type Options = Omit<CompileOptions, 'read'> & Partial<Pick<CompileOptions, 'read'>>

/** The plan of these playbooks. Rejects with everything that is wrong in them and in what they import, all at once. */
export function compile(playbooks: readonly string[], options: Options): Plan {
  const problems: Diagnostic[] = []
  const report = reportOnce(problems)
  const compiling = { options: withReader(options), report, trail: [], steps: compileSteps }
  const plays = playbooks.flatMap((path) =>
    playsOf(path, { compiling, importing: { when: [], tags: [], vars: [] } }).map((play, i) =>
      i === 0 ? { ...play, beginsPlaybook: true } : play,
    ),
  )
  if (problems.length > 0) throw new Rejected(problems)
  return { plays, root: options.root }
}

/** The options with the plain reader where none is given. Each file is read once. */
export function withReader({ read = (path, from) => readDocument(path, from && { from }), ...rest }: Options): CompileOptions {
  const known = new Map<string, Node>()
  return {
    ...rest,
    read: (path, from) => {
      const document = known.get(path) ?? read(path, from)
      known.set(path, document)
      return document
    },
  }
}

/** Adds problems to a list, the same one at the same place only once. */
export function reportOnce(problems: Diagnostic[]): (problem: Diagnostic) => void {
  const seen = new Set<string>()
  return (problem) => {
    const { origin, message } = problem
    const key = `${origin?.file}:${origin?.line}:${origin?.column} ${message}`
    if (!seen.has(key)) problems.push(problem)
    seen.add(key)
  }
}

interface Reading {
  readonly compiling: Omit<Compiling, 'parts' | 'roleFolders'>
  readonly importing: Importing
}

function playsOf(path: string, reading: Reading): readonly Play[] {
  const { compiling } = reading
  const document = trying(compiling, () => compiling.options.read(path), undefined)
  if (document === undefined) return []
  if (document.kind !== 'list') {
    compiling.report({
      code: 'not-a-list',
      message: 'a playbook is a list of plays',
      origin: document.origin,
      help: 'begin each play with `- hosts: …`',
    })
    return []
  }
  const inner = { ...reading, compiling: { ...compiling, trail: [...compiling.trail, path] } }
  return document.items.flatMap((item) => entryOf(item, inner))
}

function entryOf(item: Node, { compiling, importing }: Reading): readonly Play[] {
  if (item.kind !== 'map') {
    compiling.report({
      code: 'not-a-map',
      message: 'a play is a map',
      origin: item.origin,
      help: 'write `- hosts: …` and the tasks below it',
    })
    return []
  }
  const imported = entryAt(item, 'import_playbook') ?? entryAt(item, 'ansible.builtin.import_playbook')
  return imported ? importPlaybook(item, imported.value, { compiling, importing }) : [compilePlay(item, { compiling, importing })]
}

function importPlaybook(map: MapNode, name: Node, { compiling, importing }: Reading): readonly Play[] {
  const { report } = compiling
  for (const entry of checkKeywords(map, 'block', report))
    if (!entry.key.endsWith('import_playbook')) report(unknownKey(entry, ['name', 'when', 'tags', 'vars'], '`import_playbook`'))
  if (name.kind !== 'scalar' || isTemplated(name)) {
    report({
      code: 'not-fixed',
      message: 'the name after `import_playbook` is plain text',
      origin: name.origin,
      help: 'write the path of the playbook',
    })
    return []
  }
  const path = name.raw.startsWith('/') ? name.raw : join(dirname(name.origin.file), name.raw)
  if (compiling.trail.includes(path)) {
    report({ code: 'circle', message: `the playbook \`${path}\` imports itself`, origin: name.origin, help: 'remove one of the imports' })
    return []
  }
  if (!isFile(path)) {
    report({ code: 'missing-file', message: `there is no playbook \`${name.raw}\``, origin: name.origin, help: `put it at ${path}` })
    return []
  }
  const vars = layerOf(map, 'play vars')
  const folded = {
    when: [...importing.when, ...nodesAt(map, 'when')],
    tags: [...importing.tags, ...namesAt(map, 'tags')],
    vars: [...importing.vars, ...vars],
  }
  return valueAt(map, 'hosts') ? [] : playsOf(path, { compiling, importing: folded })
}
