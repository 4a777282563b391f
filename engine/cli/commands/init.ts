import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import { reject } from '../../core/diagnostic.ts'
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
  for (const [path, text] of Object.entries(STARTER)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text, { flag: 'wx' })
  }
  screen.note(...verbLine('Wrote', `${Object.keys(STARTER).length} files in ${name}`))
  const enter = relative(cwd, folder)
  screen.note(...verbLine('Try', `${enter === '' ? '' : `cd ${enter} && `}holdfast validate playbooks/site.yml`))
  return exit.clean
}

async function refuseOccupied(folder: string, name: string): Promise<void> {
  const found = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    return reject({
      code: 'init-folder',
      message: `cannot write a project to \`${name}\`: ${error.code ?? error.message}`,
      help: 'name another folder',
    })
  })
  if (found.length === 0) return
  reject({ code: 'init-occupied', message: `\`${name}\` is not empty`, help: 'name a folder that does not exist yet' })
}
