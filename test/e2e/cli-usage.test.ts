/** The command as someone meets it: its help, and what it says where something that was given is wrong. */
import { describe, test } from 'node:test'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { flagOf } from '../../src/cli/flags.js'
import { ALL_LIMIT_OPTIONS } from '../../src/cli/limit-options.js'
import { projectFolder, runCli } from '../support/cli-process.js'
import { inProject } from '../support/project-root.js'

const KEY = 'a key for tests that has its thirty-two bytes'
const APP = `import { defineApp, defineChannel } from 'centrum'
const lobby = defineChannel({ state: () => ({}) }).implement({})
`
const CLUSTER = '{ "backs": [{ "id": "back-1", "address": "tcp://127.0.0.1:4199", "channels": ["lobby"] }] }'

/** TypeScript where that is what is wrong with it: its loader takes a second each time. */
const FILES = {
  'app.ts': `${APP}export default defineApp({ channels: { lobby } })\n`,
  'app.js': `${APP}export default defineApp({ channels: { lobby } })\n`,
  'named.js': `${APP}export const app = defineApp({ channels: { lobby } })\n`,
  'channel.js': `${APP}export default lobby\n`,
  'number.js': 'export default 7\n',
  'syntax.ts': 'export default {{\n',
  'import.ts': `import './missing.js'\nexport default 1\n`,
  'throws.ts': `throw new Error('no database')\n`,
  'wrong.ts': `${APP}\nexport default defineApp({ channels: { lobby }, session: 'many' } as never)\n`,
  'notes.md': '',
  'cluster.json': CLUSTER,
  'comma.json': `${CLUSTER.slice(0, -1)},\n}`,
  'address.json': CLUSTER.replace('tcp:', 'http:'),
  'folder/app.ts': '',
}

describe('the help', { concurrency: 4 }, () => {
  test('S16 teaches what there is and how to begin', async (t) => {
    const { stdout, stderr, end } = await runCli(t, ['--help'])
    assert.deepEqual([stderr, end?.code], ['', 0])
    for (const part of ['centrum dev', 'centrum back', 'centrum front', 'centrum dev app.ts', 'Exit codes']) {
      assert.ok(stdout.includes(part), part)
    }
  })

  const flagsByCommand: Readonly<Record<string, readonly string[]>> = {
    dev: ['backs', 'fronts', 'port', 'host', 'watch', 'ignore', 'log'],
    back: ['id', 'cluster', 'key', 'log'],
    front: ['id', 'cluster', 'key', 'port', 'host', 'path', 'log'],
    key: [],
  }
  for (const [command, flags] of Object.entries(flagsByCommand)) {
    test(`S16 of ${command} has each option, its variable, its default and examples`, async (t) => {
      const { stdout, end } = await runCli(t, [command, '--what', '--help'])
      assert.equal(end?.code, 0)
      for (const flag of flags) assert.match(stdout, new RegExp(`--${flag} <.+>, CENTRUM_${flag.toUpperCase()}\\n`))
      assert.match(stdout, new RegExp(`Examples?\\n  .*centrum ${command}`))
      if (flags.includes('port')) assert.match(stdout, /Default: 8080/)
      if (flags.includes('key'))
        assert.match(stdout, /other\s+users\s+of\s+the\s+machine\s+can\s+read\s+command\s+lines/)
    })
  }

  test('S16 G6 of limits has each one', async (t) => {
    const { stdout } = await runCli(t, ['help', 'limits'])
    for (const name of Object.keys(ALL_LIMIT_OPTIONS)) assert.match(stdout, new RegExp(`${flagOf(name)} <`))
  })

  test('S16 is shown where no command is given, which is an error', async (t) => {
    const { stdout, stderr, end } = await runCli(t, [])
    assert.deepEqual([stdout, end?.code], ['', 2])
    assert.match(stderr, /Get started/)
  })

  test('the version is that of the package', async (t) => {
    const { version } = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as { version: string }
    assert.equal((await runCli(t, ['--version'])).stdout, `${version}\n`)
  })

  test('G7 a key is made that a cluster takes, and another one each time', async (t) => {
    const [one, other] = await Promise.all([runCli(t, ['key']), runCli(t, ['key'])])
    assert.match(one.stdout, /^[\w-]{43}\n$/)
    assert.notEqual(one.stdout, other.stdout)
  })
})

interface Wrong {
  readonly args: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly code?: 1 | 2
  readonly says: readonly RegExp[]
}

const BACK = ['back', 'app.js', '--id', 'back-1', '--cluster', 'cluster.json']
const FRONT = ['front', 'app.js', '--id', 'front-1', '--cluster', 'cluster.json']
const inPlaceOf = (args: readonly string[], old: string, wrong: string): string[] =>
  args.map((arg) => (arg === old ? wrong : arg))

