/** What is written about the command agrees with what it takes: its reference, and the examples. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { backCommand } from '../../src/cli/back-command.js'
import { readClusterFile } from '../../src/cli/cluster-file.js'
import { clusterCommand } from '../../src/cli/cluster-command.js'
import { devCommand } from '../../src/cli/dev-command.js'
import { initCommand } from '../../src/cli/init-command.js'
import { frontCommand } from '../../src/cli/front-command.js'
import { storeCommand } from '../../src/cli/store-command.js'
import { listNote } from '../../src/cli/help.js'
import { loadApp } from '../../src/cli/load-app.js'
import { flagOf, variableOf } from '../../src/cli/flags.js'
import type { Option } from '../../src/options/option-table.js'
import { expectTables, markdownTable } from '../support/generated-doc.js'
import { inProject } from '../support/project-root.js'

test('S16 docs/cli.md has the options of each command, with their variables, defaults and meanings', () => {
  const tables = [devCommand, initCommand, backCommand, frontCommand, storeCommand, clusterCommand].map(
    ({ name, options }) => {
      const rows = Object.entries(options).map(([option, declared]) => [
        `\`${flagOf(option)}\``,
        `\`${variableOf(option)}\``,
        initialOf(declared),
        `${declared.description}${listNote(declared)}`,
      ])
      return [`options of ${name}`, markdownTable(['option', 'variable', 'default', ''], rows)] as const
    },
  )
  expectTables('docs/cli.md', Object.fromEntries(tables))
})

function initialOf(option: Option): string {
  if (option.required !== undefined) return 'required'
  return 'default' in option && option.default !== undefined ? String(option.default) : 'none'
}

test('S16 the smallest app is at most 12 lines, with the start of its server', () => {
  const lines = ['app.ts', 'server.ts'].flatMap((name) =>
    readFileSync(inProject('examples/counter', name), 'utf8').trimEnd().split('\n'),
  )
  assert.ok(lines.length <= 12, `${lines.length} lines`)
})

test('S15 S16 the list of the examples gives each channel of the app an owner', async () => {
  const app = await loadApp(inProject('examples/counter/app.ts'))
  const cluster = readClusterFile(inProject('examples/cluster/cluster.json'), { key: undefined })
  const owners = new Set(Array.from({ length: 50 }, (_, i) => cluster.ownerOf(`counter/${i}`)))
  assert.deepEqual([...owners].sort(), ['back-1', 'back-2'])
  assert.ok(app.match('counter/1'))
})
