import { execFile } from 'node:child_process'
import { readFile, realpath, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { equal, match, ok } from 'uvu/assert'
import { newNodeKey, nodeId } from '../../engine/core/node_key.ts'
import { withScratch } from '../support/scratch.ts'
import { leavingNothing } from './genesis.ts'
import { findPrograms, type Program, type ProgramName } from './programs.ts'
import { chainSuite, program } from './suite.ts'

const test = chainSuite('programs')

const VERSIONS: { readonly [N in ProgramName]: RegExp } = {
  cometbft: /^0\.38\.25$/m,
  horcrux: /"version": "v3\.3\.2"/,
  simd: /^v8\.7\.0$/m,
}

for (const name of ['cometbft', 'horcrux', 'simd'] as const) {
  test(`${name} runs, and is the release that is pinned`, async () => {
    const { path, sha256, version } = program(name)
    match(await printed(program(name), 'version'), VERSIONS[name])
    match((await run('sha256sum', [path])).stdout, sha256)
    match(path, `/${name}-${version}-`)
  })

  test(`${name} needs nothing of the host it runs on`, async () => {
    const { stdout, stderr } = await run('ldd', [program(name).path]).catch((refused) => refused)
    match(stdout + stderr, /not a dynamic executable|statically linked/)
  })
}

test('are built once', async () => {
  const built: string[] = []
  const again = await findPrograms((stage) => void built.push(stage))
  ok('programs' in again)
  equal(again.programs.simd, program('simd'))
  equal(built, [])
})

test('are also found by a link that stays', async () => {
  for (const name of ['cometbft', 'horcrux', 'simd'] as const)
    equal(await realpath(`/var/cache/holdfast/programs/${name}`), program(name).path)
})

test('cometbft knows a node by the id that we compute from its key', () =>
  withScratch(async (home) => {
    await run(program('cometbft').path, ['--home', home, 'init'])
    const key = await readFile(join(home, 'config/node_key.json'), 'utf8')
    equal((await printed(program('cometbft'), 'show-node-id', '--home', home)).trim(), nodeId(key))
  }))

test('cometbft and simd accept the node keys that we write', () =>
  withScratch(async (home) => {
    await run(program('cometbft').path, ['--home', home, 'init'])
    const key = newNodeKey()
    await writeFile(join(home, 'config/node_key.json'), key)
    equal((await printed(program('cometbft'), 'show-node-id', '--home', home)).trim(), nodeId(key))
    equal((await printed(program('simd'), 'comet', 'show-node-id', '--home', home)).trim(), nodeId(key))
  }))

test.run()

/** Both outputs together: horcrux prints its version as an error. */
async function printed({ path }: Program, ...words: readonly string[]): Promise<string> {
  return withScratch(async (folder) => {
    const { stdout, stderr } = await run(path, words, { env: leavingNothing(folder) })
    return stdout + stderr
  })
}

const run = promisify(execFile)