const WRONG: Readonly<Record<string, Wrong>> = {
  'an unknown command': { args: ['frnt'], says: [/no command 'frnt'/, /Did you mean 'front'\?/] },
  'a file in place of the command': { args: ['app.ts'], says: [/Did you mean 'centrum dev app\.ts'\?/] },
  'a flag in place of the command': { args: ['--port', '1'], says: [/Put the command first/] },
  'help on nothing there is': { args: ['help', 'lmits'], says: [/no help topic 'lmits'/, /limits/] },
  'an unknown flag': { args: [...FRONT, '--pot', '1'], says: [/no flag --pot/, /--port/, /centrum front --help/] },
  'no app': { args: ['dev'], says: [/app's file is missing/, /CENTRUM_APP/] },
  'two apps': { args: ['dev', 'app.ts', 'named.js'], says: [/Unexpected argument 'named\.js'/] },
  'no id': { args: ['back', 'app.js', '--cluster', 'cluster.json'], says: [/--id is missing/, /CENTRUM_ID/] },
  'no cluster': { args: ['front', 'app.js', '--id', 'a'], says: [/--cluster is missing/, /CENTRUM_CLUSTER/] },
  'an id that is not listed': { args: inPlaceOf(BACK, 'back-1', 'back-9'), says: [/'back-9'/, /back-1/] },
  'a limit out of range': { args: [...BACK, '--grace-ms', '-5'], says: [/--grace-ms/, /'-5'/] },
  'a variable out of range': {
    args: FRONT,
    environment: { CENTRUM_PORT: '99999' },
    says: [/CENTRUM_PORT is '99999'/, /65535/, /8080/],
  },
  'a log level that there is not': { args: [...BACK, '--log', 'loud'], says: [/--log is 'loud'/, /'silent'/] },
  'no key': { args: FRONT, says: [/no key/, /npx centrum key/] },
  'a short key': { args: FRONT, environment: { CENTRUM_KEY: 'short' }, says: [/5 bytes/, /at least 32/] },
  'a front to drain to that is no URL': {
    args: FRONT,
    environment: { CENTRUM_KEY: KEY, CENTRUM_DRAIN_TO: 'wss://a.example,front-2' },
    says: [/drainTo/, /'front-2'/, /not a valid URL/, /wss:\/\/front-2\.example\.com/],
  },
  'no such app': { args: inPlaceOf(BACK, 'app.js', 'ap.ts'), says: [/'ap\.ts'/, /does not exist/] },
  'an app without its ending': { args: ['dev', 'app'], says: [/Did you mean 'app\.ts'\?/] },
  'a folder as the app': { args: ['dev', 'folder'], says: [/that is a folder/, /folder\/app\.ts/] },
  'another kind of file': { args: ['dev', 'notes.md'], says: [/'notes\.md'/, /\.ts, /] },
  'no such cluster file': { args: inPlaceOf(BACK, 'cluster.json', 'no.json'), says: [/'no\.json'/, /"backs"/] },
  'JSON with a comma': {
    args: inPlaceOf(BACK, 'cluster.json', 'comma.json'),
    says: [/comma\.json/, /line 1, column \d+/],
  },
  'a wrong address': {
    args: inPlaceOf(BACK, 'cluster.json', 'address.json'),
    says: [/address\.json/, /backs\[0\]\.address/],
  },
  'an app by name only': {
    args: inPlaceOf(BACK, 'app.js', 'named.js'),
    says: [/no default export/, /export default app/],
  },
  'a channel as the app': {
    args: inPlaceOf(BACK, 'app.js', 'channel.js'),
    says: [/a channel as its default export/, /defineApp/],
  },
  'a number as the app': {
    args: inPlaceOf(BACK, 'app.js', 'number.js'),
    says: [/a number as its default export/, /defineApp/],
  },
  'an app with a mistake': {
    args: inPlaceOf(BACK, 'app.js', 'syntax.ts'),
    says: [/syntax\.ts can't be loaded/, /syntax\.ts:1/],
  },
  'an import that is not there': {
    args: inPlaceOf(BACK, 'app.js', 'import.ts'),
    says: [/import\.ts can't be loaded/, /missing/],
  },
  'a wrong definition': {
    args: inPlaceOf(BACK, 'app.js', 'wrong.ts'),
    says: [/wrong\.ts:4/, /'session'/, /'sessions'/],
  },
  'an app that throws': {
    args: inPlaceOf(BACK, 'app.js', 'throws.ts'),
    code: 1,
    says: [/no database/, /throws\.ts:1/],
  },
  'a folder to watch that is not there': { args: ['dev', 'app.js', '--watch', 'no'], says: [/--watch is 'no'/] },
  'a host that is not of this machine': {
    args: ['dev', 'app.js', '--host', '192.0.2.7'],
    says: [/--host is '192\.0\.2\.7'/],
  },
}

describe('what is wrong', { concurrency: 4 }, () => {
  for (const [name, { args, environment = {}, code = 2, says }] of Object.entries(WRONG)) {
    test(`S16 is named with its value and the remedy: ${name}`, async (t) => {
      const cwd = projectFolder(t, FILES)
      const { stdout, stderr, end } = await runCli(t, args, { cwd, environment })
      assert.equal(end?.code, code, stderr)
      assert.equal(stdout, '')
      for (const pattern of says) assert.match(stderr, pattern)
      if (code === 2) assert.doesNotMatch(stderr, /\n\s+at /, 'a stack is of no use here')
    })
  }

  test('S16 G7 an address that is taken is a failure that names it', async (t) => {
    const server = createServer().listen(0, '127.0.0.1')
    t.after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const cwd = projectFolder(t, FILES)
    const { stderr, end } = await runCli(t, [...FRONT, '--port', String(port)], {
      cwd,
      environment: { CENTRUM_KEY: KEY },
    })
    assert.equal(end?.code, 1, stderr)
    assert.match(stderr, new RegExp(`${port}`))
  })
})
