import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { selects } from '../../engine/playbook/tags.ts'

const test = suite('tags')

test('select as in Ansible', () => {
  const rows: readonly (readonly [tags: string, wanted: string, skipped: string, selected: boolean])[] = [
    ['', '', '', true],
    ['a', '', '', true],
    ['never', '', '', false],
    ['never,always', '', '', true],
    ['a', 'a', '', true],
    ['a', 'b', '', false],
    ['', 'b', '', false],
    ['always', 'b', '', true],
    ['always', 'b', 'always', false],
    ['a,never', 'a', '', true],
    ['never', 'never', '', true],
    ['never', 'all', '', false],
    ['a', 'all', '', true],
    ['', 'all', '', true],
    ['a', 'tagged', '', true],
    ['', 'tagged', '', false],
    ['never', 'tagged', '', false],
    ['', 'untagged', '', true],
    ['a', 'untagged', '', false],
    ['a', 'a', 'a', false],
    ['a,b', 'a', 'b', false],
    ['a', '', 'tagged', false],
    ['', '', 'tagged', true],
    ['', '', 'untagged', false],
    ['a', '', 'untagged', true],
    ['a', '', 'all', false],
    ['always', '', 'all', true],
    ['always', '', 'all,always', false],
  ]
  const list = (text: string): readonly string[] => text.split(',').filter(Boolean)
  for (const [tags, wanted, skipped, expected] of rows) {
    assert.is(
      selects(list(tags), { tags: list(wanted), skipTags: list(skipped) }),
      expected,
      `[${tags}] -t ${wanted} --skip-tags ${skipped}`,
    )
  }
})

test.run()
