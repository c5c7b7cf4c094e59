/**
 * docs/logs.md has a row for each event that centrum logs, as `LOG_EVENTS` says it, and the source logs each of them and no
 * other.
 */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { isCallExpression, isPropertyAccessExpression, isStringLiteral } from 'typescript/unstable/ast'
import { LOG_EVENTS } from '../../src/runtime/log-events.js'
import { assertNone } from '../support/findings.js'
import { expectDocument, markdownTable } from '../support/generated-doc.js'
import { lineOf, openSourceTree, walk } from '../support/source-tree.js'

const LEVELS = ['debug', 'info', 'warn', 'error']

const tree = openSourceTree()
after(() => tree.close())

/** Every call of a log in src/: what stands where the event is expected. */
function calls(): { readonly where: string; readonly level: string; readonly event: string | null }[] {
  const found: { where: string; level: string; event: string | null }[] = []
  for (const source of tree.under('src')) {
    walk(source.tree, (node) => {
      if (!isCallExpression(node) || !isPropertyAccessExpression(node.expression)) return
      const level = node.expression.name.text
      if (!LEVELS.includes(level) || !/\blog$/.test(node.expression.expression.getText(source.tree))) return
      const [event] = node.arguments
      found.push({
        where: `${source.path}:${lineOf(source, node)}`,
        level,
        event: event !== undefined && isStringLiteral(event) ? event.text : null,
      })
    })
  }
  return found
}

function expected(): string {
  const lines = [
    '# Logs',
    '',
    'Backs and fronts log to stderr, one line per event: text on a terminal, and otherwise JSON lines with `level`, `time`, `pid` and `event`. Clients write warnings and errors to the console.',
    'Every line also has fields that say where it comes from: `back` or `front` (the id of the process), and `channel`, `session`, `peer` or `remoteAddress`, if they are known.',
    'The names of events and of their fields do not change within a major version. What an app logs with `ctx.log` has names and fields of its own.',
    '',
  ]
  const rows = Object.entries(LOG_EVENTS).map(([event, { levels, fields, meaning }]) => [
    `\`${event}\``,
    levels.join(', '),
    fields.length === 0 ? 'none' : fields.map((field) => `\`${field}\``).join(', '),
    meaning,
  ])
  return `${lines.join('\n')}\n${markdownTable(['event', 'level', 'fields', 'meaning'], rows)}`
}

test('docs/logs.md has each event with its levels, fields and meaning', () => {
  expectDocument('docs/logs.md', expected())
})

test('each event is called noun.verb, once, in the order of the alphabet', () => {
  const names = Object.keys(LOG_EVENTS)
  assertNone(
    names.filter((name) => !/^[a-z]+\.[a-z]+(-[a-z]+)*$/.test(name)),
    'Events are called noun.verb:',
  )
  assert.deepEqual(names, names.toSorted())
})

test('the source logs each event of the table, at each of its levels, and no other', () => {
  const all = calls()
  assert.ok(all.length > 20, `only ${all.length} calls were found: the test no longer knows how logs are called`)
  const wanted = Object.entries(LOG_EVENTS).flatMap(([event, { levels }]) => levels.map((level) => `${level} ${event}`))
  const logged = new Set(all.map(({ level, event }) => `${level} ${String(event)}`))
  assertNone(
    [
      ...all.filter(({ event }) => event === null).map(({ where }) => `${where}: the event is not written out`),
      ...all
        .filter(({ level, event }) => event !== null && !wanted.includes(`${level} ${event}`))
        .map(({ where, level, event }) => `${where}: ${level} '${String(event)}' is not in LOG_EVENTS`),
      ...wanted.filter((line) => !logged.has(line)).map((line) => `nothing logs ${line}`),
    ],
    'What is logged and LOG_EVENTS differ:',
  )
})
