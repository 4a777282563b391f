import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { equal, match, not, ok } from 'uvu/assert'
import { Rejected } from '../../engine/core/diagnostic.ts'
import { run } from '../../engine/lab/command.ts'
import { boot, down, list, up, type UpRequest } from '../../engine/lab/lab.ts'
import { access, LABS } from '../../engine/lab/layout.ts'
import { labSuite, ownLab } from '../support/lab.ts'
import { limit } from '../support/limit.ts'

limit(240)
const test = labSuite('lab')

test('leaves nothing behind when it is taken down', () =>
  withLab(1, async (request) => {
    await up(request)
    not.equal(await traces(request.name), [])
    await down(request.name)
    equal(await traces(request.name), [])
  }))

test('leaves nothing behind when the process that made it was killed on the way', () =>
  withLab(2, async (request) => {
    for (const delayMs of [60, 250, 600]) {
      const maker = spawn(process.execPath, ['--input-type=module', '-e', makerScript(request)], { stdio: 'inherit' })
      const ended = once(maker, 'close')
      setTimeout(() => maker.kill('SIGKILL'), delayMs)
      await ended
      await down(request.name)
      equal(await traces(request.name), [], `killed after ${delayMs} ms`)
    }
  }))

test('leaves nothing behind when it is taken down while a host is being booted', () =>
  withLab(9, async (request) => {
    for (const delayMs of [0, 20, 40, 60, 80, 100, 130, 160, 200]) {
      await up({ ...request, lazy: true })
      const booting = boot(request.name, 'a').catch(() => undefined)
      await sleep(delayMs)
      await down(request.name)
      await booting
      equal(await traces(request.name), [], `taken down after ${delayMs} ms`)
    }
  }))

test('leaves nothing behind when it is taken down while it is being made', () =>
  withLab(10, async (request) => {
    for (const delayMs of [20, 60, 120, 250, 400]) {
      const making = up(request).catch(() => undefined)
      while (!(await entries(LABS)).includes(request.name)) await sleep(5)
      await sleep(delayMs)
      await down(request.name)
      await making
      equal(await traces(request.name), [], `taken down after ${delayMs} ms`)
    }
  }))

test('is listed with the hosts that run', () =>
  withLab(3, async (request) => {
    await up({ ...request, lazy: true })
    await boot(request.name, 'a')
    const hosts = (await list()).find(({ name }) => name === request.name)?.hosts
    equal(
      hosts?.map(({ name, running }) => [name, running]),
      [
        ['a', true],
        ['b', false],
      ],
    )
  }))

test('refuses to come up twice, and says how to go on', () =>
  withLab(4, async (request) => {
    await up({ ...request, lazy: true })
    const refusal = await rejection(up(request))
    equal(refusal.message, `lab \`${request.name}\` is already up`)
    equal(refusal.diagnostics[0]?.help, `take it down first: \`holdfast lab down ${request.name}\``)
    ok((await list()).some(({ name }) => name === request.name))
  }))

test('refuses a range of addresses that is in use, and leaves the lab that uses them alone', () =>
  withLab(5, async (request) => {
    const { range } = ownLab(5)
    await up({ ...request, lazy: true })
    const other = { ...request, name: `${request.name}-x` }
    match((await rejection(up(other))).message, 'are in use on this machine')
    const cable = (await run('ip', ['-o', '-4', 'addr'])).split('\n').filter((line) => line.includes(` ${range}.1/24 `))
    equal(cable.length, 1, 'the lab that has them is not cut off')
    equal(
      (await traces(other.name)).filter((line) => !cable.includes(line)),
      [],
    )
  }))

test('is not hurt by being taken down twice, or never having been up', () =>
  withLab(6, async (request) => {
    await up({ ...request, lazy: true })
    await down(request.name)
    await down(request.name)
    await down('never-was')
  }))

test('knows the keys of its hosts before they boot, and lets root and operator in', () =>
  withLab(7, async (request) => {
    const { keyFile, knownHostsFile } = await up(request)
    const strict = [
      '-F',
      'none',
      '-i',
      keyFile,
      '-o',
      'BatchMode=yes',
      '-o',
      `UserKnownHostsFile=${knownHostsFile}`,
      '-o',
      'StrictHostKeyChecking=yes',
    ]
    equal(await run('ssh', [...strict, `root@${request.hosts[0]?.address}`, 'id -un']), 'root')
    equal(await run('ssh', [...strict, `operator@${request.hosts[1]?.address}`, 'id -un; sudo -n id -un']), 'operator\nroot')
  }))

test('admits the further keys it was given', () =>
  withLab(8, async (request) => {
    const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDUJ0Xqo6XWmSVCjtzoWgeQh0qxwOn7vVQcOeqnBQz0q ana'
    await up({ ...request, authorizedKeys: [key] })
    const keys = await run('cat', [`${LABS}/${request.name}/hosts/a/root/home/operator/.ssh/authorized_keys`])
    equal(keys.split('\n').at(-1), key)
    ok(keys.startsWith((await run('cat', [`${access(request.name).keyFile}.pub`])).trim()))
  }))

async function withLab(which: number, body: (request: UpRequest) => Promise<void>): Promise<void> {
  const { name, range } = ownLab(which)
  const hosts = ['a', 'b'].map((host, i) => ({ name: host, address: `${range}.${11 + i}`, internet: i === 0 }))
  try {
    await body({ name, hosts, progress: () => {} })
  } finally {
    await down(name)
  }
}

function makerScript(request: UpRequest): string {
  const module = new URL('../../engine/lab/lab.js', import.meta.url).href
  return `const { up } = await import(${JSON.stringify(module)})
await up({ ...${JSON.stringify(request)}, progress: () => {} })`
}

/** Everything on this machine that bears the name of the lab, or belongs to it. */
async function traces(name: string): Promise<readonly string[]> {
  const mounts = await run('findmnt', ['-rno', 'TARGET'])
  const processes = await run('ps', ['-eo', 'stat,args'])
  const folders = await Promise.all([LABS, '/run/netns', '/run/systemd/nspawn/propagate', '/run/systemd/nspawn/unix-export'].map(entries))
  const hierarchies = ['.', ...(await entries('/sys/fs/cgroup'))].map((folder) => `/sys/fs/cgroup/${folder}/holdfast-lab`)
  const groups = (await Promise.all(hierarchies.map(entries))).flat()
  const links = await run('ip', ['-o', '-4', 'addr'])
  const range = ownLab(Number(name.split('-')[2])).range
  return [
    ...mounts.split('\n').filter((line) => line.includes(`/${name}/`) || line.includes(`hf.${name}`)),
    // A killed process may wait a moment for init to notice.
    ...processes.split('\n').filter((line) => !line.startsWith('Z') && (line.includes(`hf.${name}.`) || line.includes(`${LABS}/${name}/`))),
    ...folders.flat().filter((entry) => entry === name || entry === `hf.${name}` || entry.startsWith(`hf.${name}.`)),
    ...groups.filter((group) => group === name),
    ...links.split('\n').filter((line) => line.includes(` ${range}.`)),
  ]
}

async function entries(folder: string): Promise<readonly string[]> {
  return readdir(folder).catch(() => [])
}

async function rejection(promise: Promise<unknown>): Promise<Rejected> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof Rejected) return error
  throw error ?? new Error('was not refused')
}

test.run()
