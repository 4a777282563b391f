import type { Json } from '../core/json.ts'

/** A unit file written from its sections; a list makes one line for each item, and an empty text resets what stood before. */
export function unitText(sections: { readonly [section: string]: { readonly [key: string]: Json } }): string {
  const blocks = Object.entries(sections).map(([section, keys]) => [
    `[${section}]`,
    ...Object.entries(keys).flatMap(([key, value]) => entries(key, value)),
  ])
  return `${blocks.map((block) => block.join('\n')).join('\n\n')}\n`
}

/** What is wrong with the sections, one sentence each. */
export function sectionProblems(sections: { readonly [section: string]: { readonly [key: string]: Json } }): readonly string[] {
  return Object.entries(sections).flatMap(([section, keys]) => [
    ...(/^[A-Za-z0-9-]+$/.test(section) ? [] : [`\`${section}\` cannot be the name of a section`]),
    ...Object.entries(keys).flatMap(([key, value]) => keyProblems(`${section}.${key}`, key, value)),
  ])
}

function entries(key: string, value: Json): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map((item) => `${key}=${shown(item)}`)
}

function shown(value: Json): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return String(value ?? '')
}

function keyProblems(place: string, key: string, value: Json): readonly string[] {
  if (!/^[A-Za-z0-9-]+$/.test(key)) return [`\`${place}\` cannot be a key of a unit`]
  const items = Array.isArray(value) ? value : [value]
  if (items.some((item) => typeof item === 'object' && item !== null))
    return [`\`${place}\` must be a text, a number, a boolean or a list of these`]
  return items.some((item) => String(item).includes('\n')) ? [`\`${place}\` must be one line; write several as a list`] : []
}
