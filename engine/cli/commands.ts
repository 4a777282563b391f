import type { Context } from './context.ts'
import type { Command, Request } from './declare.ts'
import * as keys from './declarations/keys.ts'
import * as look from './declarations/look.ts'
import * as project from './declarations/project.ts'
import * as run from './declarations/run.ts'
import type { ExitCode } from './exit.ts'

type Carry<C extends Command> = (request: Request<C>, context: Context) => Promise<ExitCode>

/** A command and the way to its code, which is read only when the command is called. */
export interface Known {
  readonly command: Command
  readonly load: () => Promise<Carry<Command>>
}

/** Every command, in the order in which the help lists them. */
export const commands: readonly Known[] = [
  known(run.applyCommand, async () => (await import('./commands/apply.ts')).apply),
  known(run.planCommand, async () => (await import('./commands/plan.ts')).plan),
  known(run.driftCommand, async () => (await import('./commands/drift.ts')).drift),
  known(run.validateCommand, async () => (await import('./commands/validate.ts')).validate),
  known(look.inventoryCommand, async () => (await import('./commands/inventory.ts')).inventory),
  known(look.explainCommand, async () => (await import('./commands/explain.ts')).explain),
  known(look.topologyCommand, async () => (await import('./commands/topology.ts')).topology),
  known(run.factsCommand, async () => (await import('./commands/facts.ts')).facts),
  known(run.execCommand, async () => (await import('./commands/exec.ts')).exec),
  known(look.docCommand, async () => (await import('./commands/doc.ts')).doc),
  known(project.sealCommand, async () => (await import('./commands/secrets.ts')).seal),
  known(project.viewCommand, async () => (await import('./commands/secrets.ts')).view),
  known(project.editCommand, async () => (await import('./commands/secrets.ts')).edit),
  known(project.rekeyCommand, async () => (await import('./commands/secrets.ts')).rekey),
  known(keys.createCommand, async () => (await import('./commands/keys.ts')).create),
  known(keys.importCommand, async () => (await import('./commands/keys.ts')).importKey),
  known(keys.showCommand, async () => (await import('./commands/keys_show.ts')).show),
  known(keys.verifyCommand, async () => (await import('./commands/keys_verify.ts')).verify),
  known(keys.resealCommand, async () => (await import('./commands/keys_verify.ts')).resealShards),
  known(keys.backupCommand, async () => (await import('./commands/keys_backup.ts')).backup),
  known(keys.restoreCommand, async () => (await import('./commands/keys_backup.ts')).restore),
  known(keys.nodeCommand, async () => (await import('./commands/keys_node.ts')).node),
  known(project.labUpCommand, async () => (await import('./commands/lab_up.ts')).labUp),
  known(project.labDownCommand, async () => (await import('./commands/lab.ts')).labDown),
  known(project.labListCommand, async () => (await import('./commands/lab.ts')).labList),
  known(project.labShellCommand, async () => (await import('./commands/lab.ts')).labShell),
  known(project.imageCommand, async () => (await import('./commands/image.ts')).image),
  known(project.initCommand, async () => (await import('./commands/init.ts')).init),
]

function known<C extends Command>(command: C, load: () => Promise<Carry<C>>): Known {
  // `parseArgs` makes the request from this very declaration, so the two fit though the list forgets their types.
  return { command, load: load as unknown as Known['load'] }
}

/** The command that the words begin with, and the words left for it. */
export function findCommand(words: readonly string[]): { readonly known: Known; readonly left: readonly string[] } | undefined {
  for (const length of [2, 1]) {
    const name = words.slice(0, length).join(' ')
    const found = words.length >= length ? commands.find(({ command }) => command.name === name) : undefined
    if (found) return { known: found, left: words.slice(length) }
  }
  return undefined
}
