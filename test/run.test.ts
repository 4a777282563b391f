import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import { equal, match } from 'uvu/assert'

const test = suite('test runner')

const PASSING = `test('works', () => {})`
const rows: readonly (readonly [title: string, file: string, says: string | RegExp, rc: number])[] = [
  ['counts what passed', `${PASSING}; test.run()`, '1 passed, 0 failed\n', 0],
  ['fails on a failing test', `${PASSING}; test('fails', () => { throw new Error('x') }); test.run()`, '1 passed, 1 failed\n', 1],
  ['fails on a file that never calls run', PASSING, 'must call test.run()', 1],
  ['fails on an empty suite', 'test.run()', 'a suite has no tests', 1],
  ['fails on a left-over only', `${PASSING}; test.only('other', () => {}); test.run()`, '1 tests skipped by a left-over .skip or .only', 1],
  ['fails on a left-over skip', `${PASSING}; test.skip('other', () => {}); test.run()`, '1 tests skipped by a left-over .skip or .only', 1],
  ['fails on a hook that throws', `${PASSING}; test.before(() => { throw new Error('x') }); test.run()`, '1 of 1 tests never finished', 1],
  [
    'fails on a test that waits for ever',
    `limit(0.1); test('waits', () => new Promise(() => {})); test.run()`,
    'took longer than 0.1 seconds',
    1,
  ],
  [
    'tells what failed before a test that waits for ever',
    `limit(0.5); test('differs', () => equal({ a: 1 }, { a: 2 })); test('waits', () => new Promise(() => {})); test.run()`,
    /FAIL {2}subject "differs"\n.*deeply equal[\s\S]*Actual:[\s\S]*took longer than 0.5 seconds.*\n0 passed, 2 failed\n$/,
    1,
  ],
  [
    'tells once what failed in a suite that comes to its end',
    `test('differs', () => equal(1, 2)); ${PASSING}; test.run()`,
    /^(?![\s\S]*deeply equal[\s\S]*deeply equal)[\s\S]*deeply equal[\s\S]*\n1 passed, 1 failed\n$/,
    1,
  ],
  [
    'fails on a rejection nobody handles',
    `test('works', () => { void Promise.reject(new Error('lost')) }); test.run()`,
    'unhandled rejection: Error: lost',
    1,
  ],
  [
    'fails on an exception outside every test',
    `test('works', () => new Promise(() => setTimeout(() => { throw new Error('stray') }))); test.run()`,
    'uncaught exception: Error: stray',
    1,
  ],
  ['fails on a file that cannot be loaded', `throw new Error('broken')`, 'could not be loaded: Error: broken', 1],
  ['cleans up at the end', `${PASSING}; atEnd(async () => { console.log('cleaned') }); test.run()`, 'cleaned\n1 passed', 0],
  [
    'fails when cleaning up fails',
    `${PASSING}; atEnd(async () => { throw new Error('stuck') }); test.run()`,
    'cleaning up: Error: stuck',
    1,
  ],
  [
    'fails on a file that ends its process',
    `test('ends', () => process.exit(3)); test.run()`,
    'some.test.ts: its process ended with status 3',
    1,
  ],
  [
    'fails on a file whose wish to be alone it cannot read',
    `alone('kernel settings'); ${PASSING}; test.run()`,
    "did not find `alone('kernel settings')` on a line of its own",
    1,
  ],
  [
    'does not wait for what a test left running',
    `test('works', () => { setInterval(() => {}, 1000) }); test.run()`,
    '1 passed, 0 failed\n',
    0,
  ],
  [
    'counts what cannot run here, and says why',
    `const lab = suiteUnless(['the lab needs root'], 'lab'); lab('x', () => {}); lab('y', () => {}); lab.run(); ${PASSING}; test.run()`,
    'SKIPPED 2 tests of `lab`: the lab needs root\n1 passed, 0 failed, 2 skipped\n',
    0,
  ],
]

for (const [title, file, says, rc] of rows) {
  test(title, () =>
    withProject({ 'some.test': file }, async (run) => {
      const ran = await run()
      match(ran.printed, says)
      equal(ran.rc, rc, ran.printed)
    }),
  )
}

test('runs the files whose path contains an argument', () =>
  withProject({ 'one.test': `${PASSING}; test.run()`, 'two.test': 'throw new Error()' }, async (run) => {
    match((await run('one')).printed, '1 passed, 0 failed\n')
    match((await run('three')).printed, 'no test file matches `three`')
  }))

test('leaves out a compiled file whose source is gone', () =>
  withProject({ 'one.test': `${PASSING}; test.run()`, 'two.test': 'throw new Error()' }, async (run, root) => {
    await rm(join(root, 'test/two.test.ts'))
    match((await run()).printed, '1 passed, 0 failed\n')
  }))

/** Passes only if the other file runs meanwhile. */
const meets = (own: string, other: string): string => `test('meets', async () => {
  await writeFile(new URL('${own}', import.meta.url), '')
  while (!existsSync(new URL('${other}', import.meta.url))) await sleep(10)
  if ('${own}' === 'one') await sleep(200)
  console.log('${own} is done')
}); test.run()`

/** Passes only if no other file runs meanwhile. */
const KEEPS_OUT = `test('is alone', async () => {
  const place = new URL('taken', import.meta.url)
  await writeFile(place, '', { flag: 'wx' })
  await sleep(100)
  await rm(place)
}); test.run()`

