import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plain } from '../../engine/core/node.ts'
import { showOrigin } from '../../engine/core/origin.ts'
import { explain } from '../../engine/inventory/explain.ts'
import { hostLayers, mergedVars } from '../../engine/inventory/layers.ts'
import { renderGraph } from '../../engine/inventory/list.ts'
import { loadInventory } from '../../engine/inventory/load.ts'
import type { Host, HostLayer, Inventory } from '../../engine/inventory/model.ts'
import { loadVarsFolder } from '../../engine/inventory/vars_files.ts'
import { withFolder } from './folder.ts'

const test = suite('layers')

/** Every rank sets `v`, and each also sets a name of its own. */
const FILES = {
  'inv/hosts': '[web]\nh v=host_line\n[eu]\nh\n[all:vars]\nv=inline_all\n[web:vars]\nv=inline_web\n[eu:vars]\nv=inline_eu\n',
  'inv/group_vars/all.yml': 'v: file_all\n',
  'inv/group_vars/web.yml': 'v: file_web\n',
  'inv/host_vars/h.yml': '# own\nv: file_host\n',
  'play/group_vars/all.yml': 'v: play_all\n',
  'play/group_vars/eu.yml': 'v: play_eu\n',
  'play/host_vars/h.yml': 'v: play_host\n',
}

test('explains every place that sets a variable, weakest first, the last one winning', async () => {
  await withFolder(FILES, async (folder) => {
    const { layers } = await layersIn(folder)
    const settings = explain(layers, 'v')
    assert.equal(
      settings.map(({ rank, group, origin, value }) => [rank, group ?? '', showOrigin(origin).replace(`${folder}/`, ''), plain(value)]),
      [
        ['inventory group vars', 'all', 'inv/hosts:6:1', 'inline_all'],
        ['inventory group vars', 'eu', 'inv/hosts:10:1', 'inline_eu'],
        ['inventory group vars', 'web', 'inv/hosts:8:1', 'inline_web'],
        ['group_vars/all', 'all', 'inv/group_vars/all.yml:1:1', 'file_all'],
        ['playbook group_vars/all', 'all', 'play/group_vars/all.yml:1:1', 'play_all'],
        ['group_vars', 'web', 'inv/group_vars/web.yml:1:1', 'file_web'],
        ['playbook group_vars', 'eu', 'play/group_vars/eu.yml:1:1', 'play_eu'],
        ['inventory host vars', '', 'inv/hosts:2:3', 'host_line'],
        ['host_vars', '', 'inv/host_vars/h.yml:2:1', 'file_host'],
        ['playbook host_vars', '', 'play/host_vars/h.yml:1:1', 'play_host'],
      ],
    )
    assert.equal(
      settings.map(({ wins }) => wins),
      [...Array(9).fill(false), true],
    )
    assert.equal(plain(mergedVars(layers)), { v: 'play_host' })
  })
})

test('a name nobody sets has no settings', async () => {
  await withFolder(FILES, async (folder) => assert.equal(explain((await layersIn(folder)).layers, 'nothing'), []))
})

test('dictionaries replace each other, they are not merged', async () => {
  await withFolder({ hosts: 'h\n', 'group_vars/all.yml': 'd: {a: 1}\n', 'host_vars/h.yml': 'd: {b: 2}\n' }, async (folder) => {
    const inventory = await loadInventory([join(folder, 'hosts')])
    assert.equal(plain(mergedVars(hostLayers(inventory, hostOf(inventory, 'h')))), { d: { b: 2 } })
  })
})

test('vars in the working directory do not count for a list of hosts', async () => {
  const inventory = await loadInventory(['a,b'])
  assert.equal(inventory.folders, [])
})

test('what a program says is never a template', async () => {
  const says = '{"g": {"hosts": ["h"], "vars": {"x": "{{ y }}"}}, "_meta": {"hostvars": {"h": {"l": ["{{ z }}"]}}}}'
  await withFolder({ inv: `#!/bin/sh\necho '${says}'\n` }, async (folder) => {
    const inventory = await loadInventory([join(folder, 'inv')])
    const { entries } = mergedVars(hostLayers(inventory, hostOf(inventory, 'h')))
    const [x, l] = entries.map(({ value }) => value)
    assert.is(x?.kind === 'scalar' && x.tag, '!unsafe')
    assert.is(l?.kind === 'list' && l.items[0]?.kind === 'scalar' && l.items[0].tag, '!unsafe')
  })
})

test('draws the groups as ansible-inventory --graph does', async () => {
  await withFolder({ hosts: 'loose\n[web]\nw1\nw2\n[eu:children]\nweb\n[empty]\n' }, async (folder) => {
    const inventory = await loadInventory([join(folder, 'hosts')])
    const lines = [
      '@all:',
      '  |--@ungrouped:',
      '  |  |--loose',
      '  |--@eu:',
      '  |  |--@web:',
      '  |  |  |--w1',
      '  |  |  |--w2',
      '  |--@empty:',
    ]
    assert.is(renderGraph(inventory), lines.join('\n'))
    assert.is(renderGraph(inventory, 'web'), '@web:\n  |--w1\n  |--w2')
  })
})

async function layersIn(folder: string): Promise<{ readonly layers: readonly HostLayer[] }> {
  const inventory = await loadInventory([join(folder, 'inv')])
  const adjacent = loadVarsFolder(join(folder, 'play'), { ...inventory, warnings: [] })
  return { layers: hostLayers(inventory, hostOf(inventory, 'h'), adjacent) }
}

function hostOf(inventory: Inventory, name: string): Host {
  const host = inventory.hosts.get(name)
  assert.ok(host, name)
  return host
}

test.run()
