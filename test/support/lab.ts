import { spawn } from 'node:child_process'
import { access } from 'node:fs/promises'
import { networkInterfaces } from 'node:os'
import { buffer } from 'node:stream/consumers'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { sh } from '../../engine/core/script.ts'
import { enterCommand } from '../../engine/lab/enter.ts'
import { boot, crash, down, list, reset, up } from '../../engine/lab/lab.ts'
import type { Access, LabHost } from '../../engine/lab/layout.ts'
import { missing } from '../../engine/lab/missing.ts'
import { atEnd } from './cleanup.ts'
import { type Suite, suiteUnless } from './skip.ts'
import { testFileNumber } from './test_file.ts'

export interface Ran {
  readonly rc: number
  readonly stdout: string
  readonly stderr: string
}

/** A real host, lent to one test at a time. It may bear the marks of earlier tests of the same file; `pristine` removes them. */
export interface TestHost extends Access, LabHost {
  /** Name of the lab it stands in. */
  readonly lab: string
  /** Runs a shell command inside as root, past its network and sshd, so that it also works on a host that locked everybody out. */
  run(command: string): Promise<Ran>
  /** What `run` printed; throws when the command fails. */
  read(command: string): Promise<string>
  /** One line for each file below the paths: kind, mode, owner, size, time of change and SHA-256. Equal texts mean nothing was touched. */
  digest(paths: readonly string[]): Promise<string>
  /** Gives the host the disk and boot of its first day, in about a second. */
  pristine(): Promise<void>
  /** Stops it as a power cut would. */
  crash(): Promise<void>
  /** Starts it after a crash or a poweroff; does nothing while it runs. */
  boot(): Promise<void>
}

interface Wish {
  /** Hosts whose apt reaches its mirrors; left out, hosts without. */
  readonly internet?: boolean
}

const WITHOUT_INTERNET = 10
const WITH_INTERNET = 6

let ownNumber = freeNumber(process.pid)
const missingHere = await missing()
// Here and not in the first test: building the base image may take longer than a suite may.
const lab = missingHere.length === 0 ? await start() : undefined

/** A suite of tests on real hosts; where there can be no lab, its tests are counted as skipped. */
export function labSuite(subject: string): Suite {
  return suiteUnless(missingHere, subject)
}

/** Lends this many running hosts to the body. A body that fails leaves its hosts to be wiped before their next use. */
export async function withHosts(
  count: number,
  body: (hosts: readonly TestHost[]) => Promise<void>,
  { internet = false }: Wish = {},
): Promise<void> {
  const taken = take(count, internet)
  try {
    await stopOthers()
    await Promise.all(taken.map(makeReady))
    await body(taken)
  } catch (error) {
    for (const host of taken) spoilt.add(host)
    throw error
  } finally {
    for (const host of taken) lent.delete(host)
  }
}

/** Lends one host to the body. */
export async function withHost(body: (host: TestHost) => Promise<void>, wish: Wish = {}): Promise<void> {
  await withHosts(1, async ([host]) => body(host as TestHost), wish)
}

/** A name and a range of addresses that only this process uses, for tests that bring up a lab of their own; `which` tells several apart. */
export function ownLab(which: number): { readonly name: string; readonly range: string } {
  return { name: `test-${process.pid}-${which}`, range: `10.${200 + which}.${ownNumber}` }
}

/** The first number from this one on that no lab of another process has. */
function freeNumber(first: number): number {
  const addresses = Object.values(networkInterfaces()).flatMap((known = []) => known.map(({ address }) => address))
  const taken = new Set(addresses.map((address) => /^10\.2\d\d\.(\d+)\.1$/.exec(address)?.[1]))
  const numbers = Array.from({ length: 256 }, (_, i) => (first + i) % 256)
  return numbers.find((number) => !taken.has(String(number))) ?? first % 256
}

const lent = new Set<TestHost>()
const spoilt = new Set<TestHost>()
const usedIn = new Map<TestHost, number>()
let lastFile = 0

function take(count: number, internet: boolean): readonly TestHost[] {
  const free = (lab?.hosts ?? []).filter((host) => host.internet === internet && !lent.has(host))
  if (free.length < count)
    throw new Error(`the test lab has ${free.length} free hosts ${internet ? 'with' : 'without'} internet, not ${count}`)
  const taken = free.slice(0, count)
  for (const host of taken) lent.add(host)
  return taken
}

