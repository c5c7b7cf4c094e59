/** docs/options.md has each option of each call, as the tables in the code say, and the tables say what a user needs. */
import { test } from 'node:test'
import { APP_DECLARATION_OPTIONS, CHANNEL_OPTIONS } from '../../src/channel/channel-options.js'
import { CONNECT_OPTIONS } from '../../src/client/connect-options.js'
import { BACK_ENTRY_OPTIONS, STATIC_CLUSTER_OPTIONS } from '../../src/cluster/static-cluster.js'
import { rangeOf } from '../../src/options/option-kinds.js'
import { type Option, type OptionTable } from '../../src/options/option-table.js'
import { INTERPOLATOR_OPTIONS, PREDICTOR_OPTIONS } from '../../src/predict/predict-options.js'
import { APP_OPTIONS, BACK_OPTIONS, FRONT_OPTIONS } from '../../src/run/role-options.js'
import { NODE_RUNTIME_OPTIONS } from '../../src/runtime/runtime-options.js'
import { POSTGRES_OPTIONS } from '../../src/postgres/postgres-options.js'
import { SQLITE_OPTIONS } from '../../src/sqlite/sqlite-options.js'
import { TEST_CLUSTER_OPTIONS } from '../../src/testing/test-cluster-settings.js'
import { assertNone } from '../support/findings.js'
import { expectDocument, markdownTable } from '../support/generated-doc.js'
import { describedOptions } from '../support/option-descriptions.js'

const CALLS: readonly [call: string, table: OptionTable][] = [
  ['startApp(app, options)', APP_OPTIONS],
  ['startBack(app, options)', BACK_OPTIONS],
  ['startFront(app, options)', FRONT_OPTIONS],
  ['connect(urls, options)', CONNECT_OPTIONS],
  ['createPredictor(link, options)', PREDICTOR_OPTIONS],
  ['createInterpolator(link, options)', INTERPOLATOR_OPTIONS],
  ['defineChannel(options)', CHANNEL_OPTIONS],
  ['defineApp(options)', APP_DECLARATION_OPTIONS],
  ['staticCluster(options)', STATIC_CLUSTER_OPTIONS],
  ['backs of staticCluster', BACK_ENTRY_OPTIONS],
  ['sqliteStore(options)', SQLITE_OPTIONS],
  ['postgresCluster(options)', POSTGRES_OPTIONS],
  ['createTestCluster(app, options)', TEST_CLUSTER_OPTIONS],
  ['nodeRuntime(options)', NODE_RUNTIME_OPTIONS],
]

function expected(): string {
  const lines = [
    '# Options',
    '',
    'The options of every call. An unknown option, a wrong type and a value out of range are refused by the call, with an error that names the option, the value and what is accepted.',
    'The flags and environment variables of the command are in [cli.md](cli.md), the limits in [limits.md](limits.md).',
    '',
  ]
  for (const [call, table] of CALLS) {
    const rows = describedOptions(table).map(([name, option]) => [
      `\`${name}\``,
      typeOf(option),
      initialOf(option),
      option.description,
    ])
    lines.push(`## \`${call}\``, '', markdownTable(['option', 'type', 'default', ''], rows))
  }
  return `${lines.join('\n').trimEnd()}\n`
}

function typeOf(option: Option): string {
  switch (option.kind) {
    case 'number':
      return rangeOf(option)
    case 'text':
      return 'string'
    case 'choice':
      return option.choices.map((choice) => `\`'${choice}'\``).join(', ')
    case 'texts':
    case 'folders':
      return 'string, or a list of strings'
    case 'switch':
      return 'true or false'
    case 'limits':
      return 'limits by name'
    case 'object':
      return option.expected
  }
}

function initialOf(option: Option): string {
  if (option.required !== undefined) return 'required'
  if (option.kind === 'switch') return '`false`'
  return 'default' in option && option.default !== undefined ? `\`${option.default}\`` : 'none'
}

test('S16 docs/options.md has each option of each call', () => {
  expectDocument('docs/options.md', expected())
})

test('S16 each option is described by sentences, and a default is within its range', () => {
  const wrong = CALLS.flatMap(([call, table]) =>
    describedOptions(table).flatMap(([name, option]) => [
      ...(/^[A-Z`0-9].*\.$/.test(option.description) ? [] : [`${call} ${name}: '${option.description}'`]),
      ...(option.required === undefined || /^[A-Z].*\.$/.test(option.required) ? [] : [`${call} ${name} required`]),
      ...(option.kind !== 'number' || option.default === undefined || within(option, option.default)
        ? []
        : [`${call} ${name}: its default is out of range`]),
      ...(option.kind === 'number' && option.notAbove !== undefined && !(option.notAbove in table)
        ? [`${call} ${name}: there is no ${option.notAbove}`]
        : []),
    ]),
  )
  assertNone(wrong, 'Options:')
})

function within({ min, max }: { readonly min: number; readonly max: number }, value: number): boolean {
  return value >= min && value <= max
}