const ON_LAB_HOSTS = "import { labSuite } from './support/lab.ts'\n"

test('runs files on real hosts side by side, and prints them whole, by name', () =>
  withProject(
    { 'one.test': meets('one', 'two'), 'two.test': meets('two', 'one') },
    async (run) => {
      const { printed } = await run()
      match(printed, /one\.test\.ts\n.*one is done\n[\s\S]*two\.test\.ts\n.*two is done\n[\s\S]*\n2 passed, 0 failed\n$/)
    },
    ON_LAB_HOSTS,
  ))

test('runs files that share this machine, or something else, one after the other', async () => {
  const files = { 'one.test': KEEPS_OUT, 'two.test': KEEPS_OUT, 'three.test': KEEPS_OUT }
  for (const source of ['', `${ON_LAB_HOSTS}\nalone('kernel settings')\n`])
    await withProject(files, async (run) => match((await run()).printed, '\n3 passed, 0 failed\n'), source)
})

test('goes on with the other files after one that broke its process', () =>
  withProject({ 'one.test': `test('ends', () => process.exit(3)); test.run()`, 'two.test': `${PASSING}; test.run()` }, async (run) => {
    match((await run()).printed, /ended with status 3\n1 passed, 1 failed\n$/)
  }))

const WAITS = `const trace = (name) => writeFile(new URL(name, import.meta.url), '')
atEnd(() => trace('cleaned'))
test('waits', async () => { await trace('begun'); console.log('begun'); await new Promise(() => {}) }); test.run()`

test('cleans up when it is stopped, and tells how far it came', () =>
  withProject({ 'some.test': WAITS }, async (_, root) => {
    const child = start(root, [])
    const ended = endOf(child)
    await appears(join(root, 'dist/test/begun'))
    child.kill('SIGINT')
    const { rc, printed } = await ended
    equal([rc, printed], [1, 'test/some.test.ts\n subject  begun\nerror: stopped by SIGINT\n0 passed, 1 failed\n'])
    await appears(join(root, 'dist/test/cleaned'))
  }))

test('tells what failed before it was stopped', () =>
  withProject({ 'some.test': `${WAITS.replace("test('waits'", "test('differs', () => equal(1, 2)); test('waits'")}` }, async (_, root) => {
    const child = start(root, [])
    const ended = endOf(child)
    await appears(join(root, 'dist/test/begun'))
    child.kill('SIGINT')
    const { printed } = await ended
    match(printed, /FAIL {2}subject "differs"\n.*deeply equal[\s\S]*stopped by SIGINT\n0 passed, 2 failed\n$/)
  }))

test('cleans up also when it was killed', () =>
  withProject({ 'some.test': WAITS }, async (_, root) => {
    const child = start(root, [])
    const ended = endOf(child)
    await appears(join(root, 'dist/test/begun'))
    child.kill('SIGKILL')
    await ended
    await appears(join(root, 'dist/test/cleaned'))
  }))

const IMPORTS = `import { suite } from 'uvu'
import { equal } from 'uvu/assert'
import { existsSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { alone } from './support/alone.js'
import { atEnd } from './support/cleanup.js'
import { limit } from './support/limit.js'
import { suiteUnless } from './support/skip.js'
const test = suite('subject')
`

interface Ended {
  readonly rc: number
  readonly printed: string
}

type Run = (...args: readonly string[]) => Promise<Ended>

/** A project with the compiled runner and these test files in it. */
async function withProject(
  files: { readonly [name: string]: string },
  body: (run: Run, root: string) => Promise<void>,
  source = '',
): Promise<void> {
  const compiled = fileURLToPath(new URL('.', import.meta.url))
  const root = await mkdtemp(join(tmpdir(), 'holdfast-run-'))
  try {
    await mkdir(join(root, 'dist/test'), { recursive: true })
    await mkdir(join(root, 'test'))
    await symlink(join(compiled, '../../node_modules'), join(root, 'node_modules'))
    await writeFile(join(root, 'package.json'), '{ "type": "module" }')
    await cp(join(compiled, 'run.js'), join(root, 'dist/test/run.js'))
    await cp(join(compiled, 'support'), join(root, 'dist/test/support'), { recursive: true })
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(root, `test/${name}.ts`), source)
      await writeFile(join(root, `dist/test/${name}.js`), IMPORTS + text)
    }
    await body((...args) => runIn(root, args), root)
  } finally {
    await rm(root, { recursive: true })
  }
}

function runIn(root: string, args: readonly string[]): Promise<Ended> {
  return endOf(start(root, args))
}

function start(root: string, args: readonly string[]): ChildProcess {
  const env = { ...process.env, HOLDFAST_TEST_PROCESSES: '2' }
  return spawn(process.execPath, [join(root, 'dist/test/run.js'), ...args], { stdio: ['ignore', 'pipe', 'inherit'], env })
}

async function endOf(child: ChildProcess): Promise<Ended> {
  const ended = new Promise<number>((resolve) => child.on('close', (rc) => resolve(rc ?? 128)))
  const [rc, printed] = await Promise.all([ended, buffer(child.stdout as Readable)])
  return { rc, printed: printed.toString() }
}

async function appears(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(20)
}

test.run()
