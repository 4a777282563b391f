import { dirname, isAbsolute, join } from 'node:path'
import { at as valueIn, type Entry, entryAt, type MapNode, type Node } from '../core/node.ts'
import type { Step } from '../core/plan.ts'
import { type StepAt, trying } from './compiling.ts'
import { checkKeywords, nameAt, type Report, unknownKey, valueAt } from './keywords.ts'
import type { RoleUsing } from './role.ts'
import { findDocument } from './role_files.ts'
import { checkTemplates } from './template_check.ts'

const TASKS_PARAMS: readonly string[] = ['file', 'apply']
const ROLE_PARAMS: readonly string[] = [
  'name',
  'tasks_from',
  'vars_from',
  'defaults_from',
  'handlers_from',
  'public',
  'apply',
  'allow_duplicates',
  'rolespec_validate',
]

const KNOWN = {
  tasks: { main: 'file', params: TASKS_PARAMS, what: 'a task file' },
  role: { main: 'name', params: ROLE_PARAMS, what: 'a role' },
} as const

/** The params of an import or include; text alone is the file or role. */
export function bringing({ value, keyOrigin }: Entry, { of, report }: { readonly of: 'tasks' | 'role'; readonly report: Report }): MapNode {
  const { main, params: known, what } = KNOWN[of]
  const params = asMap(value, { key: main, keyOrigin, value })
  for (const entry of params.entries) if (!known.includes(entry.key)) report(unknownKey(entry, known, what))
  if (!valueAt(params, main))
    report({
      code: 'missing-param',
      message: `it is not said which ${main === 'file' ? 'file' : 'role'} is meant`,
      origin: keyOrigin,
      help: `add \`${main}:\``,
    })
  return params
}

function asMap(value: Node, main: Entry): MapNode {
  if (value.kind === 'map') return value
  const isSaid = value.kind === 'scalar' && value.value !== null
  return { kind: 'map', origin: value.origin, entries: isSaid ? [main] : [] }
}

/** Keywords are checked like a task's; what is left besides the import itself is unknown. */
export function checkRest({ map, compiling }: StepAt, { key }: Entry): void {
  for (const entry of checkKeywords(map, 'task', compiling.report))
    if (entry.key !== key) compiling.report(unknownKey(entry, [], `\`${key}\``))
  checkTemplates(map, compiling.report)
  const register = entryAt(map, 'register')
  if (register) compiling.report({ code: 'bad-keyword', message: `\`${key}\` has no result to register`, origin: register.keyOrigin })
}

/** A map without its `vars`, which rank by what brings them. */
export function withoutVars(map: MapNode): MapNode {
  return { ...map, entries: map.entries.filter(({ key }) => key !== 'vars') }
}

/** The steps of a file of tasks, looked up beside the file that names it, then in the role, then beside the playbook. */
export function fileSteps(file: Node, at: Omit<StepAt, 'map'>): readonly Step[] {
  const { compiling, inherited } = at
  const name = file.kind === 'scalar' ? file.raw : ''
  const folders = [
    dirname(file.origin.file),
    ...(inherited.role ? [join(inherited.role.folder, 'tasks')] : []),
    inherited.folder,
    join(inherited.folder, 'tasks'),
  ]
  const candidates = isAbsolute(name) ? [name] : [...new Set(folders.map((folder) => join(folder, name)))]
  const path = candidates.map(findDocument).find((found) => found !== undefined)
  if (path === undefined) {
    compiling.report({
      code: 'missing-file',
      message: `there is no file of tasks \`${name}\``,
      origin: file.origin,
      help: `put it at one of: ${candidates.join(', ')}`,
    })
    return []
  }
  if (compiling.trail.includes(path)) {
    compiling.report({ code: 'circle', message: `\`${path}\` imports itself`, origin: file.origin, help: 'remove one of the imports' })
    return []
  }
  const document = trying(compiling, () => compiling.options.read(path, file.origin), undefined)
  return compiling.steps(document, { ...at, compiling: { ...compiling, trail: [...compiling.trail, path] } })
}

/** How params of `import_role` or `include_role` use a role. */
export function roleUsing(
  params: MapNode,
  using: Pick<RoleUsing, 'position' | 'inherited' | 'given' | 'compiling' | 'isPublic'>,
): RoleUsing {
  const from = {
    tasks: nameAt(params, 'tasks_from'),
    vars: nameAt(params, 'vars_from'),
    defaults: nameAt(params, 'defaults_from'),
    handlers: nameAt(params, 'handlers_from'),
  }
  const said = Object.fromEntries(
    Object.entries(from).flatMap(([part, file]) => (file === undefined ? [] : [[part, file.replace(/\.ya?ml$/, '')]])),
  )
  const { position, inherited, given, compiling, isPublic } = using
  return {
    name: nameAt(params, 'name') ?? '',
    origin: valueIn(params, 'name')?.origin ?? params.origin,
    position,
    inherited,
    given,
    compiling,
    isPublic,
    from: said,
  }
}
