import { CODES } from '../../core/codes.ts'
import type { Json } from '../../core/json.ts'
import { MODULES } from '../../modules/registry.ts'
import { KEYWORDS } from '../../playbook/keyword_table.ts'
import { helpers } from '../../playbook/template_helpers.ts'
import { commands } from '../commands.ts'
import { commandsPage } from './commands_page.ts'
import { documentSchemas } from './document_schemas.ts'
import { errorsPage } from './errors_page.ts'
import { helpersPage } from './helpers_page.ts'
import { keywordsPage } from './keywords_page.ts'
import { modulePage, modulesIndex } from './module_page.ts'
import { moduleSchema } from './module_schema.ts'

/** Folders that hold generated files and nothing else, so that one left over from a removed module is found. */
export const GENERATED_FOLDERS = ['docs/modules', 'schemas'] as const

/** Every generated file of the repository with its text, by path. */
export function generatedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ...MODULES.map((module) => [`docs/modules/${module.name}.md`, modulePage(module)] as const),
    ...MODULES.map((module) => [`schemas/modules/${module.name}.schema.json`, json(moduleSchema(module))] as const),
    ...Object.entries(documentSchemas(MODULES)).map(([file, schema]) => [`schemas/${file}`, json(schema)] as const),
    ['docs/modules/README.md', modulesIndex(MODULES)],
    ['docs/commands.md', commandsPage(commands.map(({ command }) => command))],
    ['docs/errors.md', errorsPage(CODES)],
    ['docs/keywords.md', keywordsPage(KEYWORDS)],
    ['docs/template-helpers.md', helpersPage(helpers)],
  ])
}

function json(value: Json): string {
  return `${JSON.stringify(value, null, 2)}\n`
}
