import { join } from 'node:path'
import { type Diagnostic, Rejected, reject } from '../core/diagnostic.ts'
import type { Json } from '../core/json.ts'
import { at, type Node, plain } from '../core/node.ts'
import type { Origin } from '../core/origin.ts'
import { lookAt, readDocument, readFolder } from '../source/read.ts'
import { didYouMean } from '../source/suggest.ts'
import { validateNode } from '../source/validate.ts'
import { CHAIN_SCHEMA } from './profile_schema.ts'

/** A chain as data: the document as it was read, and the ports its programs use. */
export interface ChainProfile {
  readonly file: string
  readonly data: { readonly [key: string]: Json }
  readonly ports: Ports
}

export interface Ports {
  readonly p2p: number
  readonly rpc: number
  readonly prometheus: number
  readonly api: number
  readonly grpc: number
  /** Where a sentry listens for its signers. */
  readonly privval: number
  /** Where the cosigners agree among themselves. */
  readonly cosigner: number
  readonly cosigner_metrics: number
}

/** The ports that CometBFT, the Cosmos SDK and Horcrux use unless told otherwise. */
const USUAL_PORTS: Ports = {
  p2p: 26656,
  rpc: 26657,
  prometheus: 26660,
  api: 1317,
  grpc: 9090,
  privval: 1234,
  cosigner: 2222,
  cosigner_metrics: 6001,
}

/** Finds chain profiles by name in these folders, the first that has one wins; each is read once. */
export function profileFinder(folders: readonly string[]): (name: string, from: Origin) => ChainProfile {
  const known = new Map<string, ChainProfile>()
  return (name, from) => {
    const profile = known.get(name) ?? readProfile(fileOf(name, { folders, from }))
    known.set(name, profile)
    return profile
  }
}

/** The profile in a file. Rejects with every way in which it breaks its schema. */
export function readProfile(file: string): ChainProfile {
  const node = readDocument(file)
  const problems = [...validateNode(node, CHAIN_SCHEMA, { what: `the chain profile \`${file}\`` }), ...unlike(node), ...namedTwice(node)]
  if (problems.length > 0) throw new Rejected(problems)
  const data = plain(node) as ChainProfile['data']
  const ports = at(at(node, 'holdfast'), 'ports')
  return { file, data, ports: { ...USUAL_PORTS, ...(ports && (plain(ports) as Partial<Ports>)) } }
}

/** Two ports that are one. */
function unlike(node: Node): readonly Diagnostic[] {
  const ports = at(at(node, 'holdfast'), 'ports')
  if (ports?.kind !== 'map') return []
  const all = { ...USUAL_PORTS, ...(plain(ports) as Partial<Ports>) }
  return ports.entries.flatMap(({ key, value }) => {
    const other = Object.entries(all).find(([name, port]) => name !== key && port === all[key as keyof Ports])
    if (!other) return []
    const message = `the ports \`${key}\` and \`${other[0]}\` are both ${other[1]}`
    return [{ code: 'fleet-duplicate', message, origin: value.origin, help: 'give each a port of its own' }]
  })
}

/** Two releases that one name would choose. */
function namedTwice(node: Node): readonly Diagnostic[] {
  const releases = at(at(node, 'holdfast'), 'releases')
  if (releases?.kind !== 'list') return []
  return ['name', 'upgrade_name'].flatMap((key) => {
    const names = releases.items.flatMap((release) => at(release, key) ?? [])
    return names.flatMap((name, i) => {
      const first = names.slice(0, i).find((earlier) => plain(earlier) === plain(name))
      if (!first) return []
      const message = `two releases have the ${key === 'name' ? 'name' : 'upgrade'} \`${String(plain(name))}\``
      const related = [{ message: 'the first', origin: first.origin }]
      return [{ code: 'fleet-duplicate', message, origin: name.origin, help: 'give each its own', related }]
    })
  })
}

function fileOf(name: string, { folders, from }: { readonly folders: readonly string[]; readonly from: Origin }): string {
  const file = folders.map((folder) => join(folder, `${name}.json`)).find((path) => lookAt(path)?.isFile())
  if (file !== undefined) return file
  const known = [...new Set(folders.filter((folder) => lookAt(folder)?.isDirectory()).flatMap(profilesIn))]
  const advice = didYouMean(name, known, 'chains')
  const place = `describe it in \`${join(folders[0] ?? 'chains', `${name}.json`)}\``
  return reject({
    code: 'fleet-chain',
    message: `there is no chain profile \`${name}\``,
    origin: from,
    help: advice === undefined ? place : `${advice}; or ${place}`,
  })
}

function profilesIn(folder: string): readonly string[] {
  return readFolder(folder).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []))
}
