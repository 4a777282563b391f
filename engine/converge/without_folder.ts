import { overlaps } from '../core/module.ts'
import type { Result } from '../core/result.ts'
import type { Host } from '../session/host.ts'
import type { Job } from './job.ts'
import { failed } from './results.ts'

/** What a change comes to that lacks a folder, in check mode as in earnest; nothing if it lacks none, or a predicted change may make it. */
export function withoutFolder({ predicted }: Host, { check }: Job, folder: string | undefined): Result | undefined {
  if (folder === undefined) return undefined
  const ways = [`path:${folder}`, `folder:${folder}`]
  const mayCome = [...predicted].some(([touched, what]) => what === 'all' && ways.some((way) => overlaps(way, touched)))
  if (check && mayCome) return undefined
  return failed(`there is no folder \`${folder}\``, {}, 'make it in an earlier task: `file` with `state: directory`')
}
