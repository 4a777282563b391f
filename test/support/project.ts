import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { showOrigin } from '../../engine/core/origin.ts'
import type { Plan, Play, Step, Task } from '../../engine/core/plan.ts'
import { compile } from '../../engine/playbook/compile.ts'
import { takeSealed } from '../../engine/source/sealed.ts'

/** Files of a project by their paths in it. */
export type Files = { readonly [path: string]: string }

/** A project on disk while the body runs. */
export function withProject<T>(files: Files, body: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), 'holdfast-project-'))
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    return body(root)
  } finally {
    rmSync(root, { recursive: true, force: true })
    // What was sealed in it is nobody's any more; whoever opens next would be asked to open it too.
    takeSealed()
  }
}

/** The plan of `site.yml` in a project of these files. */
export function planOf(files: Files): Plan {
  return withProject(files, (root) => compile([join(root, 'site.yml')], { root }))
}

/** The first play of that plan. */
export function playOf(files: Files): Play {
  const [play] = planOf(files).plays
  if (!play) throw new Error('there is no play')
  return play
}

/** Every problem as `path:line:column message (help)`, paths counted from the project. */
export function complaintsOf(files: Files): readonly string[] {
  return withProject(files, (root) => {
    const short = (text: string): string => text.replaceAll(`${root}/`, '')
    try {
      compile([join(root, 'site.yml')], { root })
      return ['nothing was rejected']
    } catch (error) {
      if (!(error instanceof Rejected)) throw error
      return error.diagnostics.map(({ origin, message, help }) =>
        short(`${origin ? showOrigin(origin) : 'nowhere'} ${message}${help === undefined ? '' : ` (${help})`}`),
      )
    }
  })
}

/** The tasks of steps, those in blocks too. */
export function tasksIn(steps: readonly Step[]): readonly Task[] {
  return steps.flatMap((step) => {
    if (step.kind === 'block') return tasksIn([...step.tasks, ...step.rescue, ...step.always])
    return step.kind === 'task' ? [step] : []
  })
}
