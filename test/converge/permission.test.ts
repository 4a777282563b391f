import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { carryOut } from '../../engine/converge/carry_out.ts'
import type { Job } from '../../engine/converge/job.ts'
import type { Permission } from '../../engine/converge/permit.ts'
import type { Module } from '../../engine/core/module.ts'
import type { Result } from '../../engine/core/result.ts'
import { sh } from '../../engine/core/script.ts'
import { findModule } from '../../engine/modules/registry.ts'
import { Host } from '../../engine/session/host.ts'
import { connectLocal } from '../../engine/transport/local.ts'
import { completeParams } from '../support/apply_module.ts'
import { withScratch } from '../support/scratch.ts'

const test = suite('what the host makes sure of')

const NO = sh`echo 'it is somewhere else' >&2; exit 1`

test('comes first, and where it fails nothing is changed', () =>
  withScratch(async (root) => {
    await writeFile(`${root}/f`, 'old')
    const refused = await made({ root, permission: { anew: false, before: NO } })
    assert.is(refused.status, 'failed')
    assert.match(refused.message ?? '', 'it is somewhere else')
    assert.ok(existsSync(`${root}/f`))
    const allowed = await made({ root, permission: { anew: false, before: sh`[ -e ${root}/f ] && touch ${`${root}/g`}` } })
    assert.is(allowed.status, 'changed', allowed.message)
    assert.equal([existsSync(`${root}/f`), existsSync(`${root}/g`)], [false, true])
  }))

test('comes first also where a handler asks for something', () =>
  withScratch(async (root) => {
    const refused = await made({ root, permission: { anew: false, before: NO }, action: 'restarted' })
    assert.is(refused.status, 'failed')
    assert.match(refused.message ?? '', 'it is somewhere else')
  }))

test.run()

interface Asked {
  readonly root: string
  readonly permission: Permission
  readonly action?: string
}

/** What becomes of a file that is to go, or of a service that is to be restarted, on this machine. */
async function made({ root, permission, action }: Asked): Promise<Result> {
  const host = new Host('here', async () => connectLocal({ home: root }))
  const module = findModule(action ? 'systemd_service' : 'file') as Module
  const params = completeParams(module.schema, action ? { name: 'no-such-unit' } : { path: `${root}/f`, state: 'absent' })
  const permit = { enter: async () => permission, leave: async () => undefined }
  const job: Job = {
    module,
    params,
    given: { sources: {}, diff: false },
    as: undefined,
    environment: {},
    check: false,
    permit,
    ...(action && { action }),
  }
  try {
    return await carryOut(host, job, async () => [])
  } finally {
    await host.close()
  }
}
