import { type Flow, flowsOf } from './flows.ts'
import { cosignersOf, type Fleet, type Member, ofTier, type Tier } from './model.ts'
import { addressesOf, heading } from './topology_text.ts'

/** The fleet as an SVG drawing that needs nothing else: a row for each tier, the hosts in it, the allowed flows beside it. */
export function topologySvg(fleet: Fleet): string {
  const tiers = ROWS.map((tier) => ({ tier, members: hostsOf(fleet, tier) })).filter(
    ({ tier, members }) => tier === 'internet' || members.length > 0,
  )
  const widest = Math.min(Math.max(...tiers.map(({ members }) => members.length), 1), MOST_IN_LINE)
  const width = LEFT + widest * (BOX_WIDTH + GAP) + FLOW_WIDTH
  const heights = tiers.map(({ members }) => heightFor(members.length))
  const height = TOP + heights.reduce((sum, each) => sum + each, 0)
  const rows = tiers.map((row, i) => ({ ...row, width, y: TOP + heights.slice(0, i).reduce((sum, each) => sum + each, 0) }))
  const flows = flowsOf(fleet)
  const body = rows.flatMap((row) => [
    ...rowOf(row),
    ...flowTexts(
      flows.filter(({ from }) => from === row.tier),
      { x: width - FLOW_WIDTH + GAP, y: row.y },
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
const [LEFT, TOP, GAP, BOX_WIDTH, BOX_HEIGHT, FLOW_WIDTH, LINE] = [110, 40, 12, 210, 68, 260, 16]
/** More hosts of a tier go on below, so that the drawing is not wider than a page. */
const MOST_IN_LINE = 6

/** The height of the row of so many hosts, with the space below it. */
function heightFor(hosts: number): number {
  const lines = Math.max(Math.ceil(hosts / MOST_IN_LINE), 1)
  return lines * (BOX_HEIGHT + GAP) + 2 * GAP
}

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
    `<rect x="${GAP}" y="${y}" width="${width - 2 * GAP}" height="${heightFor(members.length) - GAP}" rx="6" fill="${COLOURS[tier]}"/>`,
    text({ x: 2 * GAP, y: y + 22 }, tier, 'font-weight="bold"'),
    ...members.flatMap((member, i) =>
      box(member, {
        x: LEFT + (i % MOST_IN_LINE) * (BOX_WIDTH + GAP),
        y: y + GAP + Math.floor(i / MOST_IN_LINE) * (BOX_HEIGHT + GAP),
      }),
    ),
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
    `<rect x="${x}" y="${y}" width="${BOX_WIDTH}" height="${BOX_HEIGHT}" rx="4" fill="#ffffff" stroke="#555555"/>`,
    text({ x: x + 8, y: y + LINE + 2 }, cut(member.name, LONGEST_NAME), 'font-weight="bold"'),
    ...lines.map((line, i) => text({ x: x + 8, y: y + LINE * (i + 2) + 2 }, cut(line, LONGEST_LINE))),
  ]
}

function flowTexts(flows: readonly Flow[], { x, y }: Point): readonly string[] {
  return flows.map(({ to, port, name }, i) => text({ x, y: y + 22 + i * LINE }, `→ ${to} ${port} ${name}`))
}

/** Longer ones would leave their box. */
const [LONGEST_NAME, LONGEST_LINE] = [24, 34]

function cut(words: string, longest: number): string {
  return [...words].length > longest ? `${[...words].slice(0, longest - 1).join('')}…` : words
}

function text({ x, y }: Point, words: string, more = ''): string {
  return `<text x="${x}" y="${y}"${more === '' ? '' : ` ${more}`}>${escapeXml(words)}</text>`
}

/** The text as XML may hold it: markup as entities, and what no XML document may contain left out. */
function escapeXml(words: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
  const legal = words.replace(/[\ud800-\udfff\u0000-\u001f\u007f-\u009f\ufffe\uffff\u202a-\u202e\u2066-\u2069]/gu, '')
  return legal.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`)
}
