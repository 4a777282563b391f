import { setTimeout as sleep } from 'node:timers/promises'
import type { Value } from '../core/json.ts'
import type { Result } from '../core/result.ts'
import { readBootId, rebootHost as startReboot, testHost } from '../modules/reboot.ts'
import { TransportError } from '../transport/host.ts'
import type { As, Host } from './host.ts'
import { changed, failed } from './results.ts'

interface Rebooting {
  readonly host: Host
  readonly as: As
  readonly check: boolean
  readonly params: { readonly [name: string]: Value }
}

/** Reboots a host and waits until it works again; seen by its boot id, so a host that merely reconnects has not rebooted. */
export async function rebootHost({ host, as, check, params }: Rebooting): Promise<Result> {
  if (check) return changed([{ what: 'host', to: 'rebooted' }])
  const started = Date.now()
  const before = await bootId(host, as)
  await host.exchange(as, [{ script: startReboot(params as { pre_reboot_delay?: number; msg: string }) }], host.patience.lookMs)
  await host.drop()
  await sleep(Number(params['pre_reboot_delay'] ?? 0) * 1000)
  const deadline = started + Number(params['reboot_timeout']) * 1000
  const last = await untilBack({ host, as, before, deadline })
  const elapsed = Math.round((Date.now() - started) / 1000)
  if (last !== undefined)
    return failed(`it did not come back within ${params['reboot_timeout']} s: ${last}`, { rebooted: false, elapsed }, 'look at its console')
  await sleep(Number(params['post_reboot_delay'] ?? 0) * 1000)
  const [test] = await host.exchange(as, [{ script: testHost(params as { test_command: string }) }], host.patience.lookMs)
  if (test?.rc !== 0)
    return failed(`it is back, but \`${String(params['test_command'])}\` failed with status ${test?.rc}`, { rebooted: true, elapsed })
  return changed([{ what: 'host', to: 'rebooted' }], { rebooted: true, elapsed })
}

const BETWEEN_TRIES_MS = 1000

/** Why it is not back, or undefined once it is. */
async function untilBack({
  host,
  as,
  before,
  deadline,
}: {
  host: Host
  as: As
  before: string
  deadline: number
}): Promise<string | undefined> {
  let last = 'it never went down'
  while (Date.now() < deadline) {
    await sleep(BETWEEN_TRIES_MS)
    try {
      if ((await bootId(host, as)) !== before) return undefined
      last = 'it answers, but has not rebooted'
    } catch (error) {
      if (!(error instanceof TransportError)) throw error
      last = error.message
    }
    await host.drop()
  }
  return last
}

async function bootId(host: Host, as: As): Promise<string> {
  const [answer] = await host.exchange(as, [{ script: readBootId() }], host.patience.lookMs)
  return answer?.stdout.trim() ?? ''
}
