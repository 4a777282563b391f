/**
 * Hosts that lose power in the middle of an apply. The lab kills all their processes at once and, where it says so, takes the
 * cable out first, so that no farewell gets through. It shares this machine's kernel, so what was written but not synced
 * survives here; a disk that forgets it is not tried.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { run } from '../../engine/lab/command.ts'
import { machineName, routerAddress } from '../../engine/lab/layout.ts'
import { labSuite, type TestHost, withHosts } from '../support/lab.ts'
import { limit } from '../support/limit.ts'
import type { Files } from '../support/project.ts'
import { assertClean, type Ended, type Project, reached, until, withFleet } from './applied.ts'

limit(240)
const test = labSuite('a host that loses power')

/** In the order of the playbook; each is a gate that one host is held at. */
const MOMENTS = ['writing', 'amid', 'owed', 'handling'] as const
/** Ends without a word: the connection stays open until keepalive gives it up. */
const SILENT: ReadonlySet<string> = new Set(['writing', 'owed', 'handling'])
const PATIENCE_MS = 120_000

test('is named, and the others finish; its files are whole, and after its boot the next applies make it so', () =>
  withHosts(MOMENTS.length + 1, async ([steady, ...others]) => {
    const victims = MOMENTS.map((moment, i): Victim => ({ moment, host: others[i] as TestHost }))
    const fleet = Object.fromEntries([
      ['steady', steady as TestHost] as const,
      ...victims.map(({ moment, host }) => [moment, host] as const),
    ])
    await withFleet(mapValues(fleet, impatient), { ...FILES, 'playbooks/site.yml': site('old') }, async (project) => {
      await onEach(Object.values(fleet), GATE)
      assertDone(await project.applied())
      await holdEach(victims)
      await project.write({ 'playbooks/site.yml': site('new') })
      const running = project.apply()
      for (const victim of victims) await strike(victim)
      assertSaid(await running.ended)
      assert.equal(await told(project), { ended: 1, unreachable: [...MOMENTS] })
      assert.is(await fleet['steady']?.read('cat /srv/handled'), 'ran\nran\n')
      await Promise.all(victims.map(({ host }) => restorePower(host)))
      await Promise.all(victims.map(assertWhole))
      assertDone(await project.applied())
      await Promise.all(victims.map(assertMended))
      const third = await project.applied()
      assertDone(third)
      assert.match(third.err, /nothing to change|0 changed/i)
      assert.equal(
        await onEach(Object.values(fleet), 'ls -A /var/lib/holdfast 2>/dev/null || true'),
        ['', '', '', '', ''],
        'nothing is owed',
      )
    })
  }))

test('while it reboots is given up when its time is over, and the others go on', () =>
  withHosts(2, async ([gone, steady]) => {
    if (!gone || !steady) throw new Error('two hosts were asked for')
    await withFleet({ gone: impatient(gone), steady: impatient(steady) }, { 'playbooks/site.yml': REBOOTING }, async (project) => {
      const running = project.apply()
      // Its wait before the reboot, which nothing else on the host has.
      await until(async () => (await gone.run(`pgrep -fx 'sleep 16'`)).rc === 0, 'the reboot to be on its way')
      await cutPower(gone, { silently: true })
      const ended = await running.ended
      assertClean(ended)
      assert.is(ended.code, 1)
      assert.match(ended.err, /it did not come back within 20 s/)
      assert.match(ended.err, /on gone/)
      assert.is(await steady.read('cat /srv/after'), 'x')
      await restorePower(gone)
      await project.write({ 'playbooks/site.yml': REBOOTING.replace(/ {4}- reboot.*\n.*\n/, '') })
      assertDone(await project.applied())
      assert.is(await gone.read('cat /srv/after'), 'x')
    })
  }))

test.run()

const REBOOTING = `- hosts: all
  become: true
  tasks:
    - reboot: { reboot_timeout: 20, pre_reboot_delay: 15 }
      when: inventory_hostname == "gone"
    - copy: { content: x, dest: /srv/after, mode: '0644' }
`

const FILES = {
  'playbooks/files/large-old': 'old line\n'.repeat(150_000),
  'playbooks/files/large-new': 'new line\n'.repeat(150_000),
}

/** A command that waits at the moments that are held. */
const GATE = `mkdir -p /srv/hold /srv/at
cat > /srv/gate <<'END'
#!/bin/sh
[ -e "/srv/hold/$1" ] || exit 0
touch "/srv/at/$1"
while [ -e "/srv/hold/$1" ]; do sleep 0.1; done
END
chmod 755 /srv/gate`

/** A large file that is being judged before it gets its name, changes of which one is under way, and what comes after them. */
function site(version: string): string {
  return `- hosts: all
  become: true
  tasks:
    - file: { path: /srv/power, state: directory }
    - copy: { src: large-${version}, dest: /srv/power/large, mode: '0644', validate: /srv/gate writing %s }
      notify: count
    - copy:
        content: "{{ '${version} ' }}{{ item }}"
        dest: '/srv/power/{{ item }}'
        mode: '0644'
        validate: '/srv/gate {{ item }} %s'
      loop: [before, amid, after]
      notify: count
    - command: /srv/gate owed
      changed_when: false
  handlers:
    - name: count
      shell: /srv/gate handling; echo ran >> /srv/handled
`
}

