import { attempt, type Diagnostic, reject } from '../core/diagnostic.ts'
import type { Value } from '../core/json.ts'
import { nodeId } from '../core/node_key.ts'
import type { Origin } from '../core/origin.ts'
import { Secret } from '../core/secret.ts'
import { isIP } from 'node:net'
import { Closed } from '../secrets/closed.ts'
import { TIERS } from '../inventory/tiers.ts'
import { isAddress } from './address.ts'
import type { FleetHost, Generation, Member, Placed, Tier, TunnelEnd } from './model.ts'

/** The host as a member of the fleet it names, or undefined if it names none. What is wrong with its values is added to the problems. */
export function readMember(host: FleetHost, problems: Diagnostic[]): Member | undefined {
  const unread: string[] = []
  const tried = <T>(variable: string, read: () => T | undefined) => {
    const before = problems.length
    const value = attempt(problems, read)
    if (problems.length > before) unread.push(variable)
    return value
  }
  const take: Take = (variable, form) => tried(variable, () => taken(host, variable, form))
  const chain = take('chain', CHAIN)
  if (!chain) return undefined
  const tier = TIERS.find((name) => host.groups.includes(name))
  const parts = {
    region: take('region', TEXT)?.value,
    privateAddress: take('private_address', ADDRESS),
    publicAddress: take('public_address', ADDRESS),
    tunnel: readTunnel(take),
    ...(isNode(tier) && {
      nodeId: tried('node_id', () => nodeIdOf(host)),
      pex: take('pex', YES_OR_NO),
      externalAddress: take('external_address', TEXT),
    }),
    ...(tier === 'cosigner' && {
      shardId: take('shard_id', WHOLE),
      threshold: take('signing_threshold', WHOLE),
      generation: take('horcrux_generation', GENERATION),
    }),
  }
  const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined))
  return { name: host.name, origin: host.origin, tier, chain, ...(unread.length > 0 && { unread }), ...(given as Partial<Member>) }
}

/** Whether hosts of a kind run a node of the chain. */
export function isNode(tier: Tier | undefined): boolean {
  return tier === 'public' || tier === 'sentry'
}

/** Takes a variable of a host, if it is there and looks as it must. */
type Take = <T>(variable: string, form: Form<T>) => Placed<T> | undefined

function readTunnel(take: Take): TunnelEnd | undefined {
  const address = take('tunnel_address', NUMBERS)
  if (!address) return undefined
  const publicKey = take('tunnel_public_key', TUNNEL_KEY)
  const extraPeers = take('tunnel_peers', NAMES)
  return {
    address,
    port: take('tunnel_port', PORT)?.value ?? TUNNEL_PORT,
    isBehindNat: take('tunnel_behind_nat', YES_OR_NO)?.value ?? false,
    ...(publicKey && { publicKey }),
    ...(extraPeers && { extraPeers }),
  }
}

/** The port that WireGuard's own examples use. */
const TUNNEL_PORT = 51_820

/** How a value must look, and what to write if it does not. */
interface Form<T> {
  readonly read: (value: Value) => T | undefined
  readonly is: string
  readonly help: string
}

