/**
 * What docs/protocol.md promises (G) and rules (H, L, V, C), and what the system does as a whole (S), is each shown by at
 * least one test that names it in its title: `[L3] an entry that was taken already is dropped`. A title that names an id
 * which does not exist is a mistake too.
 */
import { readFileSync } from 'node:fs'
import { after, test } from 'node:test'
import assert from 'node:assert/strict'
import { assertNone } from '../support/findings.js'
import { inProject } from '../support/project-root.js'
import { openSourceTree } from '../support/source-tree.js'
import { testTitles } from '../support/test-titles.js'

/** What the system does, seen from outside. */
const SYSTEM: Readonly<Record<string, string>> = {
  S1: 'A master is the hub of its process: 200 channels between one front and one back share one link.',
  S2: 'Linking a front channel gives the encoded state: the bytes that the back made, and a mirror of them equals the state.',
  S3: 'Links stream both ways at a defined interval: what is sent within one flushMs crosses in one batch, and the back takes it at its tickMs, in order.',
  S4: 'A back works as long as it has linked channels: no onTick without sessions, and idle channels cost no timers.',
  S5: 'A channel has one back channel: a second back with the same id or address is refused, and the error names both.',
  S6: 'Fronts are other processes or machines behind any balancer, without stickiness; every client sees every other.',
  S7: 'State and patches stay encoded on the way: a client gets the bytes that the back made, and a front does not open them.',
  S8: 'Every linked front gets every patch: all mirrors equal the owner at each version.',
  S9: 'A client links to several channels, and unlinks: all counts return to zero, and the last unlink ends the link of the front.',
  S10: 'A client has one processor, and it can move: nothing is lost, nothing comes twice, all is in order.',
  S11: 'A message of a client can go to every back: broadcast reaches each open channel at most once.',
  S12: 'A back speaks to one client, to all linked clients, to everyone: in order among themselves and to the versions.',
  S13: 'A client links with options and gets a reply or a refusal: typed, and checked by the schema of the channel.',
  S14: 'A front speaks to any back channel by itself, with internal messages that no client may send.',
  S15: 'Static clusters are simple to set up, and channels open and close at run time; fronts are told.',
  S16: 'Setting up is simple: the smallest app has at most 12 lines, and each wrong option gets an error that names it, its value and the remedy.',
  S17: 'A change of state is published soon, whoever makes it and when: in the turn, in the next macrotask, or within five seconds.',
}

/** Ids that no test needs to show yet, and why. */
const NOT_YET: Readonly<Record<string, string>> = {}

const tree = openSourceTree()
after(() => tree.close())
const titles = testTitles(tree).filter(({ path }) => !path.startsWith('test/house/'))
const protocol = readFileSync(inProject('docs/protocol.md'), 'utf8')
/** Each id with the sentence it stands for. */
const promised: ReadonlyMap<string, string> = new Map([
  ...[...protocol.matchAll(/^- \*\*([A-Z]\d+)\b([^*]*)\*\*(.*)$/gm)].map(
    ([, id = '', name = '', text = '']): [string, string] => [
      id,
      (name.trim() || text.trim()).replace(/\. .*|\.$/, ''),
    ],
  ),
  ...Object.entries(SYSTEM),
])

function idsIn(title: string): string[] {
  return [...title.matchAll(/\b[GHLVCS]\d+\b/g)].map(([id]) => id)
}

test('docs/protocol.md lists its promises and rules, each id once', () => {
  const ids = [...protocol.matchAll(/^- \*\*([A-Z]\d+)\b/gm)].map(([, id = '']) => id)
  for (const family of ['G', 'H', 'L', 'V', 'C']) {
    const numbers = ids.filter((id) => id.startsWith(family)).map((id) => Number(id.slice(1)))
    assert.deepEqual(
      numbers,
      numbers.map((_, index) => index + 1),
      `${family} is numbered from 1 without gaps`,
    )
    assert.ok(numbers.length > 0, `${family} is there`)
  }
})

for (const [families, what] of [
  [['G', 'H', 'L', 'V', 'C'], 'promise and rule of docs/protocol.md'],
  [['S'], 'thing that the system does as a whole'],
] as const) {
  test(`each ${what} is shown by a test that names it`, (t) => {
    const shown = new Set(titles.flatMap(({ title }) => idsIn(title)))
    const ids = [...promised.keys()].filter((id) => families.some((family) => id.startsWith(family)))
    const missing = ids.filter((id) => !shown.has(id) && !(id in NOT_YET))
    t.diagnostic(`${ids.length - missing.length} of ${ids.length} shown`)
    assertNone(
      missing.map((id) => `${id}: ${promised.get(id)}`),
      `${missing.length} of ${ids.length} are shown by no test. Show each, and put its id into the title:`,
    )
  })
}

test('no title names a promise or rule that does not exist', () => {
  const wrong = titles.flatMap(({ path, line, title }) =>
    idsIn(title)
      .filter((id) => !promised.has(id))
      .map((id) => `${path}:${line} names ${id}: ${title}`),
  )
  assertNone(wrong, 'Ids that neither docs/protocol.md nor the list of the system has:')
})

test('what needs no test yet is still promised, and says why', () => {
  const wrong = Object.entries(NOT_YET).filter(([id, why]) => !promised.has(id) || why === '')
  assertNone(
    wrong.map(([id]) => id),
    'Take these off the list:',
  )
})

test('no test is focused or put off', () => {
  const marked = titles.flatMap(({ path, line, title, mark }) => (mark ? [`${path}:${line} ${mark}: ${title}`] : []))
  assertNone(
    marked,
    'A test runs, or is not there. Where the machine lacks something, skip with the option and a reason:',
  )
})
