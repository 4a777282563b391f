import { isLost } from '../converge/outcome.ts'
import type { Permit } from '../converge/permit.ts'
import { changed, failed } from '../converge/results.ts'
import type { Value } from '../core/json.ts'
import type { Result } from '../core/result.ts'
import type { Script } from '../core/script.ts'
import { readBootId, reboot, rebootHost as startReboot, testHost } from '../modules/reboot.ts'
import type { As } from '../session/as.ts'
import type { Host } from '../session/host.ts'
import { TransportError } from '../transport/host.ts'
import { wait } from './wait.ts'

interface Rebooting {
  readonly host: Host
  readonly as: As
  readonly check: boolean
  readonly params: { readonly [name: string]: Value }
  readonly signal: AbortSignal
  readonly permit: Permit | undefined
}

/**
 * Reboots a host and waits until it works again; seen by its boot id, so a host that merely reconnects has not rebooted. A host that
 * does not answer at all holds nobody up beyond the time it is given.
 */
export async function rebootHost(rebooting: Rebooting): Promise<Result> {
  const { host, as, check, params, signal, permit } = rebooting
  if (check) return foretold(host)
  await permit?.enter({ module: reboot, params, disrupts: true })
  const started = Date.now()
  const [limit, most] = [Number(params['reboot_timeout']), params['connect_timeout']]
  const asking = { host, as, signal, deadline: started + limit * 1000, ...(most !== undefined && { mostMs: Number(most) * 1000 }) }
  const values = (rebooted: boolean) => ({ rebooted, elapsed: Math.round((Date.now() - started) / 1000) })
  const before = (await ask(asking, readBootId())).stdout
  if (before === '') return failed('it has no boot id, by which it could be told that it has rebooted', values(false))
  await begin(asking, params)
  const away = await untilBack(asking, { before, delay: params['pre_reboot_delay'] })
  if (signal.aborted) return failed('interrupted while it rebooted', values(away === undefined))
  if (away !== undefined) return failed(`it did not come back within ${limit} s: ${away}`, values(false), 'look at its console')
  const unwell = await untilWell(asking, { command: String(params['test_command']), delay: params['post_reboot_delay'] })
  return unwell === undefined ? changed(REBOOTED, values(true)) : failed(`it is back, but ${unwell}`, values(true))
}

/** What runs, what is mounted, which kernel it is: all of it may be another after it, so nothing read of it now tells what will be then. */
function foretold(host: Host): Result {
  host.predicted.set('*', 'all')
  return changed(REBOOTED)
}

const REBOOTED = [{ what: 'host', to: 'rebooted' }]

interface Asking extends Pick<Rebooting, 'host' | 'as' | 'signal'> {
  readonly deadline: number
  /** For one try, the way to the host included. */
  readonly mostMs?: number
}

/** A host that goes down before its answer gets through is on its way too. */
async function begin({ host, as }: Asking, params: Rebooting['params']): Promise<void> {
  const script = startReboot(params as { pre_reboot_delay?: number; msg: string })
  try {
    await host.exchange(as, [{ script }], host.patience.lookMs)
  } catch (error) {
    if (!isLost(error)) throw error
  }
  await host.drop()
}

async function untilBack(asking: Asking, { before, delay }: { readonly before: string; readonly delay: Value | undefined }) {
  await wait(Number(delay ?? 0) * 1000, asking.signal)
  return await until(asking, async () => {
    // A connection from before may have gone without a word.
    await asking.host.drop()
    const { stdout } = await ask(asking, readBootId())
    return stdout === before || stdout === '' ? 'it answers, but has not rebooted' : undefined
  })
}

async function untilWell(asking: Asking, { command, delay }: { readonly command: string; readonly delay: Value | undefined }) {
  await wait(Number(delay ?? 0) * 1000, asking.signal)
  return await until(asking, async () => {
    const { rc } = await ask(asking, testHost({ test_command: command }))
    return rc === 0 ? undefined : `\`${command}\` failed with status ${rc}`
  })
}

const BETWEEN_TRIES_MS = 1000

/** Tries until it gives no reason against it any more; the last reason if the time is over first. Tries once in any case. */
async function until(asking: Asking, attempt: () => Promise<string | undefined>): Promise<string | undefined> {
  for (;;) {
    const against = await withinTime(asking, attempt)
    if (against === undefined || Date.now() >= asking.deadline) return against
    if (!(await wait(BETWEEN_TRIES_MS, asking.signal))) return 'interrupted'
  }
}

/** One try. One that takes too long is left to itself, and its connection is closed whenever it comes about. */
async function withinTime(
  { host, deadline, mostMs, signal }: Asking,
  attempt: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const answered = new AbortController()
  const left = Math.max(deadline - Date.now(), LEAST_MS)
  const late = wait(Math.min(left, mostMs ?? left), AbortSignal.any([signal, answered.signal])).then(() => {
    throw new TransportError('timeout', 'it does not answer')
  })
  try {
    return await Promise.race([attempt(), late])
  } catch (error) {
    if (!(error instanceof TransportError)) throw error
    void host.drop()
    return error.message
  } finally {
    late.catch(() => undefined)
    answered.abort()
  }
}

const LEAST_MS = 1000

async function ask({ host, as }: Asking, script: Script): Promise<{ readonly rc: number; readonly stdout: string }> {
  const [answer] = await host.exchange(as, [{ script }], host.patience.lookMs)
  return { rc: answer?.rc ?? 1, stdout: answer?.stdout.trim() ?? '' }
}
