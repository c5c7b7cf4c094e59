/** Tables of what was measured, as text or as markdown, with the goal beside each number that has one. */

export interface Table {
  readonly title: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly goals?: readonly Goal[]
  /** What is to be known of these numbers. */
  readonly notes?: readonly string[]
}

/** Below this share of the turns the numbers are in doubt. */
const TURNS_LEAST = 0.85

export interface Goal {
  readonly what: string
  readonly value: number
  /** The most that it may be. */
  readonly goal: number
}

/** Three digits that count. */
export function digits(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const size = Math.abs(value)
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : 2)
}

/** Where a server made fewer turns than it was to, in a second: the machine had too little time. */
export function busyNotes(turns: readonly number[], wanted: number): string[] {
  const least = Math.min(...turns)
  if (least >= wanted * TURNS_LEAST) return []
  return [`the machine was too busy: ${digits(least)} of ${wanted} turns a second at one of them, so compare with care`]
}

export function textOf({ title, head, rows, goals = [], notes = [] }: Table): string {
  const widths = head.map((cell, i) => Math.max(cell.length, ...rows.map((row) => row[i]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  ')
  return [
    title,
    '',
    line(head),
    ...rows.map(line),
    '',
    ...sentencesOf(goals, notes).map((sentence) => `  ${sentence}`),
    '',
  ].join('\n')
}

export function markdownOf({ title, head, rows, goals = [], notes = [] }: Table): string {
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`
  const rule = head.map((_, i) => (i === 0 ? '---' : '---:'))
  const sentences = sentencesOf(goals, notes)
  const told = sentences.length === 0 ? [] : ['', ...sentences.map((sentence) => `- ${sentence}`)]
  return [`${title}:`, '', line(head), line(rule), ...rows.map(line), ...told, ''].join('\n')
}

function sentencesOf(goals: readonly Goal[], notes: readonly string[]): string[] {
  return [...goals.map(sentenceOf), ...notes]
}

function sentenceOf({ what, value, goal }: Goal): string {
  return `${what}: ${digits(value)}, goal at most ${goal}${value <= goal ? '' : ' (MISSED)'}`
}

/** To the terminal, or, where markdown is wanted, that to the output and the text beside it. */
export function print(table: Table, markdown: boolean): void {
  if (markdown) process.stderr.write(`${textOf(table)}\n`)
  process.stdout.write(`${markdown ? markdownOf(table) : textOf(table)}\n`)
}
