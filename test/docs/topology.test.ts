import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'

const test = suite('docs/topology.md')

const root = fileURLToPath(new URL('../../../', import.meta.url))

test('shows what the command prints and draws of the example', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-topology-'))
  try {
    const svg = join(folder, 'topology.svg')
    const words = ['dist/engine/cli/main.js', 'topology', '-i', 'inventories/example', '--svg', svg]
    const { stdout } = await promisify(execFile)('node', words, { cwd: root })
    const page = await readFile(join(root, 'docs/topology.md'), 'utf8')
    assert.ok(page.includes(stdout), `the page does not hold:\n${stdout}`)
    assert.is(await readFile(svg, 'utf8'), await readFile(join(root, 'docs/topology.svg'), 'utf8'))
  } finally {
    await rm(folder, { recursive: true })
  }
})

test.run()
