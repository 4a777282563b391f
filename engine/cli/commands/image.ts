import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { reject } from '../../core/diagnostic.ts'
import { imageOf } from '../../image/archive.ts'
import { judgeProgram } from '../../image/elf.ts'
import { lookAt } from '../../source/read.ts'
import { verbLine } from '../../report/verb.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { imageCommand } from '../declarations/project.ts'
import { type ExitCode, exit } from '../exit.ts'

/** Makes an image of one program, and prints what names it. */
export async function image({ operands, flags }: Request<typeof imageCommand>, { screen, cwd }: Context): Promise<ExitCode> {
  const [path = ''] = operands
  const command = basename(path)
  const name = checked(flags.name ?? `localhost/${command.toLowerCase()}`, NAME)
  const tag = checked(flags.tag ?? 'pinned', TAG)
  const program = await read(resolve(cwd, path), path)
  const judged = judgeProgram(program)
  if ('problem' in judged) return rejectProgram(path, judged.problem, judged.help)
  const certificates =
    flags.certificates === undefined ? {} : { certificates: await read(resolve(cwd, flags.certificates), flags.certificates) }
  const made = imageOf({ name, tag, command, architecture: judged.architecture, program, ...certificates })
  const output = flags.output ?? `${command}.oci.tar`
  await write(resolve(cwd, output), made.archive)
  screen.data(made.reference)
  screen.note(...verbLine('Wrote', output))
  return exit.clean
}

const NAME = /^[a-z0-9]+([.-][a-z0-9]+)*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+$/
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/

function checked(word: string, form: RegExp): string {
  if (form.test(word)) return word
  const help = 'write the name as `localhost/simd`, in small letters and without a tag, and the tag as `v8.7.0`'
  return reject({ code: 'image-name', message: `\`${word}\` cannot be the name or tag of an image`, help })
}

function read(path: string, shown: string): Promise<Uint8Array> {
  const found = lookAt(path)
  if (found && !found.isFile() && !found.isDirectory()) rejectProgram(shown, 'it is a pipe or a device', 'write it to a file first')
  return readFile(path).catch((error: NodeJS.ErrnoException) =>
    rejectProgram(shown, `it cannot be read: ${error.code ?? error.message}`, 'check the path'),
  )
}

function rejectProgram(path: string, problem: string, help: string): never {
  return reject({ code: 'image-program', message: `cannot make an image of \`${path}\`: ${problem}`, help })
}

/** A reader never sees half an archive. */
async function write(path: string, pieces: readonly Uint8Array[]): Promise<void> {
  const draft = `${path}.unfinished`
  await mkdir(dirname(path), { recursive: true })
  await pipeline(Readable.from(pieces), createWriteStream(draft))
  await rename(draft, path)
}
