/**
 * `npm run demo`: a fleet of real hosts on this machine, brought into shape, left alone, broken behind its back, found out and
 * repaired. Every step is the ordinary command, shown before it is run, so that a reader can type it.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { enterCommand } from '../lab/enter.ts'
import { list } from '../lab/lab.ts'
import { missing } from '../lab/missing.ts'
import { verbLine } from '../report/verb.ts'
import { Screen } from '../report/screen.ts'
import { exit } from './exit.ts'

const HOLDFAST = fileURLToPath(new URL('../bin/holdfast.js', import.meta.url))
const INVENTORY = ['-i', 'inventories/lab']
const SITE = 'playbooks/bootstrap.yml'
const VICTIM = 'sentry-1'

/** What somebody does to a host by hand, each in one line. */
const SABOTAGE = [
  { what: 'lets root log in', script: 'echo "PermitRootLogin yes" >> /etc/ssh/sshd_config.d/00-holdfast.conf' },
  { what: 'removes the firewall', script: 'nft delete table inet holdfast' },
  { what: 'forgets the limits of users', script: 'rm /etc/security/limits.d/10-holdfast.conf' },
] as const

const screen = new Screen(
  { out: process.stdout, err: process.stderr },
  { colour: process.stderr.isTTY === true && !process.env['NO_COLOR'] },
)

process.exitCode = await demo()

async function demo(): Promise<number> {
  const reasons = await missing()
  if (reasons.length > 0) return cannot(reasons)
  say('A fleet', 'boots 11 real Debian hosts on this machine: public, sentry, cosigner, monitoring, bastion')
  if ((await list()).some(({ name }) => name === 'lab')) await holdfast(['lab', 'down'])
  await holdfast(['lab', 'up', ...INVENTORY])
  say('Applied', 'hardening and firewall on all of them')
  await holdfast(['apply', SITE, ...INVENTORY, '--yes'])
  say('Again', 'a second run changes nothing')
  await changesNothing()
  say('Behind its back', `somebody changes three things on ${VICTIM}`)
  for (const { what, script } of SABOTAGE) await sabotage(what, script)
  say('Drift', 'is found, on that host and nowhere else')
  await holdfast(['drift', SITE, ...INVENTORY], exit.drift)
  say('Repaired', 'by the same playbook')
  await holdfast(['apply', SITE, ...INVENTORY, '--yes'])
  await holdfast(['drift', SITE, ...INVENTORY])
  return farewell()
}

function cannot(reasons: readonly string[]): number {
  screen.note(...verbLine('Skipped', `the demo needs real hosts, and this machine cannot boot them: ${reasons.join('; ')}`))
  screen.note(
    ...verbLine(
      'Try',
      'npm test, and `node dist/engine/bin/holdfast.js validate playbooks/bootstrap.yml -i inventories/lab`: both work here',
    ),
  )
  return exit.rejected
}

function say(title: string, text: string): void {
  screen.notes([[], [`── ${title}: ${text}`], []])
}

/** Runs the command as a user would, and ends the demo if it does not end as it should. */
async function holdfast(words: readonly string[], expected: number = exit.clean): Promise<string> {
  screen.notes([[`$ holdfast ${words.join(' ')}`]])
  const { code, told } = await called(process.execPath, [HOLDFAST, ...words])
  if (code !== expected) throw new Error(`holdfast ${words.join(' ')} ended with ${code}, not ${expected}`)
  return told
}

async function changesNothing(): Promise<void> {
  const told = await holdfast(['apply', SITE, ...INVENTORY, '--yes'])
  if (!/\b0 changed\b/.test(told)) throw new Error('the second run changed something')
}

async function sabotage(what: string, script: string): Promise<void> {
  const [program = '', ...words] = await enterCommand('lab', VICTIM)
  screen.notes([[`${VICTIM}# ${script}`]])
  const { code } = await called(program, [...words, '/bin/sh', '-c', script])
  if (code !== 0) throw new Error(`could not play the one who ${what}`)
}

/** What it prints goes to the terminal as it comes, and is kept. */
function called(program: string, words: readonly string[]): Promise<{ readonly code: number | null; readonly told: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { stdio: ['ignore', 'inherit', 'pipe'] })
    const told: string[] = []
    child.stderr.on('data', (piece: Buffer) => {
      told.push(piece.toString())
      process.stderr.write(piece)
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, told: told.join('') }))
  })
}

function farewell(): number {
  screen.notes([
    [],
    ['── The fleet stays up. Try:'],
    [`   holdfast lab shell ${VICTIM}                      a shell on a host`],
    [`   holdfast plan ${SITE} -i inventories/lab --explain   what runs where, and in how many round trips`],
    ['   holdfast exec cosigner -i inventories/lab -- uptime'],
    [`   holdfast explain ${VICTIM} firewall_flows -i inventories/lab`],
    ['── Take it down, without a trace:'],
    ['   holdfast lab down'],
    [],
    ['   (`holdfast` is `node dist/engine/bin/holdfast.js` here; `npm link` puts it on your path)'],
    [],
  ])
  return exit.clean
}