const CHAIN: Form<string> = {
  read: (value) => (typeof value === 'string' && /^[a-z0-9][a-z0-9_-]*$/i.test(value) ? value : undefined),
  is: 'the name of a chain profile',
  help: 'write the name of a file in `chains/` without `.json`',
}
const TEXT: Form<string> = {
  read: (value) => (typeof value === 'string' ? value : undefined),
  is: 'text',
  help: 'put it in quotes',
}
const ADDRESS: Form<string> = {
  read: (value) => (typeof value === 'string' && isAddress(value) ? value : undefined),
  is: 'an IP address or a host name',
  help: 'write the address alone, without port, scheme or network length',
}
const YES_OR_NO: Form<boolean> = {
  read: (value) => (typeof value === 'boolean' ? value : undefined),
  is: 'yes or no',
  help: 'write `true` or `false`',
}
const WHOLE: Form<number> = {
  read: (value) => (typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined),
  is: 'a whole number from 1',
  help: 'write digits without quotes',
}
const NUMBERS: Form<string> = {
  read: (value) => (typeof value === 'string' && isIP(value) !== 0 ? value : undefined),
  is: 'an IP address',
  help: 'write the address as a number, without port: a name could not be asked for before the tunnels are up',
}
const PORT: Form<number> = {
  read: (value) => (typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? value : undefined),
  is: 'a port',
  help: 'write a whole number from 1 to 65535 without quotes',
}
const TUNNEL_KEY: Form<string> = {
  read: (value) => (typeof value === 'string' && isTunnelKey(value) ? value : undefined),
  is: 'a public key of WireGuard',
  help: 'write the 44 characters that `wg show INTERFACE public-key` prints on the host',
}
const NAMES: Form<readonly string[]> = {
  read: (value) => (Array.isArray(value) && value.every((name) => typeof name === 'string') ? (value as readonly string[]) : undefined),
  is: 'a list of names',
  help: 'write hosts and groups as a list: `[backup-1, sentry]`',
}
const GENERATION: Form<Generation> = {
  read: (value) => (isGeneration(value) ? value : undefined),
  is: 'what `holdfast keys` writes',
  help: 'leave `signer.yml` as it was written; bring it back with `holdfast keys restore`',
}
const NODE_ID = /^[0-9a-f]{40}$/
const ID: Form<string> = {
  read: (value) => (typeof value === 'string' && NODE_ID.test(value) ? value : undefined),
  is: 'a node id',
  help: 'write the 40 lower-case hexadecimal digits that `cometbft show-node-id` prints, in quotes; or give `node_key`',
}

/** Whether a value says when shards were made and for what. */
export function isGeneration(value: unknown): value is Generation {
  if (typeof value !== 'object' || value === null) return false
  const { id, chain_id, shard_id, shards, threshold } = value as { readonly [key: string]: unknown }
  return [id, chain_id].every((text) => typeof text === 'string') && [shard_id, shards, threshold].every(Number.isInteger)
}

function taken<T>(host: FleetHost, variable: string, form: Form<T>): Placed<T> | undefined {
  const found = host.read(variable)
  if (found === undefined || found.value === null || found.value === '') return undefined
  const value = form.read(found.value instanceof Secret ? found.value.reveal() : found.value)
  if (value !== undefined) return { value, origin: found.origin }
  return reject({ code: 'fleet-value', message: `\`${variable}\` is not ${form.is}`, origin: found.origin, help: form.help })
}

/** 32 bytes in base64, and not all of them zero, which is no point of the curve that anyone has the other half of. */
function isTunnelKey(text: string): boolean {
  const bytes = Buffer.from(text, 'base64')
  return bytes.length === TUNNEL_KEY_BYTES && bytes.toString('base64') === text && bytes.some((byte) => byte !== 0)
}

const TUNNEL_KEY_BYTES = 32

function nodeIdOf(host: FleetHost): Placed<string> | undefined {
  const given = taken(host, 'node_id', ID)
  const key = keyOf(host, { needed: given === undefined })
  if (key === undefined || key.value === null) return given
  const derived = derivedId(key)
  if (given && given.value !== derived.value) refuseMismatch(given, { derived: derived.value, key: key.origin })
  return given ?? derived
}

/** The key of a node; one that is sealed to others is not needed where the id is known. */
function keyOf(host: FleetHost, { needed }: { readonly needed: boolean }): Placed | undefined {
  try {
    return host.read('node_key')
  } catch (error) {
    if (error instanceof Closed && !needed) return undefined
    throw error
  }
}

function derivedId({ value, origin }: Placed): Placed<string> {
  const id = nodeId(textOf(value))
  if (id !== undefined) return { value: id, origin }
  const message = '`node_key` is no `node_key.json` of CometBFT whose two halves belong together'
  const help = 'give the content of the file that `cometbft gen-node-key` writes, sealed with `holdfast secrets seal`'
  return reject({ code: 'fleet-node-id', message, origin, help })
}

/** The text of a key that is given as text, as a secret, or as the map that its JSON is. */
function textOf(value: Value): string {
  if (value instanceof Secret) return value.reveal()
  return typeof value === 'string' ? value : JSON.stringify(value, (_, part) => (part instanceof Secret ? part.reveal() : part))
}

function refuseMismatch(given: Placed<string>, { derived, key }: { readonly derived: string; readonly key: Origin }): never {
  return reject({
    code: 'fleet-node-id',
    message: '`node_id` is not the id of `node_key`',
    origin: given.origin,
    detail: `the key has the id ${derived}`,
    help: 'remove `node_id`; it follows from the key',
    related: [{ message: 'the key', origin: key }],
  })
}
