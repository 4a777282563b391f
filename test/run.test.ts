import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import { equal, match } from 'uvu/assert'

const test = suite('test runner')

const PASSING = `test('works', () => {})`
const rows: readonly (readonly [title: string, file: string, says: string, rc: number])[] = [
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

const IMPORTS = `import { suite } from 'uvu'
import { atEnd } from './support/cleanup.js'
import { limit } from './support/limit.js'
import { suiteUnless } from './support/skip.js'
const test = suite('subject')
`

type Run = (...args: readonly string[]) => Promise<{ readonly rc: number; readonly printed: string }>

/** A project with the compiled runner and these test files in it. */
async function withProject(files: { readonly [name: string]: string }, body: (run: Run, root: string) => Promise<void>): Promise<void> {
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
      await writeFile(join(root, `test/${name}.ts`), '')
      await writeFile(join(root, `dist/test/${name}.js`), IMPORTS + text)
    }
    await body((...args) => runIn(root, args), root)
  } finally {
    await rm(root, { recursive: true })
  }
}

async function runIn(root: string, args: readonly string[]): Promise<{ readonly rc: number; readonly printed: string }> {
  const child = spawn(process.execPath, [join(root, 'dist/test/run.js'), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number>((resolve) => child.on('close', (rc) => resolve(rc ?? 128)))
  const [rc, printed] = await Promise.all([ended, buffer(child.stdout)])
  return { rc, printed: printed.toString() }
}

test.run()
