import { suite } from 'uvu'
import * as uvu from 'uvu/assert'
import { type assert, assertOutcome } from '../../engine/modules/assert.ts'
import { debug } from '../../engine/modules/debug.ts'
import { includeVars } from '../../engine/modules/include_vars.ts'
import { meta } from '../../engine/modules/meta.ts'
import { pause, pauseMs } from '../../engine/modules/pause.ts'
import { readBootId, testHost } from '../../engine/modules/reboot.ts'
import { setFact } from '../../engine/modules/set_fact.ts'
import { completeParams, runScript } from '../support/apply_module.ts'

const test = suite('control modules')

test('an assertion names every condition that does not hold', () => {
  const conditions = [
    { text: 'a > 1', holds: true },
    { text: 'b > 1', holds: false },
    { text: 'c > 1', holds: false },
  ]
  uvu.equal(assertOutcome(conditions, { fail_msg: 'too few' }), {
    failed: true,
    changed: false,
    message: 'too few: `b > 1`, `c > 1` do not hold',
    values: { assertion: 'b > 1', evaluated_to: false, msg: 'too few' },
  })
})

test('an assertion that holds says so, unless it is quiet', () => {
  uvu.is(assertOutcome([{ text: 'a', holds: true }], {}).message, 'All assertions passed')
  uvu.is(assertOutcome([{ text: 'a', holds: true }], { quiet: true }).message, undefined)
})

test('params that cannot be meant are refused', () => {
  const problem = (module: typeof assert, params: object): string => module.problems?.(completeParams(module.schema, params))[0] ?? 'none'
  uvu.match(problem(debug, { msg: 'a', var: 'b' }), 'not both')
  uvu.match(problem(pause, {}), 'needs `seconds`')
  uvu.match(problem(pause, { seconds: 1, minutes: 1 }), 'not both')
  uvu.match(problem(includeVars, {}), 'either `file` or `dir`')
  uvu.match(problem(meta, { free_form: 'refresh_inventory' }), 'is not possible')
  uvu.is(problem(meta, { free_form: 'flush_handlers' }), 'none')
  uvu.equal(setFact.problems?.({ 'a-b': 1, good: 2 } as never), ['`a-b` cannot be the name of a variable: use letters, digits and `_`'])
  uvu.equal(setFact.problems?.({ cacheable: true } as never), ['`set_fact` needs at least one variable'])
})

test('a pause is counted in milliseconds, or has no end', () => {
  uvu.equal([pauseMs({ seconds: 1.5 }), pauseMs({ minutes: 2 }), pauseMs({})], [1500, 120_000, undefined])
})

test('a boot has an id, and a host that works passes its test', async () => {
  const { stdout, rc } = await runScript(readBootId())
  uvu.is(rc, 0)
  uvu.match(stdout, /^[0-9a-f-]{36}\n$/)
  uvu.is((await runScript(testHost({ test_command: 'test -d / && exit 0' }))).rc, 0)
  uvu.is((await runScript(testHost({ test_command: 'exit 4' }))).rc, 4)
})

test.run()
