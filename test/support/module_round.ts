import * as assert from 'uvu/assert'
import type { Module } from '../../engine/core/module.ts'
import { type Application, type Applied, applyModule } from './apply_module.ts'
import { treeOf } from './scratch.ts'

export interface Round extends Application {
  readonly params: object
  /** Folder that holds all the module may change. */
  readonly root: string
}

/**
 * Asserts what every state module promises where something differs: check mode foretells the change and leaves the tree as
 * it was, the change is made, and doing it again finds nothing to do and leaves the tree as it is.
 */
export async function assertConverges(module: Module, { params, root, ...application }: Round): Promise<Applied> {
  const before = await treeOf(root)
  const foretold = await applyModule(module, params, { ...application, check: true })
  assert.is(foretold.status, 'changed', foretold.message)
  assert.is(await treeOf(root), before, 'check mode changed the tree')
  const done = await applyModule(module, params, application)
  assert.is(done.status, 'changed', done.message)
  assert.equal(done.changes, foretold.changes)
  await assertSettled(module, { params, root, ...application })
  return done
}

/** Asserts that there is nothing to do, and that looking does nothing. */
export async function assertSettled(module: Module, { params, root, ...application }: Round): Promise<Applied> {
  const before = await treeOf(root)
  const again = await applyModule(module, params, application)
  assert.is(again.status, 'ok', `${again.message} ${JSON.stringify(again.changes)}`)
  assert.is(await treeOf(root), before, 'a run without a change changed the tree')
  return again
}

/** Asserts that the module fails, says so with this text, and leaves the tree as it was. */
export async function assertRefuses(module: Module, { params, root, ...application }: Round, text: string | RegExp): Promise<void> {
  const before = await treeOf(root, { folderTimes: false })
  const result = await applyModule(module, params, application)
  assert.is(result.status, 'failed', JSON.stringify(result))
  assert.match(result.message, text)
  assert.is(await treeOf(root, { folderTimes: false }), before, 'a refusal changed the tree')
}
