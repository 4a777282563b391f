/** A table of nftables, by the family of packets it sees and its name. */
export interface TableName {
  readonly family: string
  readonly table: string
}

/**
 * A file for `nft -f` that puts the table in the place of the old one in a single transaction, and touches no other. The
 * first two statements let it be there or not: what is not there cannot be deleted. They share the first line, so the
 * rules begin on the second.
 */
export function replacement({ family, table }: TableName, rules: string): string {
  const name = `${family} ${table}`
  return `table ${name}; delete table ${name}; table ${name} {\n${rules.trimEnd()}\n}\n`
}

/** A file for `nft -f` that removes the table, whether it is there or not. */
export function removal({ family, table }: TableName): string {
  return `table ${family} ${table}; delete table ${family} ${table}\n`
}

/**
 * The table as one `nft` printed it, without what traffic changes: what counters count and what sets have learned. Only
 * texts of the same `nft` can be compared.
 */
export function canonical(listing: string): string {
  const blocks = listing.replace(/[ \t]+$/gm, '').split(/^(?=\t(?:set|map|chain|counter|quota|limit|flowtable|secmark|ct|synproxy)\b)/m)
  return uncounted(blocks.map((block) => (LEARNING.test(block) ? block.replace(ELEMENTS, '') : block)).join(''))
}

/** A set that traffic fills, or empties by itself. */
const LEARNING = /^\t\t(?:flags .*\b(?:dynamic|timeout)\b|timeout \S)/m
const ELEMENTS = /^\t\telements = \{[^}]*\}\n/m

/** What nft complains about, with line numbers as in the rules. */
export function complaint(stderr: string): string {
  const rows = stderr.split('\n').filter((row) => row.trim() !== '')
  return rows.map((row) => row.replace(/^(?:\/dev\/stdin|-):(\d+):/, (_all, line: string) => `line ${Number(line) - 1}:`)).join('\n')
}

function uncounted(text: string): string {
  return text.replace(/\bpackets \d+ bytes \d+/g, 'packets 0 bytes 0').replace(/(\bquota (?:over |until )?\d+ \w+) used \d+ \w+/g, '$1')
}
