import { reject } from '../../core/diagnostic.ts'
import { findModule, MODULES } from '../../modules/registry.ts'
import { didYouMean } from '../../source/suggest.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { docCommand } from '../declarations/look.ts'
import { type ExitCode, exit } from '../exit.ts'
import { moduleDoc, moduleList } from '../reference/module_doc.ts'

/** Prints the reference page of a module, or the list of all. */
export async function doc({ flags, operands }: Request<typeof docCommand>, { screen }: Context): Promise<ExitCode> {
  const [name] = operands
  if (flags.list || name === undefined) {
    screen.data(moduleList(MODULES))
    return exit.clean
  }
  screen.data(moduleDoc(findModule(name) ?? unknownModule(name)))
  return exit.clean
}

function unknownModule(name: string): never {
  const names = MODULES.map((module) => module.name)
  const help = didYouMean(name, names, 'modules')
  return reject({ code: 'unknown-module', message: `there is no module \`${name}\``, ...(help !== undefined && { help }) })
}
