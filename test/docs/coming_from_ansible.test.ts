import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import * as look from '../../engine/cli/declarations/look.ts'
import * as project from '../../engine/cli/declarations/project.ts'
import * as run from '../../engine/cli/declarations/run.ts'
import { placeInFile } from '../../engine/playbook/place.ts'
import { force } from '../../engine/playbook/term.ts'
import { conditionProblems } from '../../engine/playbook/when.ts'
import { documentFrom, problemsOf, scopeOf, under } from '../support/documents.ts'

const page = fileURLToPath(new URL('../../../docs/coming-from-ansible.md', import.meta.url))
const test = suite('docs/coming-from-ansible.md')

test('spells conditions as the engine does', async () => {
  for (const [ansible, ours] of await rowsUnder('Conditions are CEL')) {
    const [problem] = conditionProblems(condition(ansible))
    assert.is(problem?.help, `write \`${ours}\``, ansible)
    assert.equal(conditionProblems(condition(ours)), [], ours)
  }
})

test('spells templates as the engine does', async () => {
  for (const [ansible, ours] of await rowsUnder('Templates are Handlebars')) {
    const [problem = ''] = problemsOf(() => force(scopeOf({ x: 'a' }).readText(ansible, placeInFile('t.hbs', ansible))))
    assert.ok(problem.includes(`\`${ours}\``), `${ansible}: ${problem}`)
  }
})

test('names commands that exist', async () => {
  const names = [look, project, run].flatMap((declarations) => Object.values(declarations)).map(({ name }) => name)
  for (const [, ours] of await rowsUnder('What you will notice first')) {
    assert.ok(
      names.some((name) => ours.startsWith(`holdfast ${name}`)),
      ours,
    )
  }
})

test.run()

function condition(text: string) {
  return under(documentFrom(`when: ${JSON.stringify(text)}`, 'play.yml'), 'when')
}

/** The first code of the first two cells of each row of the table below a heading. */
async function rowsUnder(heading: string): Promise<readonly (readonly [string, string])[]> {
  const text = await readFile(page, 'utf8')
  const section = text.split(`## ${heading}\n`)[1]?.split('\n## ')[0] ?? ''
  const rows = section.split('\n').filter((line) => line.startsWith('| `'))
  assert.ok(rows.length > 5, `the table below ${heading} was found`)
  return rows.map((row) => {
    const [, left = '', right = ''] = row.split(/(?<!\\)\|/)
    return [codeIn(left), codeIn(right)]
  })
}

function codeIn(cell: string): string {
  return (/`([^`]+)`/.exec(cell)?.[1] ?? '').replaceAll('\\|', '|')
}
