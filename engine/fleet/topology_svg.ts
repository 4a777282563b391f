import { type Flow, flowsOf } from './flows.ts'
import { cosignersOf, type Fleet, type Member, ofTier, type Tier } from './model.ts'
import { addressesOf, heading } from './topology_text.ts'

/** The fleet as an SVG drawing that needs nothing else: a row for each tier, the hosts in it, the allowed flows beside it. */
export function topologySvg(fleet: Fleet): string {
  const rows = ROWS.map((tier) => ({ tier, members: hostsOf(fleet, tier) })).filter(
    ({ tier, members }) => tier === 'internet' || members.length > 0,
  )
  const widest = Math.max(...rows.map(({ members }) => members.length), 1)
  const width = LEFT + widest * (BOX_WIDTH + GAP) + FLOW_WIDTH
  const height = TOP + rows.length * ROW_HEIGHT
  const flows = flowsOf(fleet)
  const body = rows.flatMap(({ tier, members }, i) => [
    ...rowOf({ tier, members, y: TOP + i * ROW_HEIGHT, width }),
    ...flowTexts(
      flows.filter(({ from }) => from === tier),
      { x: width - FLOW_WIDTH + GAP, y: TOP + i * ROW_HEIGHT },
    ),
  ])
  const title = escapeXml(heading(fleet))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="sans-serif" font-size="12">`,
    `<title>${title}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text({ x: GAP, y: 24 }, heading(fleet), 'font-size="15" font-weight="bold"'),
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

const ROWS = ['internet', 'public', 'sentry', 'cosigner', 'signer', 'monitoring', 'bastion'] as const
const COLOURS: { readonly [row in (typeof ROWS)[number]]: string } = {
  internet: '#f2f2f2',
  public: '#fde9d3',
  sentry: '#dcebfa',
  cosigner: '#dff3e1',
  signer: '#dff3e1',
  monitoring: '#efe4f7',
  bastion: '#eeeeee',
}
const [LEFT, TOP, GAP, BOX_WIDTH, ROW_HEIGHT, FLOW_WIDTH, LINE] = [110, 40, 12, 210, 104, 260, 16]

function hostsOf(fleet: Fleet, row: Tier | 'internet'): readonly Member[] {
  if (row === 'internet') return []
  return row === 'cosigner' ? cosignersOf(fleet) : ofTier(fleet, row)
}

interface Row {
  readonly tier: (typeof ROWS)[number]
  readonly members: readonly Member[]
  readonly y: number
  readonly width: number
}

function rowOf({ tier, members, y, width }: Row): readonly string[] {
  return [
    `<rect x="${GAP}" y="${y}" width="${width - 2 * GAP}" height="${ROW_HEIGHT - GAP}" rx="6" fill="${COLOURS[tier]}"/>`,
    text({ x: 2 * GAP, y: y + 22 }, tier, 'font-weight="bold"'),
    ...members.flatMap((member, i) => box(member, { x: LEFT + i * (BOX_WIDTH + GAP), y: y + GAP })),
  ]
}

interface Point {
  readonly x: number
  readonly y: number
}

function box(member: Member, { x, y }: Point): readonly string[] {
  const shard = member.shardId ? `shard ${member.shardId.value}` : ''
  const lines = [[member.region ?? '', shard].filter(Boolean).join(' · '), ...addressesOf(member)].filter(Boolean)
  return [
    `<rect x="${x}" y="${y}" width="${BOX_WIDTH}" height="${ROW_HEIGHT - 3 * GAP}" rx="4" fill="#ffffff" stroke="#555555"/>`,
    text({ x: x + 8, y: y + LINE + 2 }, member.name, 'font-weight="bold"'),
    ...lines.map((line, i) => text({ x: x + 8, y: y + LINE * (i + 2) + 2 }, line)),
  ]
}

function flowTexts(flows: readonly Flow[], { x, y }: Point): readonly string[] {
  return flows.map(({ to, port, name }, i) => text({ x, y: y + 22 + i * LINE }, `→ ${to} ${port} ${name}`))
}

/** Longer lines would leave their box. */
const LONGEST = 34

function text({ x, y }: Point, words: string, more = ''): string {
  const shown = [...words].length > LONGEST && more === '' ? `${[...words].slice(0, LONGEST - 1).join('')}…` : words
  return `<text x="${x}" y="${y}"${more === '' ? '' : ` ${more}`}>${escapeXml(shown)}</text>`
}

/** The text as XML may hold it: markup as entities, and what no XML document may contain left out. */
function escapeXml(words: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const legal = words.replace(/[\ud800-\udfff\u0000-\u001f\u007f-\u009f\ufffe\uffff\u202a-\u202e\u2066-\u2069]/gu, '')
  return legal.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
