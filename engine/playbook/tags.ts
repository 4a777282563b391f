/** What `--tags` and `--skip-tags` ask for. */
export interface TagSelection {
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
}

/** Whether a task with these tags is selected, by Ansible's rules for `always`, `never`, `all`, `tagged` and `untagged`. */
export function selects(tags: readonly string[], { tags: wanted, skipTags }: TagSelection): boolean {
  const own = tags.length > 0 ? tags : ['untagged']
  return isWanted(own, wanted.length > 0 ? wanted : ['all']) && !isSkipped(own, skipTags)
}

function isWanted(own: readonly string[], wanted: readonly string[]): boolean {
  if (own.includes('always') || own.some((tag) => wanted.includes(tag))) return true
  if (own.includes('never')) return false
  return wanted.includes('all') || (wanted.includes('tagged') && !own.includes('untagged'))
}

function isSkipped(own: readonly string[], skipped: readonly string[]): boolean {
  if (skipped.includes('all')) return !own.includes('always') || skipped.includes('always')
  if (own.some((tag) => skipped.includes(tag))) return true
  return skipped.includes('tagged') && !own.includes('untagged')
}
