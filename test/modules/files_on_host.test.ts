import * as assert from 'uvu/assert'
import { Content } from '../../engine/core/content.ts'
import type { Module } from '../../engine/core/module.ts'
import { findModule } from '../../engine/modules/registry.ts'
import { applyOn, assertFails, assertHolds, assertMakesSo } from '../support/host_round.ts'
import { labSuite, withHost } from '../support/lab.ts'

const test = labSuite('file modules on a host')
const PLACE = '/srv/-rf $(touch x) \'a\' "b" *'
const QUOTED = `'${PLACE.replaceAll("'", `'\\''`)}'`

interface Round {
  readonly module: string
  readonly params: { readonly [name: string]: unknown }
  readonly sources?: { readonly [name: string]: Content }
  /** What the host has before, as a script in the place. */
  readonly before?: string
  /** Scripts that each spoil one thing. */
  readonly drifts: readonly string[]
  /** Params that must be refused, and with what. */
  readonly refused: readonly [{ readonly [name: string]: unknown }, string]
}

const OWNED = { owner: 'daemon', group: 'bin', mode: '0640' }
const ATTRIBUTE_DRIFTS = ['chmod 4777 f', 'chown root f', 'chgrp root f']

const ROUNDS: readonly Round[] = [
  {
    module: 'copy',
    params: { content: 'one\n', dest: `${PLACE}/f`, ...OWNED },
    drifts: [...ATTRIBUTE_DRIFTS, 'echo two > f', 'rm f', 'rm f; ln -s /etc/passwd f'],
    refused: [{ content: 'x', dest: `${PLACE}/none/f` }, 'cannot enter'],
  },
  {
    module: 'template',
    params: { src: 'f.hbs', dest: `${PLACE}/`, ...OWNED },
    sources: { src: Content.of('rendered\n') },
    drifts: [...ATTRIBUTE_DRIFTS, 'truncate -s0 f', 'rm f'],
    refused: [{ src: 'f.hbs', dest: `${PLACE}/g`, validate: 'grep -q other %s' }, 'refused the new content'],
  },
  {
    module: 'file',
    params: { path: `${PLACE}/d/f`, state: 'directory', owner: 'daemon', group: 'bin', mode: '1770' },
    drifts: ['chmod 0777 d/f', 'chown root d/f', 'chgrp root d/f', 'rm -r d'],
    refused: [{ path: `${PLACE}/g`, state: 'link', src: 'none' }, '`src: none` does not exist'],
  },
  {
    module: 'lineinfile',
    params: { path: `${PLACE}/f`, regexp: '^#?Port ', line: 'Port 22', ...OWNED },
    before: 'printf "#Port 1\\nEnd\\n" > f',
    drifts: [...ATTRIBUTE_DRIFTS, 'echo "Port 23" > f'],
    refused: [{ path: `${PLACE}/none`, line: 'x' }, 'there is no file'],
  },
  {
    module: 'blockinfile',
    params: { path: `${PLACE}/f`, block: "it's\n$HOME", create: true, ...OWNED },
    drifts: [...ATTRIBUTE_DRIFTS, 'sed -i s/HOME/x/ f', 'rm f'],
    refused: [{ path: '/etc', block: 'x' }, 'is a directory, not a file'],
  },
  {
    module: 'replace',
    params: { path: `${PLACE}/f`, regexp: '^a=.$', replace: 'a=9', ...OWNED },
    before: 'echo a=1 > f',
    drifts: [...ATTRIBUTE_DRIFTS, 'echo a=2 > f'],
    refused: [{ path: `${PLACE}/f`, regexp: 'a', replace: 'aa' }, 'at every run'],
  },
  {
    module: 'toml',
    params: { path: `${PLACE}/f`, values: { 'p2p.laddr': 'tcp://1' }, ...OWNED },
    before: 'printf "[p2p]\\nladdr = 1 # x\\n" > f',
    drifts: [...ATTRIBUTE_DRIFTS, 'echo > f'],
    refused: [{ path: '/etc/passwd', values: { a: 1 } }, 'this is no TOML'],
  },
  {
    module: 'json_file',
    params: { path: `${PLACE}/f`, values: { a: { b: [1] } }, create: true, ...OWNED },
    drifts: [...ATTRIBUTE_DRIFTS, 'echo "{}" > f'],
    refused: [{ path: '/etc/passwd', values: { a: 1 } }, 'this is no JSON'],
  },
  {
    module: 'yaml_file',
    params: { path: `${PLACE}/f`, values: { 'a.b': 'yes' }, absent: ['c'], create: true, ...OWNED },
    drifts: [...ATTRIBUTE_DRIFTS, 'echo "a: {b: no}" > f', 'echo "c: 1" >> f'],
    refused: [{ path: `${PLACE}/f`, values: { 'a.b.c': 1 } }, '`a.b` is a single value, not a map'],
  },
  {
    module: 'get_url',
    params: { url: 'https://example.org/f', dest: PLACE, checksum: `sha256:${Content.of('one').sha256}`, via: 'controller', ...OWNED },
    sources: { src: Content.of('one') },
    drifts: [...ATTRIBUTE_DRIFTS, 'echo two > f', 'rm f'],
    refused: [{ url: 'https://example.org/f', dest: PLACE, checksum: 'md5:0' }, 'must be `sha256:` and 64 hexadecimal digits'],
  },
  {
    module: 'unarchive',
    params: { src: '/root/a.tar.gz', dest: PLACE, remote_src: true, strip_components: 1, owner: 'daemon' },
    before: 'mkdir -p /root/a; echo one > /root/a/f; tar -C /root -czf /root/a.tar.gz a',
    drifts: ['chmod 4777 f', 'chown root f', 'echo two > f', 'rm f'],
    refused: [{ src: '/etc/passwd', dest: PLACE, remote_src: true }, 'tar cannot read the archive'],
  },
]

for (const { module: name, params, sources = {}, before = 'true', drifts, refused } of ROUNDS) {
  test(`${name}: absent, present, again, each drift repaired, refused, check mode`, () =>
    withHost(async (host) => {
      const module = moduleNamed(name)
      const inPlace = (script: string) => host.read(`cd ${QUOTED} && { ${script}; }`)
      await host.read(`rm -rf ${QUOTED} && mkdir ${QUOTED}`)
      await inPlace(before)
      await assertMakesSo(host, module, params, { sources })
      for (const drift of drifts) {
        await inPlace(drift)
        await assertMakesSo(host, module, params, { sources })
      }
      await assertHolds(host, module, params, { sources })
      const failed = await applyOn(host, module, refused[0], { sources })
      assert.is(failed.status, 'failed')
      assert.match(failed.message, refused[1])
      assert.is((await inPlace('find . -name ".holdfast.*"')).trim(), '')
    }))
}

test('stat, slurp and fetch look and touch nothing', () =>
  withHost(async (host) => {
    await host.read(`rm -rf ${QUOTED} && mkdir ${QUOTED} && printf 'a\\0b\\n' > ${QUOTED}/f`)
    for (const [name, params] of [
      ['stat', { path: `${PLACE}/f` }],
      ['slurp', { src: `${PLACE}/f` }],
      ['fetch', { src: `${PLACE}/f`, dest: 'x' }],
    ] as const) {
      await assertHolds(host, moduleNamed(name), params)
    }
    await assertFails(host, moduleNamed('slurp'), { src: PLACE }, 'is a directory')
  }))

test('copy leaves the old file whole on a full disk, and keeps the attributes that are not managed', () =>
  withHost(async (host) => {
    const copy = moduleNamed('copy')
    await host.read(
      'umount /srv/small 2>/dev/null; mkdir -p /srv/small && mount -t tmpfs -o size=64k tmpfs /srv/small && echo one > /srv/small/f',
    )
    await assertFails(host, copy, { content: 'x'.repeat(80_000), dest: '/srv/small/f' }, /No space left[\s\S]*the old file stays/)
    assert.is(await host.read('cat /srv/small/f; ls -A /srv/small; umount /srv/small'), 'one\nf\n')
    await host.read('echo one > /srv/kept && chmod 0604 /srv/kept && chown daemon:bin /srv/kept')
    await assertMakesSo(host, copy, { content: 'two\n', dest: '/srv/kept' })
    assert.is(await host.read('stat -c "%a %U %G" /srv/kept'), '604 daemon bin\n')
  }))

test.run()

function moduleNamed(name: string): Module {
  const module = findModule(name)
  if (module === undefined) throw new Error(`there is no module ${name}`)
  return module
}
