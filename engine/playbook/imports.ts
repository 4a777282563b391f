import type { Entry, Node } from '../core/node.ts'
import type { Step } from '../core/plan.ts'
import { bringing, checkRest, fileSteps, roleUsing, withoutVars } from './bringing.ts'
import type { StepAt } from './compiling.ts'
import { compileInclude } from './include_step.ts'
import { isTemplated, type Report, valueAt, yes } from './keywords.ts'
import { compileRole } from './role.ts'
import { inherit, layerOf } from './settings.ts'
import { refuseLoop } from './task_loop.ts'

type Compile = (at: StepAt, entry: Entry) => readonly Step[]

/** The steps that bring in others, by their keys. */
export const IMPORTS: { readonly [key: string]: Compile } = {
  import_tasks: importTasks,
  import_role: importRole,
  include_tasks: (at, entry) => compileInclude(at, { entry, of: 'tasks' }),
  include_role: (at, entry) => compileInclude(at, { entry, of: 'role' }),
  include: (at, { keyOrigin }) =>
    refuse(at, {
      code: 'unsupported-keyword',
      message: '`include` is not supported',
      origin: keyOrigin,
      help: 'write `import_tasks` if the file is always the same, else `include_tasks`',
    }),
  import_playbook: (at, { keyOrigin }) =>
    refuse(at, {
      code: 'unsupported-keyword',
      message: '`import_playbook` cannot stand among tasks',
      origin: keyOrigin,
      help: 'put it beside the plays, at the top level of the playbook',
    }),
}

function refuse({ compiling }: StepAt, problem: Parameters<Report>[0]): readonly Step[] {
  compiling.report(problem)
  return []
}

function importTasks(at: StepAt, entry: Entry): readonly Step[] {
  const { compiling, map } = at
  checkRest(at, entry)
  refuseLoop(map, '`import_tasks`', compiling.report)
  const file = valueAt(bringing(entry, { of: 'tasks', report: compiling.report }), 'file')
  if (!file || !isFixed(file, '`import_tasks`', compiling.report)) return []
  return fileSteps(file, { ...at, inherited: inherit(at.inherited, map, 'task vars') })
}

/** A name that has to be known before the run. */
function isFixed(node: Node, what: string, report: Report): boolean {
  if (!isTemplated(node)) return true
  report({
    code: 'not-fixed',
    message: `the name after ${what} cannot be a template`,
    origin: node.origin,
    help: `write ${what.replace('import', 'include')}, which decides during the run`,
  })
  return false
}

function importRole(at: StepAt, entry: Entry): readonly Step[] {
  const { compiling, map } = at
  checkRest(at, entry)
  refuseLoop(map, '`import_role`', compiling.report)
  const params = bringing(entry, { of: 'role', report: compiling.report })
  const name = valueAt(params, 'name')
  if (!name || !isFixed(name, '`import_role`', compiling.report)) return []
  return compileRole(
    roleUsing(params, {
      ...at,
      inherited: inherit(at.inherited, withoutVars(map), 'task vars'),
      given: layerOf(map, 'task vars'),
      isPublic: yes(params, 'public') ?? true,
    }),
  )
}
