import { attempt, type Diagnostic } from '../core/diagnostic.ts'
import type { MapNode, Node } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import type { Inherited, Layer, RoleCall, Step, Task } from '../core/plan.ts'

/** What compiling needs besides the documents. */
export interface CompileOptions {
  /** Folder of the project, where `roles/` is. */
  readonly root: string
  /** The roles that come with the package. */
  readonly packageRoles?: string
  /** Reads a document; given so that sealed files can be opened on the way. */
  readonly read: (path: string, from?: Origin) => Node
}

/** What is collected while one play is compiled. */
export interface PlayParts {
  readonly handlers: Task[]
  /** Defaults and vars of its roles, which all of its tasks see. */
  readonly vars: Layer[]
  readonly roleCalls: RoleCall[]
  readonly roles: Map<string, RoleUse[]>
  /** Names that handlers of included roles answer to. */
  readonly laterHandlers: Set<string>
  /** Steps that includes are going to bring in, as far as that is known. */
  readonly laterSteps: Step[]
  /** A role is included whose name is a template, so that its handlers cannot be known. */
  anyHandler: boolean
}

/** An earlier use of a role in the same play. */
export interface RoleUse {
  readonly signature: string
  readonly when: readonly Node[]
  readonly tags: readonly string[]
}

export interface Compiling {
  readonly options: CompileOptions
  readonly report: (problem: Diagnostic) => void
  readonly parts: PlayParts
  /** Where roles are looked up, the project's own first. */
  readonly roleFolders: readonly string[]
  /** The files and roles that led here, for finding circles. */
  readonly trail: readonly string[]
  /** Compiles a list of steps; handed down because steps hold roles, and roles steps. */
  readonly steps: CompileSteps
}

export type CompileSteps = (list: Node | undefined, at: At) => readonly Step[]

/** Where a list of steps stands. */
export interface At {
  readonly position: readonly number[]
  readonly inherited: Inherited
  readonly compiling: Compiling
  readonly handlers?: boolean
}

/** One map of a list of steps. */
export interface StepAt extends At {
  readonly map: MapNode
}

/** Nothing collected yet. */
export function emptyParts(): PlayParts {
  return { handlers: [], vars: [], roleCalls: [], roles: new Map(), laterHandlers: new Set(), laterSteps: [], anyHandler: false }
}

/** The part's value, or the fallback with its problems reported. */
export function trying<T>(compiling: Pick<Compiling, 'report'>, part: () => T, fallback: T): T {
  const problems: Diagnostic[] = []
  const value = attempt(problems, part)
  for (const problem of problems) compiling.report(problem)
  return value === undefined ? fallback : value
}
