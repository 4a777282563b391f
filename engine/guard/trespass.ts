import { posix } from 'node:path'
import type { ComingChange } from '../converge/permit.ts'
import { Refusal } from '../core/module.ts'
import { broughtNames, touchedPaths } from './brought.ts'

/** Why a change must be left to the modules that ask where a key may sign; undefined if it neither brings a key nor starts what reads one. */
export function trespass(change: ComingChange): Refusal | undefined {
  const { module } = change
  if (module.kind !== 'state' || module.signs) return undefined
  const unit = startedSigner(change)
  if (unit !== undefined) {
    return new Refusal(`\`${module.name}\` would start \`${unit}\` without asking where its key may sign`, 'use `signer_service`', TOLD)
  }
  const path = broughtKey(change)
  if (path === undefined) return undefined
  return new Refusal(`\`${module.name}\` would bring the key \`${path}\` without asking where it may sign`, 'use `signer_key`', TOLD)
}

const TOLD = { code: 'second-signer' } as const

function startedSigner({ module, params, action }: ComingChange): string | undefined {
  if (!UNITS.has(module.name)) return undefined
  const starts = action !== undefined || params['state'] === 'started' || params['enabled'] === true
  const name = String(params['name'])
  return starts && /^(horcrux|tmkms)(@.*)?(\.service)?$/.test(name) ? name : undefined
}

/** Those that start a unit, now or at the next boot. */
const UNITS: ReadonlySet<string> = new Set(['systemd_service', 'systemd_unit'])

/** Who takes a file away, or sets its mode, brings nothing. */
function broughtKey({ module, params }: ComingChange): string | undefined {
  if (params['state'] === 'absent' || (module.name === 'file' && params['src'] === undefined)) return undefined
  const paths = touchedPaths(module as never, params)
  return [...paths, ...broughtNames(params)].find((path) => KEY_FILE.test(posix.basename(path)))
}

/** The names by which Horcrux and CometBFT know their keys. */
const KEY_FILE = /^(.+_shard|priv_validator_key)\.json$/
