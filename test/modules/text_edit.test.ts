import { chmod, chown, lstat, readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import * as assert from 'uvu/assert'
import type { Module } from '../../engine/core/module.ts'
import { Secret } from '../../engine/core/secret.ts'
import { blockinfile } from '../../engine/modules/blockinfile.ts'
import { lineinfile } from '../../engine/modules/lineinfile.ts'
import { replace } from '../../engine/modules/replace.ts'
import { assertConverges, assertRefuses, assertSettled } from '../support/module_round.ts'
import { NO_ROOT } from '../support/root.ts'
import { withScratch } from '../support/scratch.ts'
import { suiteUnless } from '../support/skip.ts'

const test = suiteUnless(NO_ROOT, 'text edit')
const NAME = `-rf $(touch x) 'a' "b" * \\ ;\n`

interface Edited {
  readonly module: Module
  readonly params: object
  readonly before: string
  readonly after: string
}

const EDITS: { readonly [title: string]: Edited } = {
  'replaces the last line a pattern matches': {
    module: lineinfile,
    params: { regexp: '^#?Port ', line: 'Port 2222' },
    before: '#Port 1\nPort 2\nEnd',
    after: '#Port 1\nPort 2222\nEnd',
  },
  'fills the groups of the match into the line': {
    module: lineinfile,
    params: { regexp: '^(\\w+)=(?P<old>\\d)$', line: '\\1=9 # \\g<old>', backrefs: true },
    before: 'a=1\nb\n',
    after: 'a=9 # 1\nb\n',
  },
  'adds a line after the last match': {
    module: lineinfile,
    params: { line: "it's $HOME", insertafter: '^b' },
    before: 'b\nb\nc\n',
    after: "b\nb\nit's $HOME\nc\n",
  },
  'does not join a new line to one that has no end': {
    module: lineinfile,
    params: { line: 'c', insertafter: 'b' },
    before: 'a\nb',
    after: 'a\nb\nc\n',
  },
  'takes lines out': { module: lineinfile, params: { regexp: '^x', state: 'absent' }, before: 'x1\na\nx2\n', after: 'a\n' },
  'keeps a block up to date where it is': {
    module: blockinfile,
    params: { block: 'one\ntwo', marker: '; {mark} fleet' },
    before: 'a\n; BEGIN fleet\nold\n; END fleet\nb\n',
    after: 'a\n; BEGIN fleet\none\ntwo\n; END fleet\nb\n',
  },
  'adds a block before a match': {
    module: blockinfile,
    params: { block: 'x\n', insertbefore: '^b' },
    before: 'a\nb',
    after: 'a\n# BEGIN ANSIBLE MANAGED BLOCK\nx\n# END ANSIBLE MANAGED BLOCK\nb',
  },
  'takes a block out': {
    module: blockinfile,
    params: { state: 'absent' },
    before: 'a\n# BEGIN ANSIBLE MANAGED BLOCK\nx\n# END ANSIBLE MANAGED BLOCK\nb',
    after: 'a\nb',
  },
  'replaces every match': {
    module: replace,
    params: { regexp: '^(.)=0$', replace: '\\1=1' },
    before: 'a=0\nb=0\nc=00\n',
    after: 'a=1\nb=1\nc=00\n',
  },
  'replaces between two marks only': {
    module: replace,
    params: { after: '\\[b\\]', before: '\\[c\\]', regexp: 'on', replace: 'off' },
    before: '[a]\non\n[b]\non\n[c]\non\n',
    after: '[a]\non\n[b]\noff\n[c]\non\n',
  },
}

for (const [title, { module, params, before, after }] of Object.entries(EDITS)) {
  test(`${module.name} ${title}`, () =>
    withScratch(async (root) => {
      const path = `${root}/${NAME}`
      await writeFile(path, before)
      await chown(path, 1, 2)
      await chmod(path, 0o640)
      const { changes } = await assertConverges(module, { root, params: { ...params, path } })
      assert.equal(changes.at(0)?.text, { before, after })
      assert.is(await readFile(path, 'utf8'), after)
      const { mode, uid, gid } = await lstat(path)
      assert.equal([mode & 0o7777, uid, gid], [0o640, 1, 2])
    }))
}

test('makes a file and its folder on demand, and keeps its attributes', () =>
  withScratch(async (root) => {
    const path = `${root}/new/x`
    await assertRefuses(lineinfile, { root, params: { path, line: 'a' } }, 'there is no file')
    const round = { root, params: { path, line: 'a', create: true, mode: '0600', owner: 'daemon', group: '2' } }
    await assertConverges(lineinfile, round)
    for (const drift of [() => chmod(path, 0o644), () => chown(path, 0, 2), () => chown(path, 1, 0), () => writeFile(path, 'b\n')]) {
      await drift()
      await assertConverges(lineinfile, round)
    }
    await assertSettled(lineinfile, { root, params: { path: `${root}/none`, line: 'a', state: 'absent' } })
  }))

test('follows a link, and leaves it a link', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/real`, 'a\n')
    await symlink('real', `${root}/link`)
    await assertConverges(lineinfile, { root, params: { path: `${root}/link`, line: 'b' } })
    assert.is(await readFile(`${root}/real`, 'utf8'), 'a\nb\n')
    assert.ok((await lstat(`${root}/link`)).isSymbolicLink())
  }))

test('shows nothing of a line that is a secret, and makes its file 0600', () =>
  withScratch(async (root) => {
    const params = { path: `${root}/x`, line: new Secret('line', 'token=abcdef'), create: true }
    const { changes } = await assertConverges(lineinfile, { root, params })
    assert.equal(changes, [{ what: `${root}/x`, from: 'absent', to: 'file' }])
    assert.is((await lstat(`${root}/x`)).mode & 0o7777, 0o600)
  }))

test('refuses an edit that would go on at every run', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/x`, 'a\n#P\n#P\n')
    await assertRefuses(replace, { root, params: { path: `${root}/x`, regexp: 'a', replace: 'aa' } }, 'at every run')
    await assertRefuses(lineinfile, { root, params: { path: `${root}/x`, regexp: '^#P', line: 'P' } }, 'at every run')
  }))

test('refuses a file that is no text, too long or no file', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/binary`, new Uint8Array([0xff, 0xfe]))
    await writeFile(`${root}/long`, 'x'.repeat(1024 * 1024 + 1))
    await assertRefuses(lineinfile, { root, params: { path: `${root}/binary`, line: 'a' } }, 'is not UTF-8 text')
    await assertRefuses(lineinfile, { root, params: { path: `${root}/long`, line: 'a' } }, 'has 1048577 bytes')
    await assertRefuses(lineinfile, { root, params: { path: root, line: 'a' } }, 'is a directory, not a file')
  }))

test('keeps the old text when the new one is refused', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/x`, 'good\n')
    await assertRefuses(
      replace,
      { root, params: { path: `${root}/x`, regexp: 'good', replace: 'bad', validate: 'grep -q good %s' } },
      'the old file stays',
    )
    await assertConverges(replace, { root, params: { path: `${root}/x`, regexp: 'good', replace: 'better', backup: true } })
    assert.is((await readdir(root)).length, 2)
  }))

test.run()
