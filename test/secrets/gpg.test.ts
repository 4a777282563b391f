import { type ExecFileException, execFile, spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as assert from 'uvu/assert'
import { Secret } from '../../engine/core/secret.ts'
import { open } from '../../engine/secrets/open.ts'
import { seal } from '../../engine/secrets/seal.ts'
import { signatureFault } from '../../engine/secrets/signature.ts'
import { withProject } from '../support/keys.ts'
import { suiteUnless } from '../support/skip.ts'

const TEXT = 'token: gpg-and-holdfast\nname: "é"\n'

const missing = spawnSync('gpg', ['--version']).error === undefined ? [] : ['gpg is not installed']
const test = suiteUnless(missing, 'together with gpg')

test('gpg opens what was sealed here', () =>
  withProject((project) =>
    withGpg(async (gpg) => {
      const ana = await project.person('ana')
      await project.add(ana)
      await gpg('--import', ana.keyFile)
      const file = await project.write('x.asc', await seal(new Secret('x', TEXT), await project.keyring(ana).recipients()))
      assert.is(await gpg('--decrypt', file), TEXT)
    }),
  ))

test('what gpg sealed is opened here, with a key that gpg made and exported', () =>
  withProject((project) =>
    withGpg(async (gpg, home) => {
      await gpg('--quick-generate-key', 'ben <ben@fleet.example>', 'default', 'default', 'never')
      const ben = { name: 'ben', publicKey: await gpg('--armor', '--export', 'ben'), keyFile: join(home, 'ben.asc') }
      await writeFile(ben.keyFile, await gpg('--armor', '--export-secret-keys', 'ben'), { mode: 0o600 })
      await project.add(ben)
      const plain = await project.write('plain.yml', TEXT)
      await gpg('--armor', '--trust-model', 'always', '--recipient', 'ben', '--output', `${plain}.asc`, '--encrypt', plain)
      const sealed = { armored: await readFile(`${plain}.asc`, 'utf8'), name: 'x', origin: { file: 'x', line: 1, column: 1 } }
      assert.is((await open(sealed, project.keyring(ben))).reveal(), TEXT)
      const ours = await project.write('ours.asc', await seal(new Secret('x', TEXT), await project.keyring(ben).recipients()))
      assert.is(await gpg('--decrypt', ours), TEXT)
    }),
  ))

test('a passphrase set in gpg unlocks the exported key here', () =>
  withProject((project) =>
    withGpg(async (gpg, home) => {
      const pass = ['--pinentry-mode', 'loopback', '--passphrase', 'correct horse']
      await gpg(...pass, '--quick-generate-key', 'eva <eva@fleet.example>', 'default', 'default', 'never')
      const eva = { name: 'eva', publicKey: await gpg('--armor', '--export', 'eva'), keyFile: join(home, 'eva.asc') }
      await writeFile(eva.keyFile, await gpg(...pass, '--armor', '--export-secret-keys', 'eva'), { mode: 0o600 })
      await project.add(eva)
      const keyring = project.keyring(eva, 'correct horse')
      const armored = await seal(new Secret('x', TEXT), await keyring.recipients())
      assert.is((await open({ armored, name: 'x', origin: { file: 'x', line: 1, column: 1 } }, keyring)).reveal(), TEXT)
    }),
  ))

test('what gpg signed counts here, in armour or not', () =>
  withProject((project) =>
    withGpg(async (gpg) => {
      await gpg('--quick-generate-key', 'ida <ida@release.example>', 'default', 'default', 'never')
      const keys = await gpg('--armor', '--export', 'ida')
      const file = await project.write('release', TEXT)
      for (const armour of [['--armor'], []]) {
        await gpg(...armour, '--output', `${file}.sig`, '--detach-sign', file)
        const signature = await readFile(`${file}.sig`)
        assert.is(await signatureFault(Buffer.from(TEXT), { signature, keys }), undefined)
        assert.match((await signatureFault(Buffer.from(`${TEXT} `), { signature, keys })) ?? '', /signed something else/)
      }
    }),
  ))

test.run()

type Gpg = (...args: readonly string[]) => Promise<string>

/** Gives the test a gpg with an empty home of its own, and ends the agent that gpg leaves behind. */
async function withGpg(use: (gpg: Gpg, home: string) => Promise<void>): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'hf-gpg-'))
  const run = (program: string, args: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      const done = (error: ExecFileException | null, stdout: string, stderr: string) =>
        error ? reject(new Error(`${program}: ${stderr}`)) : resolve(stdout)
      execFile(program, ['--homedir', home, ...args], done)
    })
  try {
    await use((...args) => run('gpg', ['--batch', '--yes', '--passphrase', '', ...args]), home)
  } finally {
    await run('gpgconf', ['--kill', 'all'])
    await rm(home, { recursive: true, force: true })
  }
}
