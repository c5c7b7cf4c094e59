/** How the command reads options: flags and variables, their order, and what is said where one is wrong. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { delimiter } from 'node:path'
import { ALL_LIMIT_OPTIONS, BACK_LIMIT_OPTIONS, FRONT_LIMIT_OPTIONS } from '../../src/cli/limit-options.js'
import { flagOf, variableOf } from '../../src/cli/flags.js'
import { readCommandLine } from '../../src/cli/read-command-line.js'
import { UsageError } from '../../src/cli/usage-error.js'
import { CHOICE, FOLDERS, NUMBER, SWITCH, TEXT, TEXTS } from '../../src/options/option-kinds.js'
import { defaultsOf } from '../../src/options/limit-table.js'
import type { OptionTable } from '../../src/options/option-table.js'
import { BACK_OPTIONS, FRONT_OPTIONS } from '../../src/run/role-options.js'

const TABLE = {
  id: { ...TEXT, value: 'name', required: 'Give it a name: --id back-1.', description: '' },
  key: { ...TEXT, value: 'secret', secret: true, description: '' },
  port: { ...NUMBER, min: 0, max: 65_535, unit: 'port', default: 8080, description: '' },
  graceMs: { ...NUMBER, min: 0, max: 1000, unit: 'ms', description: '' },
  log: { ...CHOICE, choices: ['debug', 'info', 'silent'], default: 'info', description: '' },
  watch: { ...FOLDERS, description: '' },
  drainTo: { ...TEXTS, value: 'url', description: '' },
  fresh: { ...SWITCH, description: '' },
} as const satisfies OptionTable

function read(args: readonly string[], environment: Record<string, string> = {}) {
  return readCommandLine(TABLE, args, environment)
}

test('S16 flags win over variables, and variables over defaults', () => {
  const environment = { CENTRUM_ID: 'from-env', CENTRUM_PORT: '1', CENTRUM_GRACE_MS: '7' }
  const { values, positionals } = read(['app.ts', '--port', '2', '--log=debug'], environment)
  assert.deepEqual(positionals, ['app.ts'])
  assert.deepEqual(values, {
    id: 'from-env',
    key: undefined,
    port: 2,
    graceMs: 7,
    log: 'debug',
    watch: [],
    drainTo: [],
    fresh: false,
  })
})

test('S16 an empty variable is none, and one that is wrong does not matter where a flag wins', () => {
  const { values } = read(['--id', 'a', '--port', '3'], { CENTRUM_GRACE_MS: '', CENTRUM_PORT: 'tcp://10.0.0.1:80' })
  assert.equal(values.port, 3)
  assert.equal(values.graceMs, undefined)
})

test('S16 folders are given one by one, or in one variable like PATH', () => {
  assert.deepEqual(read(['--id', 'a', '--watch', 'x', '--watch=y']).values.watch, ['x', 'y'])
  assert.deepEqual(read(['--id', 'a'], { CENTRUM_WATCH: `x${delimiter}y` }).values.watch, ['x', 'y'])
})

test('S16 several texts are given one by one, or in one variable between commas', () => {
  assert.deepEqual(read(['--id', 'a', '--drain-to', 'ws://a', '--drain-to=ws://b,c']).values.drainTo, [
    'ws://a',
    'ws://b,c',
  ])
  assert.deepEqual(read(['--id', 'a'], { CENTRUM_DRAIN_TO: 'ws://a, ws://b,' }).values.drainTo, ['ws://a', 'ws://b'])
})

test('S16 a switch is on where it stands, and what follows is not its value', () => {
  const on = read(['--id', 'a', '--fresh', 'app.ts'])
  assert.deepEqual([on.values.fresh, on.positionals], [true, ['app.ts']])
  const off = read(['--id', 'a', '--fresh=0'], { CENTRUM_FRESH: '1' })
  assert.equal(off.values.fresh, false)
  for (const [text, is] of Object.entries({ '1': true, true: true, '0': false, false: false }))
    assert.equal(read(['--id', 'a'], { CENTRUM_FRESH: text }).values.fresh, is)
})

test('S16 what follows -- is no flag', () => {
  assert.deepEqual(read(['--id', 'a', '--', '--port']).positionals, ['--port'])
})

const WRONG: readonly (readonly [args: string[], environment: Record<string, string>, ...parts: string[]])[] = [
  [[], {}, '--id is missing', 'CENTRUM_ID', '--id back-1'],
  [['--prot', '1'], {}, '--prot', "Did you mean '--port'?"],
  [['-p', '1'], {}, 'no flag -p'],
  [['--id', 'a', '--port'], {}, '--port has no value', '--port <number>'],
  [['--id', '--port', '1'], {}, '--id has no value', "'--port'", '--id=--port'],
  [['--id='], {}, '--id is empty'],
  [['--id', 'a', '--drain-to'], {}, '--drain-to has no value', '--drain-to <url>'],
  [['--id', 'a', '--id', 'b'], {}, '--id is given twice', "'a' and 'b'"],
  [['--id', 'a', '--port', '80a'], {}, "--port is '80a'", 'a whole number from 0 to 65535', 'the default is 8080'],
  [['--id', 'a', '--fresh=yes'], {}, "--fresh is 'yes'", 'true or false'],
  [['--id', 'a', '--fresh', '--fresh'], {}, '--fresh is given twice'],
  [['--id', 'a', '--port', '65536'], {}, "--port is '65536'", '65535'],
  [['--id', 'a', '--port=-1'], {}, "--port is '-1'"],
  [['--id', 'a', '--port', '1e3'], {}, "--port is '1e3'"],
  [['--id', 'a'], { CENTRUM_GRACE_MS: '1001' }, "CENTRUM_GRACE_MS is '1001'", 'a whole number from 0 to 1000 (ms)'],
  [['--id', 'a', '--log', 'debgu'], {}, "--log is 'debgu'", "'silent'", "Did you mean 'debug'?"],
]

for (const [args, environment, ...parts] of WRONG) {
  test(`S16 refused with the option, the value and the remedy: ${[...args, ...Object.keys(environment)].join(' ') || 'nothing'}`, () => {
    assert.throws(
      () => read(args, environment),
      (error) => {
        assert.ok(error instanceof UsageError)
        for (const part of parts) assert.ok(error.message.includes(part), `${error.message}\n should contain: ${part}`)
        return true
      },
    )
  })
}

test('G7 a secret is in no message', () => {
  assert.throws(
    () => read(['--id', 'a', '--key', 'hush', '--key', 'hush2']),
    (error) => error instanceof UsageError && /given twice/.test(error.message) && !/hush/.test(error.message),
  )
})

test('S16 names of flags and variables follow from the option', () => {
  assert.equal(flagOf('inboxEntriesMax'), '--inbox-entries-max')
  assert.equal(variableOf('inboxEntriesMax'), 'CENTRUM_INBOX_ENTRIES_MAX')
})

test('S16 G6 each limit of each role is an option of its own, and comes back under the name its role knows', () => {
  for (const [role, { options, grouped }] of [
    [BACK_OPTIONS, BACK_LIMIT_OPTIONS],
    [FRONT_OPTIONS, FRONT_LIMIT_OPTIONS],
  ] as const) {
    const groups = Object.entries<OptionTable[string]>(role).flatMap(([group, option]) =>
      option.kind === 'limits' ? [[group, option.limits] as const] : [],
    )
    const count = groups.reduce((sum, [, limits]) => sum + Object.keys(limits).length, 0)
    assert.equal(Object.keys(options).length, count, 'two limits of a role have one name')
    const defaults = readCommandLine(options, [], {}).values
    assert.deepEqual(
      grouped(defaults),
      Object.fromEntries(groups.map(([group, limits]) => [group, defaultsOf(limits)])),
    )
  }
  const given = readCommandLine(FRONT_LIMIT_OPTIONS.options, ['--heartbeat-ms', '500', '--link-heartbeat-ms', '50'], {})
  const { gatewayLimits, linkLimits } = FRONT_LIMIT_OPTIONS.grouped(given.values)
  assert.deepEqual([gatewayLimits.heartbeatMs, linkLimits.heartbeatMs], [500, 50])
})

test('S16 backs and fronts never mean different things by one flag', () => {
  for (const [name, option] of Object.entries(BACK_LIMIT_OPTIONS.options)) {
    assert.deepEqual(ALL_LIMIT_OPTIONS[name], option, `${flagOf(name)} is another limit of fronts`)
  }
})