/** What another test file left running neither answers nor calls, and takes no time: its hosts are off before this file has its first. */
async function stopOthers(): Promise<void> {
  const file = testFileNumber()
  if (file === lastFile) return
  lastFile = file
  const others = Array.from(usedIn.keys()).filter((host) => usedIn.get(host) !== file && !lent.has(host))
  await Promise.all(others.map((host) => host.crash()))
}

/** A host bears no marks of another test file: the files run in any order, and a left-over line of fstab can keep it from booting. */
async function makeReady(host: TestHost): Promise<void> {
  const file = testFileNumber()
  const marked = spoilt.has(host) || (usedIn.get(host) ?? file) !== file
  await (marked ? host.pristine() : host.boot())
  spoilt.delete(host)
  usedIn.set(host, file)
}

async function start(): Promise<{ readonly hosts: readonly TestHost[] }> {
  await sweep()
  const { name } = ownLab(0)
  atEnd(() => down(name))
  for (;;) {
    const hosts = declared(ownLab(0).range)
    try {
      const entry = await up({ name, hosts, lazy: true, progress: tell })
      return { hosts: hosts.map((host) => testHost(name, host, entry)) }
    } catch (error) {
      // Another process has found the same number free at the same moment.
      if (!(error instanceof Rejected && error.diagnostics.some(({ code }) => code === 'lab-range'))) throw error
      ownNumber = freeNumber(ownNumber + 1)
    }
  }
}

/** All hosts of the lab, of which only those run that were lent. */
function declared(range: string): readonly LabHost[] {
  const host = (i: number, internet: boolean): LabHost => ({
    name: `${internet ? 'net' : 'host'}-${i}`,
    address: `${range}.${(internet ? 30 : 10) + i}`,
    internet,
  })
  return [
    ...Array.from({ length: WITHOUT_INTERNET }, (_, i) => host(i + 1, false)),
    ...Array.from({ length: WITH_INTERNET }, (_, i) => host(i + 1, true)),
  ]
}

function tell(stage: string, detail?: string): void {
  if (detail === undefined) process.stdout.write(`lab: ${stage}\n`)
}

/** Takes down the labs of test processes that died without doing so. */
async function sweep(): Promise<void> {
  for (const { name } of await list()) {
    const pid = /^test-(\d+)-\d+$/.exec(name)?.[1]
    if (pid !== undefined && !(await isAlive(pid))) await down(name)
  }
}

function isAlive(pid: string): Promise<boolean> {
  return access(`/proc/${pid}`).then(
    () => true,
    () => false,
  )
}

function testHost(lab: string, declared: LabHost, entry: Access): TestHost {
  const run = (command: string) => runInside(lab, declared.name, command)
  const read = async (command: string) => {
    const { rc, stdout, stderr } = await run(command)
    if (rc !== 0) throw new Error(`on ${declared.name}, \`${command}\` ended with ${rc}: ${stderr}`)
    return stdout
  }
  let isStill = false
  const still = async () => {
    await read(STOP_TIMERS)
    isStill = true
  }
  return {
    ...declared,
    ...entry,
    lab,
    run,
    read,
    digest: (paths) => read(digestScript(paths)),
    pristine: async () => {
      await reset(lab, declared.name)
      await still()
    },
    crash: async () => {
      isStill = false
      await crash(lab, declared.name)
    },
    boot: async () => {
      await boot(lab, declared.name)
      if (!isStill) await still()
    },
  }
}

/**
 * What a fresh Debian does of its own accord, and when it likes, between two looks of a test: it fetches lists of packages, rotates logs, copies
 * dpkg's files at midnight, and notes in /var/lib when it did. Stopping it changes nothing on the disk.
 */
const STOP_TIMERS = `systemctl stop apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer logrotate.timer systemd-tmpfiles-clean.timer fstrim.timer 2>/dev/null || true`

async function runInside(lab: string, host: string, command: string): Promise<Ran> {
  const [program = '', ...args] = await enterCommand(lab, host)
  const child = spawn(program, [...args, 'sh', '-c', command], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number>((resolve, reject) => child.on('error', reject).on('close', (rc) => resolve(rc ?? 128)))
  const [rc, stdout, stderr] = await Promise.all([ended, buffer(child.stdout), buffer(child.stderr)])
  return { rc, stdout: stdout.toString(), stderr: stderr.toString() }
}

function digestScript(paths: readonly string[]): string {
  return sh`export LC_ALL=C
{
  find ${paths} -xdev -type d -printf '%p %y %m %u:%g %T@\n' -o -printf '%p %y %m %u:%g %s %T@ %l\n'
  find ${paths} -xdev -type f -exec sha256sum {} +
} | sort`.text
}
