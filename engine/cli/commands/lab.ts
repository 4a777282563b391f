import { spawn } from 'node:child_process'
import { reject } from '../../core/diagnostic.ts'
import { verbLine } from '../../report/verb.ts'
import type { Context } from '../context.ts'
import type { Request } from '../declare.ts'
import type { labDownCommand, labListCommand, labShellCommand } from '../declarations/project.ts'
import { type ExitCode, exit } from '../exit.ts'
import { access } from '../../lab/layout.ts'
import { down, list } from '../../lab/lab.ts'

/** The name of the lab where none is given. */
export const USUAL_LAB = 'lab'

/** Takes a lab down; one that is not there is down already. */
export async function labDown({ flags, operands }: Request<typeof labDownCommand>, { screen }: Context): Promise<ExitCode> {
  const [name = flags.name ?? USUAL_LAB] = operands
  if (flags.name !== undefined && flags.name !== name)
    return reject({ code: 'usage', message: `two labs are named: \`${name}\` and \`${flags.name}\``, help: 'name one of them' })
  const found = (await list()).find((lab) => lab.name === name)
  await down(name)
  screen.note(...(found ? verbLine('Removed', `lab ${name} · ${found.hosts.length} hosts`) : verbLine('Ok', `there is no lab ${name}`)))
  return exit.clean
}

/** Lists the labs of this machine, with the address and the state of each host. */
export async function labList({ flags }: Request<typeof labListCommand>, { screen }: Context): Promise<ExitCode> {
  const labs = await list()
  if (flags.json) screen.json(labs)
  else for (const { name, hosts } of labs) screen.data([name, ...hosts.map(hostLine)].join('\n'))
  if (labs.length === 0 && !flags.json) screen.note(...verbLine('Try', 'holdfast lab up -i inventories/lab'))
  return exit.clean
}

function hostLine({ name, address, running }: { name: string; address: string; running: boolean }): string {
  return `  ${name.padEnd(20)} ${address.padEnd(16)} ${running ? 'running' : 'off'}`
}

/** Opens a shell on a host of a lab, as the operator the engine logs in as. */
export async function labShell({ flags, operands }: Request<typeof labShellCommand>): Promise<ExitCode> {
  const name = flags.name ?? USUAL_LAB
  const [hostName = ''] = operands
  const lab = (await list()).find((each) => each.name === name)
  if (!lab) return reject({ code: 'lab-unknown', message: `there is no lab \`${name}\``, help: 'boot one with `holdfast lab up`' })
  const host = lab.hosts.find((each) => each.name === hostName)
  if (!host) {
    const help = `its hosts are ${lab.hosts.map((each) => each.name).join(', ')}`
    return reject({ code: 'lab-unknown', message: `lab \`${name}\` has no host \`${hostName}\``, help })
  }
  const { user, keyFile, knownHostsFile } = access(name)
  const args = ['-i', keyFile, '-o', `UserKnownHostsFile=${knownHostsFile}`, '-o', 'IdentitiesOnly=yes', `${user}@${host.address}`]
  return await runSsh(args)
}

function runSsh(args: readonly string[]): Promise<ExitCode> {
  return new Promise((resolve, rejected) => {
    const child = spawn('ssh', args, { stdio: 'inherit' })
    child.on('error', rejected)
    child.on('exit', (code) => resolve(code === 0 ? exit.clean : exit.failed))
  })
}
