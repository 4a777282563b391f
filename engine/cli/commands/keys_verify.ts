import { relative } from 'node:path'
import { type Diagnostic, Rejected } from '../../core/diagnostic.ts'
import { type Custody, custodiesOf, loadNamedKeys } from '../../ceremony/custodian.ts'
import { isSealedTo, reseal } from '../../ceremony/reseal.ts'
import { filledShelf, type Held, otherKeys } from '../../ceremony/shelf.ts'
import { verifyShelf } from '../../ceremony/verify.ts'
import { writeTogether } from '../../ceremony/write_together.ts'
import { limitPatterns } from '../../inventory/limit.ts'
import { loadInventory } from '../../inventory/load.ts'
import { selectHosts } from '../../inventory/select.ts'
import { diagnosticsBlock } from '../../report/diagnostic.ts'
import { verbLine } from '../../report/verb.ts'
import { closedFleet, cosignersIn } from '../ceremony_fleet.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { resealCommand, verifyCommand } from '../declarations/keys.ts'
import { type ExitCode, exit } from '../exit.ts'
import { openKeyring } from '../keyring.ts'
import { inventoryNames, showWarnings } from '../open_inventory.ts'
import { findProject } from '../project.ts'
import { readSourceLine } from '../source_line.ts'

/** Checks the shards of a fleet, those that can be opened also within. */
export async function verify({ flags }: Request<typeof verifyCommand>, context: Context): Promise<ExitCode> {
  const { screen } = context
  const place = await closedFleet(flags, context)
  const cosigners = cosignersIn(place)
  const held = filledShelf(cosigners, place.folder)
  const problems = [...place.mixed, ...otherKeys(held)]
  const custodies = custodiesOf(cosigners, { ...place, keys: await loadNamedKeys(place.root) })
  const seen = await verifyShelf(held, openKeyring(context, { root: place.root, keyFile: flags.key }))
  for (const { host, state, words } of seen) screen.note(...verbLine(VERB_OF[state], `${host} · ${words}`))
  showWarnings(await staleOnes(held, custodies), screen)
  if (problems.length > 0) screen.notes(diagnosticsBlock(problems, { level: 'error', readLine: readSourceLine }))
  return problems.length > 0 || seen.some(({ state }) => state === 'wrong') ? exit.failed : exit.clean
}

/** Seals shards to those whom their hosts name now. */
export async function resealShards({ flags }: Request<typeof resealCommand>, context: Context): Promise<ExitCode> {
  const { screen, cwd } = context
  const place = await closedFleet(flags, context)
  const cosigners = cosignersIn(place)
  const custodies = custodiesOf(cosigners, { ...place, keys: await loadNamedKeys(place.root) })
  const chosen = await chosenHosts(flags, context)
  const held = filledShelf(cosigners, place.folder).filter(({ member }) => chosen?.has(member.name) ?? true)
  const keyring = openKeyring(context, { root: place.root, keyFile: flags.key })
  const writings = await reseal(held, { custodies, folder: place.folder, keyring })
  if (writings.length > 0) await writeTogether(place.folder, writings)
  for (const { host, file } of writings) {
    const people = custodies.find(({ member }) => member.name === host)?.recipients.map(({ userId }) => userId) ?? []
    screen.note(...verbLine('Sealed', `${relative(cwd, place.folder) || '.'}/${file} · ${people.join(', ')}`))
  }
  screen.note(...verbLine('Ok', `${writings.length} sealed anew, ${held.length - writings.length} already as they should be`))
  return exit.clean
}

const VERB_OF = { right: 'Ok', closed: 'Skipped', wrong: 'Failed' } as const

async function staleOnes(held: readonly Held[], custodies: readonly Custody[]): Promise<readonly Diagnostic[]> {
  const stale: Diagnostic[] = []
  for (const { member, file } of held) {
    const recipients = custodies.find((custody) => custody.member.name === member.name)?.recipients ?? []
    if ((await isSealedTo(file.shard, recipients)) && (await isSealedTo(file.ecies, recipients))) continue
    const message = `the shard of \`${member.name}\` is sealed to others than its \`signer_recipients\``
    stale.push({ code: 'keys-stale', message, origin: file.shard.origin, help: `run \`holdfast keys reseal -l ${member.name}\`` })
  }
  return stale
}

async function chosenHosts(
  { limit, inventory }: Request<typeof resealCommand>['flags'],
  context: Context,
): Promise<ReadonlySet<string> | undefined> {
  if (limit === undefined) return undefined
  const hosts = await loadInventory(inventoryNames(inventory, context, findProject(context.cwd)))
  const selection = selectHosts(hosts, limitPatterns([limit]))
  if (selection.problems.length > 0) throw new Rejected(selection.problems)
  return new Set(selection.hosts.map(({ name }) => name))
}
