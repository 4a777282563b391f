import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { reject } from '../../core/diagnostic.ts'
import { quote } from '../../core/script.ts'
import { lookAt } from '../../source/read.ts'
import { verbLine } from '../../report/verb.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { initCommand } from '../declarations/project.ts'
import { type ExitCode, exit } from '../exit.ts'
import { STARTER } from '../starter.ts'

/** Writes a starter project into a new or empty folder. */
export async function init({ operands }: Request<typeof initCommand>, { screen, cwd }: Context): Promise<ExitCode> {
  const [name = ''] = operands
  const folder = resolve(cwd, name)
  await refuseOccupied(folder, name)
  try {
    for (const [path, text] of Object.entries(STARTER)) {
      await makeFolder(dirname(join(folder, path)))
      await writeFile(join(folder, path), text, { flag: 'wx' })
    }
  } catch (error) {
    refuseFolder(name, error as NodeJS.ErrnoException)
  }
  screen.note(...verbLine('Wrote', `${Object.keys(STARTER).length} files in ${name}`))
  const enter = relative(cwd, folder)
  screen.note(...verbLine('Try', `${enter === '' ? '' : `cd ${quote(enter)} && `}holdfast validate playbooks/site.yml`))
  return exit.clean
}

async function refuseOccupied(folder: string, name: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    return refuseFolder(name, error)
  })
  if (found.length === 0) return
  reject({ code: 'init-occupied', message: `\`${name}\` is not empty`, help: 'name a folder that does not exist yet' })
}

/** From the top down, for `recursive` tries without end where a file system makes no folders and says that there is none. */
async function makeFolder(path: string): Promise<void> {
  if (lookAt(path)?.isDirectory()) return
  await makeFolder(dirname(path))
  await mkdir(path)
}

function refuseFolder(name: string, error: NodeJS.ErrnoException): never {
  if (error.code === undefined) throw error
  return reject({ code: 'init-folder', message: `cannot write a project to \`${name}\`: ${error.code}`, help: 'name another folder' })
}
