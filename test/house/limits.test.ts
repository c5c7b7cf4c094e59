/** docs/limits.md has a row for each limit, with its name, default, range and what happens at it, as the tables in the code say. */
import { test } from 'node:test'
import { BACK_LIMITS } from '../../src/back/back-limits.js'
import { FRONT_LIMITS } from '../../src/front/front-limits.js'
import { GATEWAY_LIMITS } from '../../src/gateway/gateway-limits.js'
import { LINK_LIMITS } from '../../src/link/link-limits.js'
import type { LimitTable, NumberOption } from '../../src/options/option-table.js'
import { LINK_END_LIMITS } from '../../src/session/link-end-limits.js'
import { expectDocument, markdownTable } from '../support/generated-doc.js'
import { assertNone } from '../support/findings.js'
import { LIMIT_EDGES } from '../support/limit-edges.js'
import { LIMIT_TESTS } from '../support/limit-tests.js'
import { openSourceTree } from '../support/source-tree.js'
import { testTitles } from '../support/test-titles.js'
import { assertOnlyKnown, LIMITS_WITHOUT_EDGE } from './known-violations.js'
import { fixedBounds } from '../support/fixed-bounds.js'
import { describedOptions } from '../support/option-descriptions.js'

const TABLES: readonly [title: string, where: string, table: LimitTable][] = [
  [
    'Backs',
    'Set by `limits` of `startBack` and `BackMaster`, `backLimits` of `startApp`; `graceMs` also by itself.',
    BACK_LIMITS,
  ],
  [
    'Fronts',
    'Set by `limits` of `startFront` and `FrontMaster`, `frontLimits` of `startApp`; `flushMs` also by itself.',
    FRONT_LIMITS,
  ],
  ['Gateways', 'Set by `gatewayLimits` of `startFront` and `startApp`.', GATEWAY_LIMITS],
  ['Links between masters', 'Set by `linkLimits` of each of these calls.', LINK_LIMITS],
  [
    'Clients, for each link',
    '`retainedEntriesMax` and `retainedBytesMax` are set by `connect`; the others are fixed.',
    LINK_END_LIMITS,
  ],
]

function expected(): string {
  const lines = [
    '# Limits',
    '',
    'Every queue, buffer, map and payload has a named limit, and this page says what happens at it. Times are in milliseconds. A value out of range is refused at start, with an error that names the range.',
    '',
  ]
  for (const [title, where, table] of TABLES) {
    const rows = describedOptions(table).flatMap(([name, limit]) =>
      limit.kind === 'number'
        ? [[`\`${name}\``, shown(limit.default ?? 0), limit.unit, rangeOf(limit), limit.description]]
        : [],
    )
    lines.push(`## ${title}`, '', where, '')
    lines.push(markdownTable(['limit', 'default', 'unit', 'range', 'what happens at it'], rows))
  }
  lines.push('## Fixed', '', FIXED, '')
  const fixed = fixedBounds().map((of) => [`\`${of.name}\``, shown(of.value), `\`${of.room}/\``, of.description])
  lines.push(markdownTable(['bound', 'value', 'folder', 'what it limits'], fixed))
  return `${lines.join('\n').trimEnd()}\n`
}

const FIXED =
  'These bounds are not options, because we know of no application that needs other values. Each is a constant at the top of the file that applies it.'

function rangeOf({ min, max, notAbove }: NumberOption): string {
  return `${shown(min)} to ${shown(max)}${notAbove === undefined ? '' : `, at most \`${notAbove}\``}`
}

function shown(value: number): string {
  return value.toLocaleString('en-US')
}

test('G6 docs/limits.md has each limit with its default, its range and what happens at it', () => {
  expectDocument('docs/limits.md', expected())
})

/** As the tables are called in `LIMIT_EDGES` and `LIMIT_TESTS`. */
const SHORT_TITLES: Readonly<Record<string, string>> = {
  'Links between masters': 'Links',
  'Clients, for each link': 'Clients',
}

test('G6 each limit is driven to its edge and one beyond by a test', (t) => {
  const limits = TABLES.flatMap(([title, , table]) =>
    Object.keys(table).map((name) => `${SHORT_TITLES[title] ?? title} ${name}`),
  )
  const tree = openSourceTree()
  t.after(() => tree.close())
  const titles = testTitles(tree).map(({ title }) => title)
  const isDriven = (limit: string): boolean => {
    const title = LIMIT_TESTS[limit]
    return limit in LIMIT_EDGES || (title !== undefined && titles.some((each) => each.startsWith(title)))
  }
  assertOnlyKnown(
    limits.filter((limit) => !isDriven(limit)),
    LIMITS_WITHOUT_EDGE,
    (limit) =>
      `${limit} has no test that drives it: add one to test/support/limit-edges.ts, or its title to limit-tests.ts`,
    'Each limit is driven to its edge and one beyond',
  )
  assertNone(
    [...Object.keys(LIMIT_EDGES), ...Object.keys(LIMIT_TESTS)].filter((limit) => !limits.includes(limit)),
    'There are no such limits',
  )
})

test('G6 each fixed bound says what it bounds', () => {
  const silent = fixedBounds().filter(({ description }) => description === '')
  assertNone(
    silent.map(({ name, file }) => `${name} of ${file}`),
    'These have no comment of one line above them',
  )
})
