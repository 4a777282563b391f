import { type Diagnostic, Rejected } from '../core/diagnostic.ts'
import type { ScalarNode } from '../core/node.ts'
import type { Include, Plan, Play, Step, Task } from '../core/plan.ts'
import type { Secret } from '../core/secret.ts'
import type { Expander } from './include.ts'
import { Pending } from './pending.ts'
import { checkRoleCall } from './role_call.ts'
import { createScope, type Scope } from './scope.ts'
import type { Coming, ScopeLayer, Values } from './scope_layer.ts'
import { namesGiven } from './names_given.ts'
import { checkTask } from './task_check.ts'
import { force, member } from './term.ts'

/** What is known of the hosts before any of them is contacted. */
export interface PreflightOptions {
  readonly hostsOf: (play: Play) => readonly string[]
  /** What documents and the command line say for a host; the layers of the play come on top. */
  readonly layersOf: (host: string, play: Play) => readonly ScopeLayer[]
  /** The magic names of a host; `scopeOf` gives the variables of the others. */
  readonly magicOf: (host: string, play: Play, scopeOf: (host: string) => Scope | undefined) => Values
  readonly open: (sealed: ScalarNode) => Secret
  /** Whether `--tags` and its like take a step. */
  readonly selects: (step: { readonly tags: readonly string[] }) => boolean
  readonly expander: Expander
  /** Checks what else a play says of itself, with the variables of its first host. */
  readonly checkPlay: (play: Play, scope: Scope) => void
  readonly files?: FilesMet
}

/** Who wants to know of the files that tasks will read. */
export interface FilesMet {
  /** A file or folder that goes to a host as it is. */
  readonly source: (path: string) => void
  /** Tasks will read files whose names are not known yet. */
  readonly later: () => void
}

/**
 * Renders every task for every host as far as that is possible before contact. Rejects with everything that is wrong: a name that
 * is not defined, a param of the wrong kind, a file that is not there. What hangs on facts or on results of earlier
 * tasks is left to the run.
 */
export function preflight(plan: Plan, options: PreflightOptions): void {
  const found = new Map<string, Found>()
  const given = new Map<string, Set<string>>()
  for (const play of plan.plays) {
    for (const host of options.hostsOf(play)) {
      const names = given.get(host) ?? new Set<string>()
      given.set(host, names)
      checkPlay({
        play,
        host,
        names,
        open: false,
        options,
        first: options.hostsOf(play)[0] === host,
        report: (problem) => note(found, problem, host),
      })
    }
  }
  if (found.size > 0) throw new Rejected([...found.values()].map(withHosts))
}

/** One host on its way through one play. */
interface Walk {
  readonly play: Play
  readonly host: string
  /** Names that tasks so far will have given a value. */
  readonly names: Set<string>
  /** A task so far may give any name a value. */
  open: boolean
  readonly first: boolean
  readonly options: PreflightOptions
  readonly report: (problem: Diagnostic) => void
}

interface Found {
  readonly problem: Diagnostic
  readonly hosts: string[]
}

function note(found: Map<string, Found>, problem: Diagnostic, host: string): void {
  const { origin, message } = problem
  const key = `${origin?.file}:${origin?.line}:${origin?.column} ${message}`
  const known = found.get(key)
  if (!known) found.set(key, { problem, hosts: [host] })
  else if (!known.hosts.includes(host)) known.hosts.push(host)
}

const MOST_HOSTS_NAMED = 3

function withHosts({ problem, hosts }: Found): Diagnostic {
  const more = hosts.length - MOST_HOSTS_NAMED
  const named = hosts.slice(0, MOST_HOSTS_NAMED).join(', ')
  return { ...problem, detail: `for ${named}${more > 0 ? ` and ${more} more` : ''}` }
}

function checkPlay(walk: Walk): void {
  const { play } = walk
  const base = scopeFor(walk)
  if (walk.first) attempt(walk, () => walk.options.checkPlay(play, base))
  for (const call of play.roleCalls) if (walk.options.selects(call)) attempt(walk, () => checkRoleCall(call, base))
  for (const section of play.sections) checkSteps(section, { walk, base, excused: false })
  for (const handler of play.handlers) checkStep(handler, { walk, base, excused: false })
}

