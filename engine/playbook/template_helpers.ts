import type { Helper } from './template_helper.ts'
import { listHelpers } from './list_helpers.ts'
import { logicHelpers } from './logic_helpers.ts'
import { mapHelpers } from './map_helpers.ts'
import { textHelpers } from './text_helpers.ts'

/** Every helper a template may call, with its documentation; the reference page is made from this. */
export const helpers: readonly Helper[] = [...logicHelpers, ...textHelpers, ...listHelpers, ...mapHelpers]

/** The helper of this name. */
export function helperNamed(name: string): Helper | undefined {
  return byName.get(name)
}

const byName = new Map(helpers.map((helper) => [helper.name, helper]))
