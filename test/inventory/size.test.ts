import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { renderList } from '../../engine/inventory/list.ts'
import { loadInventory } from '../../engine/inventory/load.ts'
import { growth } from '../support/cost.ts'
import { withFolder } from './folder.ts'

const test = suite('large inventories')

test('a thousand hosts with vars of every kind are listed in a fraction of the time Ansible takes', async () => {
  await withFolder(fleet(1000), async (folder) => {
    const source = join(folder, 'hosts.yml')
    const [ours, listed] = await timed(async () => renderList(await loadInventory([source])))
    const answer = await timed(() => promisify(execFile)('ansible-inventory', ['-i', source, '--list'], { maxBuffer: 1e9 })).catch(
      () => undefined,
    )
    if (!answer) return // Without Ansible only the other tests say something.
    const [theirs, { stdout }] = answer
    assert.equal(JSON.parse(JSON.stringify(listed)), JSON.parse(stdout))
    assert.ok(ours < theirs, `ours ${ours} ms, theirs ${theirs} ms`)
  })
})

test('a thousand hosts take no more than their share', async () => {
  const times = await growth(1000, (count) =>
    withFolder(fleet(count), async (folder) => void renderList(await loadInventory([join(folder, 'hosts.yml')]))),
  )
  assert.ok(times < 10, `four times as many cost ${times} times as much`)
})

test('hosts share the vars of their groups, so five hundred stay small', async () => {
  await withFolder(fleet(500), async (folder) => {
    const inventory = await loadInventory([join(folder, 'hosts.yml')])
    const [first, second] = [...inventory.hosts.values()]
    assert.is(first?.groups, second?.groups)
  })
})

function fleet(count: number): { readonly [path: string]: string } {
  const hosts = Array.from(
    { length: count },
    (_, i) => `        node-${i}: {ansible_host: 10.0.${i >> 8}.${i & 255}, index: ${i}, roles: [a, b]}`,
  )
  const wide = Array.from({ length: 100 }, (_, i) => `name_${i}: {a: ${i}, b: [x, y, "{{ z }}"]}`)
  const own = Array.from({ length: count }, (_, i) => [`host_vars/node-${i}.yml`, `own: ${i}\nlist: [1, 2, 3]\n`] as const)
  return {
    'hosts.yml': ['all:', '  children:', '    nodes:', '      hosts:', ...hosts, '    eu: {children: {nodes: }}', ''].join('\n'),
    'group_vars/all.yml': `${wide.join('\n')}\n`,
    'group_vars/nodes.yml': 'x: 1\n',
    ...Object.fromEntries(own),
  }
}

async function timed<T>(body: () => Promise<T>): Promise<readonly [number, T]> {
  const started = performance.now()
  const value = await body()
  return [Math.round(performance.now() - started), value]
}

test.run()
