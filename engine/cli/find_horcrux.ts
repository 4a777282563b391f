import { accessSync, constants } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { reject } from '../core/diagnostic.ts'
import type { FleetHost } from '../fleet/model.ts'
import type { Context } from './context.ts'

interface Looking {
  readonly flag: string | undefined
  readonly cosigners: readonly FleetHost[]
}

/** Where the program Horcrux is: as the flag says, as `horcrux_program` of the cosigners says, or in PATH. */
export function findHorcrux({ flag, cosigners }: Looking, { cwd, env }: Context): string {
  if (flag !== undefined) return resolve(cwd, flag)
  const described = cosigners.map(fileOf).find((file) => file !== undefined)
  if (described !== undefined) return resolve(cwd, described)
  const found = (env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'horcrux'))
    .find(isProgram)
  const help = 'name it with `--horcrux PATH`; it is needed on this machine only, to split the key'
  return found ?? reject({ code: 'keys-horcrux', message: 'the program `horcrux` is not in PATH', help })
}

/** The file on the controller from which cosigners get the program. */
function fileOf(host: FleetHost): string | undefined {
  const program = host.originOf('horcrux_program') && host.read('horcrux_program')?.value
  const file = typeof program === 'object' && program !== null && 'file' in program ? program['file'] : undefined
  return typeof file === 'string' ? file : undefined
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
