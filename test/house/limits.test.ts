/**
 * docs/limits.md has a row for each limit, with its name, default, unit and what happens at it, as the tables in the code
 * say. Where it differs, the file as it should be is in the message: run with UPDATE_LIMITS=1 to write it.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { BACK_LIMITS } from '../../src/back/back-limits.js'
import { FRONT_LIMITS } from '../../src/front/front-limits.js'
import { GATEWAY_LIMITS } from '../../src/gateway/gateway-limits.js'
import { LINK_LIMITS } from '../../src/link/link-limits.js'
import type { LimitTable } from '../../src/protocol/limit-table.js'
import { LINK_END_LIMITS as CLIENT_LIMITS } from '../../src/session/link-end-state.js'
import { inProject } from '../support/project-root.js'

const TABLES: readonly [title: string, where: string, table: LimitTable][] = [
  [
    'Backs',
    '`limits` of `startBack` and `BackMaster`, `backLimits` of `startApp`; `graceMs` also by itself',
    BACK_LIMITS,
  ],
  [
    'Fronts',
    '`limits` of `startFront` and `FrontMaster`, `frontLimits` of `startApp`; `flushMs` also by itself',
    FRONT_LIMITS,
  ],
  ['Gateways', '`gatewayLimits` of `startFront` and `startApp`', GATEWAY_LIMITS],
  ['Links between masters', '`linkLimits` of all of them', LINK_LIMITS],
]

/** What clients hold is fixed: there is no option for it yet. */
const FIXED: readonly [title: string, limits: Readonly<Record<string, number>>][] = [
  ['Clients, for each link', { ...CLIENT_LIMITS }],
]

const ABOUT = {
  retainedEntriesMax: 'Messages and requests without an outcome; at it `send` throws `buffer-full`.',
  retainedBytesMax: 'Their bytes, likewise.',
  heldBlocksMax: 'Private blocks that wait for the version they belong to; beyond it the link links again.',
  heldBytesMax: 'Their bytes, likewise.',
  waitingFramesMax: 'Frames that wait until the code behind `await link()` has run; beyond it the link links again.',
} as const

function expected(): string {
  const lines = [
    '# Limits',
    '',
    'Every queue, buffer, map and payload has a limit with a name and a stated policy at it. Times are in milliseconds. A wrong value is refused at start, with the range.',
    '',
  ]
  for (const [title, where, table] of TABLES) {
    lines.push(
      `## ${title}`,
      '',
      `Set by ${where}.`,
      '',
      '| limit | default | unit | what happens at it |',
      '| --- | --- | --- | --- |',
    )
    for (const [name, { default: standard, unit, description }] of Object.entries(table)) {
      lines.push(`| \`${name}\` | ${standard.toLocaleString('en-US')} | ${unit} | ${description} |`)
    }
    lines.push('')
  }
  for (const [title, limits] of FIXED) {
    lines.push(`## ${title}`, '', '| limit | value | what happens at it |', '| --- | --- | --- |')
    for (const [name, value] of Object.entries(limits)) {
      assert.ok(name in ABOUT, `${name} is explained in this test`)
      lines.push(`| \`${name}\` | ${Number(value).toLocaleString('en-US')} | ${ABOUT[name as keyof typeof ABOUT]} |`)
    }
    lines.push('')
  }
  return lines.join('\n')
}

test('G6 docs/limits.md has each limit with its default and what happens at it', () => {
  const path = inProject('docs/limits.md')
  if (process.env['UPDATE_LIMITS']) writeFileSync(path, expected())
  assert.equal(readFileSync(path, 'utf8'), expected())
})
