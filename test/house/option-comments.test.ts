/**
 * What an editor shows of an option is a comment, which follows from its row: description, bounds and default. UPDATE_DOCS=1 writes the
 * comments.
 */
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { BACK_LIMITS } from '../../src/back/back-limits.js'
import { BACK_MASTER_OPTIONS } from '../../src/back/back-master-options.js'
import { BACK_ENTRY_OPTIONS, STATIC_CLUSTER_OPTIONS } from '../../src/cluster/static-cluster.js'
import { FRONT_LIMITS } from '../../src/front/front-limits.js'
import { FRONT_MASTER_OPTIONS } from '../../src/front/front-master-options.js'
import { GATEWAY_LIMITS } from '../../src/gateway/gateway-limits.js'
import { LISTEN_OPTIONS } from '../../src/gateway/gateway-options.js'
import { LINK_OPTIONS } from '../../src/link/link-options.js'
import type { LimitTable, Option, OptionTable } from '../../src/options/option-table.js'
import { POSTGRES_OPTIONS } from '../../src/postgres/postgres-options.js'
import { APP_OPTIONS, BACK_OPTIONS, FRONT_OPTIONS } from '../../src/run/role-options.js'
import { NODE_RUNTIME_OPTIONS } from '../../src/runtime/runtime-options.js'
import { SQLITE_OPTIONS } from '../../src/sqlite/sqlite-options.js'
import { TEST_CLUSTER_OPTIONS } from '../../src/testing/test-cluster-settings.js'
import { expectDocument } from '../support/generated-doc.js'
import { inProject } from '../support/project-root.js'

const TABLES: Readonly<Record<string, Readonly<Record<string, OptionTable>>>> = {
  'src/back/back-master-options.ts': { BACK_MASTER_OPTIONS },
  'src/cluster/static-cluster.ts': { STATIC_CLUSTER_OPTIONS, BACK_ENTRY_OPTIONS },
  'src/front/front-master-options.ts': { FRONT_MASTER_OPTIONS },
  'src/gateway/gateway-options.ts': { LISTEN_OPTIONS },
  'src/link/link-options.ts': { LINK_OPTIONS },
  'src/postgres/postgres-options.ts': { POSTGRES_OPTIONS },
  'src/run/role-options.ts': { BACK_OPTIONS, FRONT_OPTIONS, APP_OPTIONS },
  'src/runtime/runtime-options.ts': { NODE_RUNTIME_OPTIONS },
  'src/sqlite/sqlite-options.ts': { SQLITE_OPTIONS },
  'src/testing/test-cluster-settings.ts': { TEST_CLUSTER_OPTIONS },
}

/** Where the default of a limit stands that is an option as well. */
const LIMITS: LimitTable = { ...GATEWAY_LIMITS, ...FRONT_LIMITS, ...BACK_LIMITS }
const UNITS: Readonly<Record<string, string>> = { ms: ' ms', bytes: ' bytes' }
const WIDTH = 118

for (const [path, tables] of Object.entries(TABLES)) {
  test(`each option in ${path} has its row's words as a comment`, () => {
    let text = readFileSync(inProject(path), 'utf8')
    for (const [name, table] of Object.entries(tables)) text = withComments(text, name, table)
    expectDocument(path, text)
  })
}

function withComments(text: string, name: string, table: OptionTable): string {
  const start = text.indexOf(`export const ${name} = {`)
  const end = text.indexOf('\n}', start)
  // Comments that begin with two stars belong to this test.
  const rows = text.slice(start, end).replaceAll(/\n {2}\/\*\*[^]*?\*\/(?=\n)/g, '')
  const commented = rows.replaceAll(/\n {2}(\w+)(?=[:,])/g, (row, option: string) => {
    const words = wordsOf(option, table[option])
    return words === '' ? row : `\n${commentOf(words)}${row}`
  })
  return text.slice(0, start) + commented + text.slice(end)
}

function wordsOf(name: string, option: Option | undefined): string {
  if (option === undefined || option.description === undefined) return ''
  const fallback = 'default' in option ? option.default : option.kind === 'number' ? LIMITS[name]?.default : undefined
  const unit = option.kind === 'number' ? (UNITS[option.unit] ?? '') : ''
  const shown = typeof fallback === 'number' ? `${fallback.toLocaleString('en')}${unit}` : `\`${String(fallback)}\``
  const isSaid = fallback === undefined || /default/.test(option.description)
  return `${option.description}${isSaid ? '' : ` ${shown} by default.`}`
}

function commentOf(words: string): string {
  const line = `  /** ${words} */`
  if (line.length <= WIDTH) return line
  const lines: string[] = ['  /**']
  for (const word of words.split(' ')) {
    const last = lines.at(-1) ?? ''
    if (lines.length === 1 || last.length + 1 + word.length > WIDTH) lines.push(`   * ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return [...lines, '   */'].join('\n')
}
