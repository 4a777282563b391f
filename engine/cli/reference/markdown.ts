/** The first line of a generated page: where to change it instead. */
export function generatedFrom(source: string): string {
  return `<!-- Generated from ${source} by \`npm run docs\`; edit that instead. -->`
}

/** A table; what would end a cell is written so that it does not. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows.map((row) => row.map(cell))].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ')
}
