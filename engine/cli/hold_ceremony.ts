import { relative } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import { quote } from '../core/script.ts'
import { type ConsensusKey, hexAddress } from '../ceremony/consensus_key.ts'
import { custodiesOf, holdersOfAll, keepersOf, loadNamedKeys } from '../ceremony/custodian.ts'
import { type Ceremony, type Held, holdCeremony } from '../ceremony/hold.ts'
import { openHorcrux } from '../ceremony/horcrux.ts'
import { keepOffline } from '../ceremony/keep.ts'
import { openMemoryFolder } from '../ceremony/memory_folder.ts'
import { requireRoom } from '../ceremony/room.ts'
import { type SignState, signerFile } from '../ceremony/signer_file.ts'
import { requireNothingWritten } from '../ceremony/swap.ts'
import { writeTogether } from '../ceremony/write_together.ts'
import { confirm } from '../report/ask.ts'
import { verbLine } from '../report/verb.ts'
import type { Recipient } from '../secrets/recipient.ts'
import { type CeremonyFleet, cosignersIn } from './ceremony_fleet.ts'
import type { Context } from './context.ts'
import type { Request } from './declare.ts'
import type { createCommand } from './declarations/keys.ts'
import { type ExitCode, exit } from './exit.ts'
import { findHorcrux } from './find_horcrux.ts'
import { showWarnings } from './open_inventory.ts'

/** What a call brings to a ceremony. */
export interface Brought {
  readonly flags: Request<typeof createCommand>['flags']
  readonly place: CeremonyFleet
  /** Taken when everything else is in order, and not before. */
  readonly key: () => Promise<ConsensusKey>
  readonly state?: SignState
  /** In words, how far a key that exists has signed. */
  readonly signed?: string
}

/** Splits a key among the cosigners of a fleet and writes what is sealed, all of it or nothing. */
export async function ceremony(brought: Brought, context: Context): Promise<ExitCode> {
  requireYes(brought.flags, context)
  const signal = context.interruption()
  try {
    const ready = await makeReady(brought, context)
    if (signal.aborted) return exit.interrupted
    if (!brought.flags.yes && !(await confirm('Make the shards?', { ...context, signal })))
      return signal.aborted ? exit.interrupted : exit.declined
    return await inMemory(brought, { ready, context })
  } catch (error) {
    // What an interrupted program leaves unsaid is no fault of its own.
    if (signal.aborted) return exit.interrupted
    throw error
  }
}

async function inMemory(brought: Brought, { ready, context }: { readonly ready: Ready; readonly context: Context }): Promise<ExitCode> {
  const signal = context.interruption()
  const memory = openMemoryFolder()
  // A second Ctrl-C ends the process at once.
  process.on('exit', memory.wipe)
  try {
    const held = await holdCeremony({ ...ready, key: await brought.key(), folder: memory.path, signal })
    if (signal.aborted) return exit.interrupted
    await write(held, { ...ready, place: brought.place, context })
    return exit.clean
  } finally {
    memory.wipe()
  }
}

function requireYes({ yes }: Brought['flags'], { interactive }: Context): void {
  if (yes || interactive) return
  reject({ code: 'needs-yes', message: 'there is no terminal to ask whether to make the shards', help: 'add `--yes` to make them' })
}

/** Everything but the key, checked and shown. */
async function makeReady({ flags, place, state, signed }: Brought, context: Context): Promise<Ready> {
  requireNothingWritten({ swapAccepted: flags['accept-swap'] })
  const cosigners = cosignersIn(place)
  const keys = await loadNamedKeys(place.root)
  const keepers = keepersOf({ names: flags['keep-sealed-for'], none: flags['keep-none'] }, keys)
  const custodies = custodiesOf(cosigners, { ...place, keys })
  const threshold = cosigners[0]?.threshold?.value ?? 0
  const replaced = requireRoom(cosigners, { ...place, replaced: flags.replace })
  const hosts = place.hosts.filter(({ name }) => cosigners.some((member) => member.name === name))
  const horcrux = await openHorcrux(findHorcrux({ flag: flags.horcrux, cosigners: hosts }, context), context.interruption())
  showWarnings(holdersOfAll(custodies, threshold), context.screen)
  const ready = { horcrux, custodies, threshold, chainId: place.chainId, keepers, replaced, ...(state && { state }) }
  showPlan(ready, { place, replaced: flags.replace, signed }, context)
  return ready
}

interface Ready extends Omit<Ceremony, 'key' | 'folder' | 'signal'> {
  /** The text of each file that is there, by its host. */
  readonly replaced: ReadonlyMap<string, string>
}

interface Telling {
  readonly place: CeremonyFleet
  readonly replaced: string | undefined
  readonly signed: string | undefined
}

function showPlan(ready: Ready, { place, replaced, signed }: Telling, { screen }: Context): void {
  const { custodies, threshold, keepers, horcrux } = ready
  const widest = Math.max(...custodies.map(({ member }) => member.name.length))
  const kept =
    keepers.length > 0
      ? `sealed for ${keepers.map(shown).join(', ')}`
      : 'no copy is kept: if too few shards are left to sign, so is the validator'
  screen.notes([
    [],
    [`  ${place.fleet.name} · ${place.chainId} · ${threshold} of ${custodies.length} cosigners sign · Horcrux ${horcrux.version}`],
    ...custodies.map(({ member, recipients }, i) => [
      `  shard ${i + 1}  ${member.name.padEnd(widest)}  ${recipients.map(shown).join(', ')}`,
    ]),
    [`  the whole key  ${kept}`],
    ...(signed === undefined ? [] : [[`  signed so far  ${signed}`]]),
    ...(replaced === undefined ? [] : [['  The shards that are there are replaced. Stop every cosigner before the new ones are placed.']]),
    [],
  ])
}

function shown({ userId, fingerprint }: Recipient): string {
  return `${userId} ${fingerprint.slice(-16)}`
}

interface Keeping {
  readonly place: CeremonyFleet
  readonly context: Context
}

async function write(held: Held, { place, context, custodies, replaced }: Keeping & Pick<Ready, 'custodies' | 'replaced'>): Promise<void> {
  const { screen, cwd } = context
  // Before the shards: if it cannot be written, nothing was done.
  const kept = held.kept === undefined ? undefined : await keepOffline({ root: place.root, name: keptName(held, place), text: held.kept })
  const fileOf = (host: string) => signerFile(place.folder, host)
  await writeTogether(
    place.folder,
    held.files.map(({ host, text }) => ({ file: relative(place.folder, fileOf(host)), text, ...beforeOf(replaced.get(host)) })),
    { ...(kept && { undo: kept.remove }) },
  )
  if (kept) screen.note(...verbLine('Sealed', `${relative(cwd, kept.path)} · the whole key; move it to where nothing is online`))
  for (const { member, recipients } of custodies) {
    const file = relative(cwd, fileOf(member.name))
    screen.note(...verbLine('Sealed', `${file} · ${recipients.map(({ userId }) => userId).join(', ')}`))
  }
  screen.note(...verbLine('Ok', `the key ${hexAddress(held.publicKey)} is in ${held.files.length} shards, generation ${held.generation}`))
  screen.note(...verbLine('Try', `holdfast apply playbooks/keys.yml -i ${quote(relative(cwd, place.folder) || '.')}`))
}

function keptName({ generation }: Held, { chainId }: CeremonyFleet): string {
  return `${chainId}-${generation}.asc`
}

function beforeOf(text: string | undefined): { readonly before?: string } {
  return text === undefined ? {} : { before: text }
}
