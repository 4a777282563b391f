import type { Json, Value } from '../core/json.ts'
import type { Loop } from '../core/plan.ts'
import type { Result } from '../core/result.ts'

/** One result for a loop, in Ansible's shape: changed and failed if any item was, skipped if all were. */
export function combine(loop: Loop, items: readonly Value[], results: readonly Result[]): Result {
  const registered = results.map((result, i) => ({
    ...result.registered,
    [loop.variable]: shown(items[i]),
    ansible_loop_var: loop.variable,
    ...(loop.indexVariable !== undefined && { [loop.indexVariable]: i, ansible_index_var: loop.indexVariable }),
  }))
  const status = worst(results)
  const changes = results.flatMap((result) => result.changes)
  const bad = results.find((result) => result.status === status)
  const note = bad?.message === undefined || status === 'ok' || status === 'changed' ? {} : { message: bad.message }
  return {
    status,
    changes,
    ...note,
    ...(bad?.help !== undefined && { help: bad.help }),
    ...(bad?.wouldRun && { wouldRun: true }),
    ...(results.some(({ pending }) => pending) && { pending: true }),
    registered: {
      results: registered,
      changed: results.some((result) => result.registered['changed'] === true),
      failed: status === 'failed',
      ...(status === 'unreachable' && { unreachable: true }),
      ...(status === 'skipped' && { skipped: true }),
      ...(results.length === 0 && { skipped_reason: 'No items in the list' }),
      msg: MESSAGES[status],
    },
  }
}

const MESSAGES: { readonly [status in Result['status']]: string } = {
  ok: 'All items completed',
  changed: 'All items completed',
  skipped: 'All items skipped',
  failed: 'One or more items failed',
  unreachable: 'One or more items failed',
  unknown: 'Not known of all items',
}

function worst(results: readonly Result[]): Result['status'] {
  if (results.every(({ status }) => status === 'skipped')) return 'skipped'
  for (const status of ['unreachable', 'failed', 'changed', 'unknown'] as const)
    if (results.some((result) => result.status === status)) return status
  return 'ok'
}

/** An item as a result shows it: a secret by its name. */
function shown(item: Value | undefined): Json {
  return JSON.parse(JSON.stringify(item ?? null)) as Json
}
