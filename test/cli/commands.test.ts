import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { parseArgs } from '../../engine/cli/args.ts'
import { commands, findCommand } from '../../engine/cli/commands.ts'
import { commandHelp, overview } from '../../engine/cli/usage.ts'
import { callHoldfast } from '../support/command.ts'

const test = suite('commands')

for (const { command } of commands) {
  test(`\`${command.name}\`: every example parses by the declaration`, () => {
    assert.ok(command.examples.length > 0)
    for (const { line } of command.examples) {
      const words = shellWords(line.replace(/ [|>] .*$/, ''))
      assert.is(words.shift(), 'holdfast')
      const found = findCommand(words)
      assert.is(found?.known.command, command)
      parseArgs(command, found?.left ?? [])
    }
  })

  test(`\`${command.name}\`: no two flags share a letter, and -h stays free`, () => {
    const letters = Object.values(command.flags).flatMap(({ short }) => short ?? [])
    assert.equal(letters, [...new Set(letters)])
    assert.not(letters.includes('h'))
  })

  test(`\`${command.name}\`: the help fits 100 columns and names every flag`, () => {
    const help = commandHelp(command)
    assert.equal(
      help.split('\n').filter((line) => line.length > 100 && !line.includes('usage:') && !/^ {2}holdfast/.test(line)),
      [],
    )
    for (const name of Object.keys(command.flags)) assert.match(help, `--${name}`)
  })

  test(`\`${command.name}\`: its code can be loaded`, async () => {
    const known = commands.find((each) => each.command === command)
    assert.type(await known?.load(), 'function')
  })
}

test('the overview names every command', () => {
  const page = overview(commands.map(({ command }) => command))
  for (const { command } of commands) assert.match(page, `  ${command.name}  `)
})

test('the pages of a family are shown by its first word and `--help`', async () => {
  const shown = await callHoldfast(['lab', '--help'], { cwd: '/tmp' })
  assert.is(shown.code, 0, shown.err)
  for (const verb of ['up', 'down', 'list', 'shell']) assert.match(shown.out, `holdfast lab ${verb}: `)
})

test('two words win over one, and unknown words find nothing', () => {
  assert.is(findCommand(['lab', 'down', 'x'])?.known.command.name, 'lab down')
  assert.equal(findCommand(['init', 'up'])?.left, ['up'])
  assert.is(findCommand(['lab']), undefined)
})

/** Words as a shell would see them, for the simple quoting of examples. */
function shellWords(line: string): string[] {
  return (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replaceAll("'", ''))
}

test.run()
