/** What is written about the command agrees with what it takes: its reference, and the examples. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { backCommand } from '../../src/cli/back-command.js'
import { readClusterFile } from '../../src/cli/cluster-file.js'
import { devCommand } from '../../src/cli/dev-command.js'
import { frontCommand } from '../../src/cli/front-command.js'
import { loadApp } from '../../src/cli/load-app.js'
import { flagOf, variableOf } from '../../src/cli/option-kinds.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { inProject } from '../support/project-root.js'

const reference = readFileSync(inProject('docs/cli.md'), 'utf8')

for (const { name, options } of [devCommand, backCommand, frontCommand]) {
  test(`S16 docs/cli.md has the options of ${name}, no others, with their variables and defaults`, () => {
    const [, section = ''] = reference.split(`## centrum ${name}\n`)
    const [rows = ''] = section.split('\n## ')
    const told = [...rows.matchAll(/^\| `(--[\w-]+)` \| `(\w+)` \| ([^|]+) \|/gm)].map((row) => row.slice(1))
    const declared = Object.entries(options).map(([option, { required, ...rest }]) => {
      const initial = 'default' in rest && rest.default !== undefined ? String(rest.default) : null
      return [flagOf(option), variableOf(option), required === undefined ? initial : 'required']
    })
    // What has no default has words of its own there.
    const wanted = declared.map(([flag, variable, initial]) => [
      flag,
      variable,
      initial ?? told.find((row) => row[0] === flag)?.[2],
    ])
    assert.deepEqual(told.map(String).sort(), wanted.map(String).sort())
  })
}

test('S16 the smallest app is at most 12 lines, with the start of its server', () => {
  const lines = ['app.ts', 'server.ts'].flatMap((name) =>
    readFileSync(inProject('examples/counter', name), 'utf8').trimEnd().split('\n'),
  )
  assert.ok(lines.length <= 12, `${lines.length} lines`)
})

test('S15 S16 the list of the examples gives each channel of the app an owner', async () => {
  const app = await loadApp(inProject('examples/counter/app.ts'))
  const { random } = nodeRuntime({ logLevel: 'silent' })
  const cluster = readClusterFile(inProject('examples/cluster/cluster.json'), { key: undefined, random })
  const owners = new Set(Array.from({ length: 50 }, (_, i) => cluster.ownerOf(`counter/${i}`)))
  assert.deepEqual([...owners].sort(), ['back-1', 'back-2'])
  assert.ok(app.match('counter/1'))
})
