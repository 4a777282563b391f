import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { at, plain } from '../../engine/core/node.ts'
import { firewallFlows, flowsOf } from '../../engine/fleet/flows.ts'
import type { Fleet } from '../../engine/fleet/model.ts'
import { topologySvg } from '../../engine/fleet/topology_svg.ts'
import { topologyText } from '../../engine/fleet/topology_text.ts'
import { parseYaml } from '../../engine/source/yaml.ts'
import { assemble, idOf, type Said } from './described.ts'

const test = suite('topology')

const chain = 'kvstore'
const signer = { groups: ['cosigner'], chain, signing_threshold: 2 }
const FLEET: { readonly [host: string]: Said } = {
  'public-1': {
    groups: ['public'],
    chain,
    region: 'eu & us',
    private_address: '10.0.1.1',
    public_address: '203.0.113.1',
    node_id: idOf(1),
  },
  'sentry-1': { groups: ['sentry'], chain, region: '<script>alert(1)</script>', private_address: '10.0.2.1', node_id: idOf(2) },
  'cosigner-2': { ...signer, private_address: '10.0.3.2', shard_id: 2 },
  'cosigner-1': { ...signer, private_address: '10.0.3.1', shard_id: 1 },
  'cosigner-3': { ...signer, private_address: '10.0.3.3', shard_id: 3 },
  'monitoring-1': { groups: ['monitoring'], chain, private_address: '10.0.4.1' },
}

test('the text names every host with its region, addresses and shard, cosigners by their shard', () => {
  const lines = topologyText(fleet()).split('\n')
  assert.is(lines[0], 'kvstore · kvstore-1 · 6 hosts · 2 of 3 cosigners sign')
  assert.ok(lines.includes('  public-1  eu & us  10.0.1.1 203.0.113.1'))
  assert.equal(
    lines.filter((line) => line.startsWith('  cosigner-')).map((line) => line.replace(/ +/g, ' ')),
    [' cosigner-1 10.0.3.1 shard 1', ' cosigner-2 10.0.3.2 shard 2', ' cosigner-3 10.0.3.3 shard 3'],
  )
})

test('the drawing is the same each time, well formed, and holds no markup of the inventory', () => {
  const svg = topologySvg(fleet())
  assert.is(svg, topologySvg(fleet()))
  assert.not(svg.includes('<script'))
  assert.ok(svg.includes('&#60;script&#62;') && svg.includes('eu &#38; us'))
  for (const name of Object.keys(FLEET)) assert.ok(svg.includes(`>${name}<`), name)
  assert.not(/&(?!#\d+;)/.test(svg))
  assert.equal(svg.match(/<text /g)?.length, svg.match(/<\/text>/g)?.length)
})

test('characters that no XML holds, and those that turn text around, are left out', () => {
  const region = 'a\u0000b\u202ec\ud800d 😀'
  const svg = topologySvg(fleet({ ...FLEET, 'public-1': { ...(FLEET['public-1'] as Said), region } }))
  assert.ok(svg.includes('>abcd 😀<'))
})

test('many hosts are drawn in several lines, each inside its row and under the one above', () => {
  const many = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => {
      const [private_address, node_id] = [`10.9.0.${i + 1}`, (i + 1000).toString(16).padStart(40, '0')]
      return [`more-${i}`, { groups: ['public'], chain: 'kvstore', private_address, node_id }] as const
    }),
  )
  const svg = topologySvg(fleet({ ...FLEET, ...many }))
  const [, width, height] = (/width="(\d+)" height="(\d+)"/.exec(svg) ?? []).map(Number)
  assert.ok((width ?? 0) < 2000, `it is ${width} wide`)
  const boxes = [...svg.matchAll(/<rect x="(\d+)" y="(\d+)" width="(\d+)" height="(\d+)" rx="4"/g)].map((found) =>
    found.slice(1).map(Number),
  )
  assert.is(new Set(boxes.map(([x, y]) => `${x} ${y}`)).size, boxes.length)
  for (const [x = 0, y = 0, w = 0, h = 0] of boxes) assert.ok(x + w < (width ?? 0) && y + h < (height ?? 0))
})

test('a name that is longer than its box is cut', () => {
  const long = { ...(FLEET['public-1'] as Said), private_address: '10.9.0.1', public_address: null, node_id: 'ab'.repeat(20) }
  const svg = topologySvg(fleet({ ...FLEET, ['n'.repeat(60)]: long }))
  assert.ok(svg.includes(`>${'n'.repeat(23)}…<`))
})

test('nothing is drawn of a tier that the fleet has not', () => {
  const { 'monitoring-1': _, ...rest } = FLEET
  const flows = flowsOf(fleet(rest))
  assert.not(flows.some(({ from }) => from === 'monitoring'))
  assert.not(topologySvg(fleet(rest)).includes('monitoring'))
})

test('what the firewall takes without a chain is what a chain with the usual ports gets', async () => {
  const file = fileURLToPath(new URL('../../../roles/firewall/vars/main.yml', import.meta.url))
  const usual = plain(at(parseYaml(await readFile(file, 'utf8'), file), 'firewall_usual_flows') as never) as unknown as readonly Allowed[]
  assert.equal(pairs(usual), pairs(firewallFlows(fleet())))
})

test.run()

interface Allowed {
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly ports: readonly (number | string)[]
  readonly limited?: boolean
}

/** Each flow between two zones as a line. */
function pairs(flows: readonly Allowed[]): readonly string[] {
  return flows
    .flatMap(({ from, to, ports, limited }) =>
      from.flatMap((a) => to.flatMap((b) => ports.map((port) => `${a} → ${b} ${port}${limited ? ' limited' : ''}`))),
    )
    .sort()
}

function fleet(said = FLEET): Fleet {
  const { fleets, problems } = assemble(said)
  assert.equal(problems, [])
  return fleets[0] as Fleet
}
