import type { Helper } from '../../playbook/template_helper.ts'
import { generatedFrom, table } from './markdown.ts'

/** The reference page of everything a template may call. */
export function helpersPage(helpers: readonly Helper[]): string {
  const rows = [...helpers].sort(byName).map((helper) => [`\`${helper.usage}\``, helper.summary, ...firstExample(helper)])
  return [
    generatedFrom('the declarations in engine/playbook/helpers*.ts'),
    '# Template helpers',
    'What may stand in `{{ … }}` of a string or template besides the name of a variable. A call may stand in another in parentheses: `{{ upper (basename path) }}`.',
    table(['call', 'gives', 'for example', 'becomes'], rows),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

function firstExample({ examples }: Helper): readonly string[] {
  const [example] = examples
  return example === undefined ? ['', ''] : [`\`${example.template}\``, `\`${JSON.stringify(example.gives)}\``]
}

function byName(a: Helper, b: Helper): number {
  return a.name < b.name ? -1 : 1
}
