import { basename, dirname, join, relative, resolve } from 'node:path'
import { type Diagnostic, reject, Rejected } from '../../core/diagnostic.ts'
import { quote } from '../../core/script.ts'
import { restored, writeBundle } from '../../ceremony/bundle.ts'
import { readBundle } from '../../ceremony/read_bundle.ts'
import { fileInTheWay, otherContent } from '../../ceremony/room.ts'
import { filledShelf, shelf, otherKeys } from '../../ceremony/shelf.ts'
import { writeTogether } from '../../ceremony/write_together.ts'
import { verbLine } from '../../report/verb.ts'
import { closedFleet, cosignersIn } from '../ceremony_fleet.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { backupCommand, restoreCommand } from '../declarations/keys.ts'
import { type ExitCode, exit } from '../exit.ts'

/** Copies the sealed shards of a fleet. */
export async function backup({ flags }: Request<typeof backupCommand>, context: Context): Promise<ExitCode> {
  const folder = named(flags.to, { flag: '--to', cwd: context.cwd })
  const place = await closedFleet(flags, context)
  const cosigners = cosignersIn(place)
  const held = filledShelf(cosigners, place.folder)
  const problems = [...place.mixed, ...otherKeys(held)]
  if (problems.length > 0) throw new Rejected(problems)
  const { generation, files } = await writeBundle(folder, held)
  context.screen.note(...verbLine('Wrote', `${flags.to} · ${files.length} sealed shards of generation ${generation}`))
  return exit.clean
}

/** Brings back the sealed shards that hosts of an inventory lack. */
export async function restore({ flags }: Request<typeof restoreCommand>, context: Context): Promise<ExitCode> {
  const { screen, cwd } = context
  const bundle = await readBundle(named(flags.from, { flag: '--from', cwd }))
  const place = await closedFleet(flags, context)
  const cosigners = cosignersIn(place)
  const held = shelf(cosigners, place.folder)
  const writings = restored(bundle, { cosigners, held, chainId: place.chainId })
  const problems = writings.flatMap(({ file }) => inTheWay(place.folder, file) ?? [])
  if (problems.length > 0) throw new Rejected(problems)
  if (writings.length > 0) await writeTogether(place.folder, writings)
  for (const { file } of writings) screen.note(...verbLine('Wrote', `${relative(cwd, place.folder) || '.'}/${file}`))
  screen.note(
    ...verbLine('Ok', `${writings.length} shards of generation ${bundle.manifest.generation} brought back, ${held.length} were there`),
  )
  // What is sealed can be looked into only by those to whom it is sealed.
  if (writings.length > 0)
    screen.note(...verbLine('Try', `holdfast keys verify -i ${quote(relative(cwd, place.folder) || '.')}, each custodian`))
  return exit.clean
}

function inTheWay(folder: string, file: string): Diagnostic | undefined {
  const host = basename(dirname(file))
  return fileInTheWay(folder, host) ?? otherContent(join(folder, file), host)
}

function named(folder: string | undefined, { flag, cwd }: { readonly flag: string; readonly cwd: string }): string {
  return folder === undefined
    ? reject({ code: 'usage', message: `\`${flag}\` is missing`, help: `add \`${flag} FOLDER\`` })
    : resolve(cwd, folder)
}