/** How it is reached by a controller that soon gives up. */
function impatient(host: TestHost): Files {
  const { ansible_ssh_common_args: args = '', ...rest } = reached(host)
  return { ...rest, ansible_ssh_common_args: `${args} -o ServerAliveInterval=2 -o ConnectTimeout=3` }
}

interface Victim {
  readonly moment: (typeof MOMENTS)[number]
  readonly host: TestHost
}

function mapValues<A, B>(values: { readonly [name: string]: A }, change: (value: A) => B): { readonly [name: string]: B } {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]))
}

function onEach(hosts: readonly TestHost[], command: string): Promise<readonly string[]> {
  return Promise.all(hosts.map((host) => host.read(command)))
}

async function holdEach(victims: readonly Victim[]): Promise<void> {
  for (const { moment, host } of victims) await host.read(`rm /srv/handled; touch /srv/hold/${moment}`)
}

/** Cuts the power of a host once it has come to its moment. */
async function strike({ moment, host }: Victim): Promise<void> {
  await until(async () => (await host.run(`[ -e /srv/at/${moment} ]`)).rc === 0, `the host to be at \`${moment}\``, PATIENCE_MS)
  await cutPower(host, { silently: SILENT.has(moment) })
}

async function cutPower(host: TestHost, { silently }: { readonly silently: boolean }): Promise<void> {
  if (silently) await run('ip', ['-n', machineName(host.lab, host.name), 'link', 'set', 'eth0', 'down'])
  await host.crash()
}

async function restorePower(host: TestHost): Promise<void> {
  const router = routerAddress({ name: host.lab, image: '', hosts: [host], authorizedKeys: [] })
  await run('ip', ['-n', machineName(host.lab, host.name), '-batch', '-'], {
    input: `link set eth0 up\nroute replace default via ${router}\n`,
  })
  await host.boot()
  await host.read('rm -f /srv/hold/*')
}

function assertDone(ended: Ended): void {
  assertClean(ended)
  assert.is(ended.code, 0, ended.err)
}

function assertSaid(ended: Ended): void {
  assertClean(ended)
  assert.is(ended.code, 1, ended.err)
  for (const moment of MOMENTS)
    assert.match(ended.err, new RegExp(`error\\[unreachable\\]: the connection was ${SAYS[moment]}.*\\n(.*\\n){1,8}?.*on ${moment}\\b`))
}

/** What is said of each: whether its state is known. */
const SAYS: { readonly [moment in Victim['moment']]: string } = {
  writing: 'lost in the middle of the change, and trying again: ',
  amid: 'lost in the middle of the change, and trying again: ',
  owed: 'lost while it ran, so it is not known whether it finished: ',
  handling: 'lost while it ran, so it is not known whether it finished: ',
}

/** What the journal says, every line of which must be whole. */
async function told({ root }: Project): Promise<{ readonly ended: unknown; readonly unreachable: readonly unknown[] }> {
  const text = await readFile(join(root, '.holdfast/runs/latest/journal.jsonl'), 'utf8')
  assert.match(text, /\n$/)
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  const unreachable = lines.filter(({ kind, status }) => kind === 'result' && status === 'unreachable').map(({ host }) => host)
  return { ended: lines.at(-1)?.['exitCode'], unreachable }
}

/** Asserts that every file at a destination is of one version, to its end, and that the cut came when it should. */
async function assertWhole({ moment, host }: Victim): Promise<void> {
  const files = await contents(host)
  assert.equal([...files.keys()].sort(), ['after', 'amid', 'before', 'large'], moment)
  assert.match(files.get('large') ?? '', /^(old|new) line 150000$/, moment)
  for (const name of ['before', 'amid', 'after']) assert.match(files.get(name) ?? '', new RegExp(`^(old|new) ${name}$`), moment)
  const fresh = [...files.keys()].filter((name) => files.get(name)?.startsWith('new'))
  assert.equal(fresh.sort(), DONE_AT[moment], moment)
}

/** The files that are new when the power goes. */
const DONE_AT: { readonly [moment in Victim['moment']]: readonly string[] } = {
  writing: [],
  amid: ['before', 'large'],
  owed: ['after', 'amid', 'before', 'large'],
  handling: ['after', 'amid', 'before', 'large'],
}

async function assertMended({ moment, host }: Victim): Promise<void> {
  assert.match(await host.read('cat /srv/handled'), /^ran$/m, `what \`${moment}\` owed has run`)
  for (const [path, text] of await contents(host)) assert.match(text, /^new/, path)
}

/** By name, what the file says; for the large one its only line, and how often it says it. */
async function contents(host: TestHost): Promise<ReadonlyMap<string, string>> {
  const script = `cd /srv/power; for f in *; do printf '%s=' "$f"; [ "$f" != large ] && cat "$f" || { sort -u large | tr '\\n' ' '; wc -l < large; }; echo; done`
  const lines = (await host.read(script)).split('\n').filter(Boolean)
  return new Map(lines.map((line) => line.split('=') as [string, string]))
}
