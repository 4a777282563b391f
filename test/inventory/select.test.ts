import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { plain } from '../../engine/core/node.ts'
import { limitPatterns } from '../../engine/inventory/limit.ts'
import { loadInventory } from '../../engine/inventory/load.ts'
import { limited, orderHosts, selectHosts } from '../../engine/inventory/select.ts'
import { readDocument } from '../../engine/source/read.ts'
import { suiteUnless } from '../support/skip.ts'
import { ansibleHosts, hasAnsible } from './oracle.ts'
import { withFolder } from './folder.ts'

const test = suite('select')
const oracle = suiteUnless((await hasAnsible()) ? [] : ['ansible is not installed'], 'ansible --list-hosts')

interface Row {
  readonly pattern: string
  readonly hosts: readonly string[] | null
  readonly ours?: string
}

const source = fileURLToPath(new URL('../../../test/inventory/patterns/hosts', import.meta.url))
const table = fileURLToPath(new URL('../../../test/inventory/patterns.yml', import.meta.url))
const rows = plain(readDocument(table)) as unknown as readonly Row[]
const inventory = await loadInventory([source])

for (const { pattern, hosts, ours } of rows) {
  test(`${JSON.stringify(pattern)} is ${ours === undefined ? `[${hosts}]` : `refused: ${ours}`}`, () => {
    const selection = selectHosts(inventory, [{ text: pattern }])
    if (ours === undefined) {
      assert.equal(selection.problems, [])
      assert.equal(
        selection.hosts.map(({ name }) => name),
        hosts,
      )
    } else assert.ok(selection.problems[0]?.message.includes(ours), selection.problems[0]?.message)
  })
}

for (const { pattern, hosts } of rows.filter((_, i) => i % 5 === 0)) {
  oracle(`says of ${JSON.stringify(pattern)} what the table says`, async () => {
    assert.equal(await ansibleHosts(source, pattern), hosts ?? 'error')
  })
}

test('a list of patterns is one pattern', () => {
  assert.equal(names(['web', '!eu', 'db:&us']), ['web2', 'db2'])
})

test('a pattern that matches nothing is told, and a slip gets the nearest name', () => {
  const { warnings } = selectHosts(inventory, [{ text: 'nothing*' }])
  assert.is(warnings[0]?.message, '`nothing*` matches no host')
  assert.is(selectHosts(inventory, [{ text: 'all:!web01' }]).problems[0]?.help, 'did you mean `web1`?')
})

test('a kind of host that a fleet does not have is nobody, and a slip in its name is told', () => {
  const { hosts, problems, warnings } = selectHosts(inventory, [{ text: 'signer:web:!cosigner' }])
  assert.equal([hosts.length, problems, warnings], [4, [], []])
  assert.is(selectHosts(inventory, [{ text: 'signers' }]).problems[0]?.code, 'unknown-host')
})

test('a limit keeps the order of the play', () => {
  const play = selectHosts(inventory, [{ text: 'db:web' }]).hosts
  const limit = selectHosts(inventory, [{ text: 'web1:db2' }]).hosts
  assert.equal(
    limited(play, limit).map(({ name }) => name),
    ['db2', 'web1'],
  )
})

test('a limit may stand in a file, a pattern on each line', async () => {
  await withFolder({ retry: 'web1\n\n db1 \n' }, (folder) => {
    const patterns = limitPatterns([`@${folder}/retry`, 'web2'])
    assert.equal(
      selectHosts(inventory, patterns).hosts.map(({ name }) => name),
      ['web1', 'db1', 'web2'],
    )
    assert.is(patterns[1]?.origin?.line, 3)
  })
})

test('a file of a limit may hold comments', async () => {
  await withFolder({ retry: '# failed today\nweb1 # the disk\n  #db1\nweb2#\n', none: '# nobody\n' }, (folder) => {
    assert.equal(
      limitPatterns([`@${folder}/retry`]).map(({ text, origin }) => [text, origin?.line]),
      [
        ['web1', 2],
        ['web2#', 4],
      ],
    )
    assert.throws(() => limitPatterns([`@${folder}/none`]), /names no host/)
  })
})

test('an empty file of a limit is no limit that lets every host through', async () => {
  await withFolder({ retry: '\n \n' }, (folder) => {
    assert.throws(() => limitPatterns([`@${folder}/retry`]), /names no host/)
  })
})

test('a bracket without its other one does not widen a pattern', () => {
  for (const text of ['web[0', 'web]0', '~w[', 'all:web[0'])
    assert.match(selectHosts(inventory, [{ text }]).problems[0]?.message ?? '', 'stands alone')
})

test('a play may order its hosts', () => {
  const { hosts } = selectHosts(inventory, [{ text: 'web' }])
  assert.equal(
    orderHosts(hosts, 'sorted').map(({ name }) => name),
    ['web1', 'web10', 'web2', 'web3'],
  )
  assert.equal(
    orderHosts(hosts, 'reverse_inventory').map(({ name }) => name),
    ['web10', 'web3', 'web2', 'web1'],
  )
})

test('the implicit localhost is reached locally and is no part of all', () => {
  const [local] = selectHosts(inventory, [{ text: 'localhost' }]).hosts
  assert.is(local?.implicit, true)
  assert.equal(local?.vars.map(plain), [{ ansible_connection: 'local' }])
  assert.not.ok(names(['all']).includes('localhost'))
})

test('a listed localhost stands for its other names too', async () => {
  const listed = await loadInventory(['localhost,web1'])
  assert.equal(
    selectHosts(listed, [{ text: '127.0.0.1' }]).hosts.map(({ name }) => name),
    ['localhost'],
  )
})

function names(patterns: readonly string[]): readonly string[] {
  return selectHosts(
    inventory,
    patterns.map((text) => ({ text })),
  ).hosts.map(({ name }) => name)
}

oracle.run()
test.run()
