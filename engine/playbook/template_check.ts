import { Rejected } from '../core/diagnostic.ts'
import type { MapNode, Node } from '../core/node.ts'
import type { Report } from './keywords.ts'
import { placeInScalar } from './place.ts'
import { isTemplate, parseTemplate } from './template.ts'

/** Reports every template in a node that is not Handlebars. Conditions are no templates and are left out. */
export function checkTemplates(node: Node, report: Report): void {
  if (node.kind === 'map') checkMap(node, report)
  else if (node.kind === 'list') for (const item of node.items) checkTemplates(item, report)
  else if (typeof node.value === 'string' && node.tag !== '!unsafe' && isTemplate(node.value)) checkText(node, report)
}

function checkMap(map: MapNode, report: Report): void {
  for (const { key, value } of map.entries) if (!CONDITIONS.has(key) && !STEPS.has(key)) checkTemplates(value, report)
}

function checkText(node: Node & { readonly kind: 'scalar' }, report: Report): void {
  try {
    parseTemplate(String(node.value), placeInScalar(node))
  } catch (error) {
    if (!(error instanceof Rejected)) throw error
    for (const problem of error.diagnostics) report(problem)
  }
}

const CONDITIONS = new Set(['when', 'until', 'changed_when', 'failed_when', 'that'])
/** Lists of steps, which are checked one by one. */
const STEPS = new Set(['block', 'rescue', 'always', 'tasks', 'pre_tasks', 'post_tasks', 'handlers', 'roles'])
