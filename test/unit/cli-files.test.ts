/** What the command finds in files: where JSON ends to be JSON, what a cluster's file says, what an app imports. */
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import fc from 'fast-check'
import { readClusterFile } from '../../src/cli/cluster-file.js'
import { importedFiles } from '../../src/cli/imported-files.js'
import { jsonProblem } from '../../src/cli/json-problem.js'
import { UsageError } from '../../src/cli/usage-error.js'

const KEY = 'a key for tests that has its thirty-two bytes'

function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-cli-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const JSON_PROBLEMS: readonly (readonly [text: string, line: number, column: number, what: RegExp])[] = [
  ['', 1, 1, /the file ends where a value is expected/],
  ['{\n  "backs": [\n', 3, 1, /the file ends where a value is expected/],
  ['{ "a": 1, }', 1, 9, /a comma before '}'/],
  ['[1, 2,\n]', 1, 6, /a comma before ']'/],
  ['{ "a": 1\n  "b": 2 }', 2, 3, /',' or '}' is expected/],
  ["{ 'a': 1 }", 1, 3, /only double quotes/],
  ['{ a: 1 }', 1, 3, /a name in double quotes is expected, but there is 'a'/],
  ['{ "a" 1 }', 1, 7, /':' is expected, but there is '1'/],
  ['{ "a": tcp://x }', 1, 8, /a value is expected, but there is 'tcp'/],
  ['{\n  // where\n  "a": 1 }', 2, 3, /which JSON does not allow/],
  ['{ "a": "b\n" }', 1, 8, /not closed/],
  ['{} {}', 1, 4, /the end of the file is expected/],
  ['[01]', 1, 2, /a value is expected, but there is '01'/],
]

for (const [text, line, column, what] of JSON_PROBLEMS) {
  test(`S16 the place where JSON is wrong: ${JSON.stringify(text)}`, () => {
    const problem = jsonProblem(text)
    assert.deepEqual([problem?.line, problem?.column], [line, column], problem?.what)
    assert.match(problem?.what ?? '', what)
  })
}

test('S16 a problem is found exactly where there is one', () => {
  const damaged = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.nat({ max: 3 }),
      fc.constantFrom('', ',', '"', '{', ']', ' ', '\\', '1', 'e', '\u0001'),
    )
    .map(
      ([text, at, gone, more]) =>
        text.slice(0, at % (text.length + 1)) + more + text.slice((at % (text.length + 1)) + gone),
    )
  fc.assert(
    fc.property(fc.oneof(fc.json(), damaged, fc.string()), (text) => {
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      assert.equal(jsonProblem(text) === null, valid)
    }),
    { numRuns: 1_000 },
  )
})

const BACKS = '"backs": [{ "id": "back-1", "address": "tcp://127.0.0.1:4101", "channels": ["*"] }]'

test('S15 a cluster from a file; a key from outside wins', (t) => {
  const folder = folderWith(t, { 'cluster.json': `\uFEFF{ ${BACKS}, "key": "a key of thirty-two bytes or more" }` })
  const file = join(folder, 'cluster.json')
  const own = readClusterFile(file, { key: undefined })
  assert.equal(own.ownerOf('lobby'), 'back-1')
  assert.equal(Buffer.from(own.key ?? []).toString(), 'a key of thirty-two bytes or more')
  assert.equal(Buffer.from(readClusterFile(file, { key: KEY }).key ?? []).toString(), KEY)
})

const WRONG_FILES: Readonly<Record<string, readonly [text: string, ...parts: string[]]>> = {
  'no list': ['{}', 'backs is missing'],
  'not an object': ['[]', 'options is an empty array. There are: backs, key'],
  'an unknown option': [`{ ${BACKS}, "kye": 1 }`, "no option 'kye'. Did you mean 'key'?"],
  'no channels': [
    '{ "backs": [{ "id": "a", "address": "unix:/a", "channels": [] }] }',
    'backs[0].channels is an empty array',
  ],
  'a wrong address': ['{ "backs": [{ "id": "a", "address": "http://a", "channels": ["*"] }] }', "'http://a'", 'tcp://'],
  'no key beyond loopback': [
    '{ "backs": [{ "id": "a", "address": "tcp://10.0.0.1:1", "channels": ["*"] }] }',
    'CENTRUM_KEY',
  ],
  'no JSON': ['{ "backs": [,] }', 'line 1, column 13'],
}

for (const [name, [text, ...parts]] of Object.entries(WRONG_FILES)) {
  test(`S16 a cluster's file is refused with its name, the place and the remedy: ${name}`, (t) => {
    const file = join(folderWith(t, { 'cluster.json': text }), 'cluster.json')
    assert.throws(
      () => readClusterFile(file, { key: undefined }),
      (error) => {
        assert.ok(error instanceof UsageError)
        for (const part of [file, ...parts]) assert.ok(error.message.includes(part), `${error.message} / ${part}`)
        return true
      },
    )
  })
}

test('S16 G7 a file that is missing, a folder, and a key that is too short', (t) => {
  const folder = folderWith(t, { 'cluster.json': `{ ${BACKS} }` })
  const missing = join(folder, 'none.json')
  assert.throws(() => readClusterFile(missing, { key: KEY }), /does not exist.*"backs"/)
  assert.throws(() => readClusterFile(folder, { key: KEY }), /that is a folder/)
  assert.throws(
    () => readClusterFile(join(folder, 'cluster.json'), { key: 'short' }),
    (error) => error instanceof UsageError && /5 bytes/.test(error.message) && !/short/.test(error.message),
  )
})

test('S16 what an app imports from its project, through endings, folders and cycles', (t) => {
  const folder = folderWith(t, {
    'server/app.ts': `import { a } from './a.js'\nimport type { R } from "../shared/rules"\nimport 'zod'\nimport data from './data.json' with { type: 'json' }`,
    'server/a.ts': `export * from './app.js'\nconst later = await import('./later.mjs')`,
    'server/later.mts': `import missing from './missing.js'`,
    'server/data.json': '{}',
    'server/unrelated.ts': '',
    'shared/rules/index.ts': `const x = require('./old.cjs')`,
    'shared/rules/old.cjs': '',
  })
  const found = [...importedFiles(join(folder, 'server/app.ts')).files].map((path) => relative(folder, path)).sort()
  assert.deepEqual(found, [
    'server/a.ts',
    'server/app.ts',
    'server/data.json',
    'server/later.mts',
    'shared/rules/index.ts',
    'shared/rules/old.cjs',
  ])
})