interface Checking {
  readonly walk: Walk
  readonly base: Scope
  /** A failure here is provided for, by `rescue` or `ignore_errors`. */
  readonly excused: boolean
}

function checkSteps(steps: readonly Step[], checking: Checking): void {
  for (const step of steps) checkStep(step, checking)
}

function checkStep(step: Step, checking: Checking): void {
  const { walk } = checking
  if (step.kind === 'block') {
    checkSteps(step.tasks, { ...checking, excused: checking.excused || step.rescue.length > 0 })
    checkSteps([...step.rescue, ...step.always], checking)
  } else if (walk.options.selects(step)) {
    // What runs once is checked once; the other hosts are taught what it learns all the same.
    const told = walk.first || !step.runOnce ? checking : { ...checking, walk: quietly(walk) }
    if (step.kind === 'include') checkInclude(step, told)
    else checkOne(step, told)
    walk.open ||= told.walk.open
  }
}

function quietly(walk: Walk): Walk {
  return { ...walk, report: () => undefined }
}

function checkOne(task: Task, { walk, base, excused }: Checking): void {
  const scope = base.with(task.vars)
  const quiet = excused || task.ignoreErrors !== undefined
  const { folder } = walk.play
  const { files } = walk.options
  const isKnown = attempt(quiet ? quietly(walk) : walk, () => checkTask(task, { scope, folder, ...(files && { files }) }))
  const names = namesGiven(task, { scope, folder })
  if (names === undefined || (!isKnown && task.module.sources)) files?.later()
  if (names === undefined) walk.open = true
  else for (const name of names) walk.names.add(name)
}

/** What an include brings in for this host is checked too; if that is not known yet, it may bring in anything. */
function checkInclude(include: Include, checking: Checking): void {
  const { walk, base } = checking
  try {
    const expansion = walk.options.expander.expand(include, base.with(include.vars), walk.play.handlers)
    if ('condition' in expansion) return
    for (const call of expansion.roleCalls) attempt(walk, () => checkRoleCall(call, base))
    checkSteps(expansion.steps, checking)
  } catch (error) {
    if (!(error instanceof Pending)) attempt(walk, () => rethrow(error))
    else {
      walk.open = true
      walk.options.files?.later()
    }
  }
}

function rethrow(error: unknown): never {
  throw error
}

/** Problems are reported, what is not known yet is left alone. Whether everything was known. */
function attempt({ report }: Pick<Walk, 'report'>, check: () => void): boolean {
  try {
    check()
  } catch (error) {
    if (error instanceof Pending) return false
    if (!(error instanceof Rejected)) throw error
    for (const problem of error.diagnostics) report(problem)
  }
  return true
}

function scopeFor(walk: Walk): Scope {
  const { play, host, options } = walk
  const coming: Coming = { rank: 'set_fact and register', isComing: (name) => walk.open || walk.names.has(name) || LATER.has(name) }
  const others = new Map<string, Scope>()
  const scopeOf = (other: string): Scope | undefined => {
    const known = others.get(other) ?? otherScope(other, { play, options, scopeOf })
    if (known) others.set(other, known)
    return known
  }
  return createScope([...options.layersOf(host, play), ...play.vars, FACTS, coming, options.magicOf(host, play, scopeOf)], {
    host,
    open: options.open,
  })
}

interface Other {
  readonly play: Play
  readonly options: PreflightOptions
  readonly scopeOf: (host: string) => Scope | undefined
}

/** The variables of another host: what it may have learned by then cannot be known. */
function otherScope(host: string, { play, options, scopeOf }: Other): Scope | undefined {
  const magic = options.magicOf(host, play, scopeOf)
  const all = force(member(magic.given['groups'] ?? null, 'all') ?? null)
  if (!Array.isArray(all) || !all.includes(host)) return undefined
  const defined = createScope([...options.layersOf(host, play), magic], { host, open: options.open })
  const coming: Coming = { rank: 'role defaults', isComing: () => true }
  return defined.with([FACTS, coming])
}

const FACTS: Coming = { rank: 'facts', isComing: (name) => name === 'facts' || name === 'ansible_facts' }
/** What the runner gives a host when something has failed. */
const LATER = new Set(['ansible_failed_task', 'ansible_failed_result'])
