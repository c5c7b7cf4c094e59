/**
 * What a user installs: only what is meant, with exports that resolve for each kind of importer, and a client that is small
 * and carries nothing of a server. It looks at what `npm run build` made.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { assertNone } from '../support/findings.js'
import { inProject, projectRoot } from '../support/project-root.js'
import { filesUnder } from '../support/files-under.js'

interface Manifest {
  readonly name: string
  readonly bin: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>
  readonly dependencies: Readonly<Record<string, string>>
}

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

interface BrowserEntry {
  readonly subpath: string
  /** What of it is used; all of it where this is left out. */
  readonly names?: string
  /** Minified and gzipped, with all that it imports. */
  readonly bytesMax: number
  /** What it may be made of. */
  readonly folders: readonly string[]
  /** Peers that an application brings along. */
  readonly peers?: readonly string[]
}

/** What pages load. */
const BROWSER_ENTRIES: readonly BrowserEntry[] = [
  {
    // To be 20,000; it is a little above yet, and must not grow.
    subpath: 'client',
    bytesMax: 25 * 1024,
    folders: ['client', 'value', 'protocol', 'state', 'session', 'runtime', 'options'],
  },
  {
    // Without handlers of paths and snapshots.
    subpath: 'client',
    names: 'connectPlain',
    bytesMax: 24_250,
    folders: ['client', 'value', 'protocol', 'state', 'session', 'runtime', 'options'],
  },
  {
    // 2.5 KiB beside the client, which it includes.
    subpath: 'react',
    bytesMax: 27_250,
    folders: ['react', 'client', 'value', 'protocol', 'state', 'session', 'runtime', 'options'],
    peers: ['react'],
  },
  { subpath: 'predict', bytesMax: 5 * 1024, folders: ['predict', 'value', 'protocol', 'options'] },
]
/** Only owners need the encoder of state, and only Node its runtime. */
const BROWSER_NEVER = ['dist/state/encoder/state-encoder.js', 'dist/runtime/node-runtime.js']
const PACKED = [
  /^dist\/.+\.(js|d\.ts|js\.map)$/,
  /^docs\/.+\.(md|svg|png)$/,
  /^templates\/.+$/,
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
]

const run = promisify(execFile)
const manifest = JSON.parse(readFileSync(inProject('package.json'), 'utf8')) as Manifest
const scratch = mkdtempSync(join(tmpdir(), 'centrum-package-'))
let packed: Packed
let tarball: string

before(async () => {
  assert.ok(existsSync(inProject('dist/index.js')), 'dist/ is not there. Run `npm run build`; `npm test` does.')
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch], {
    cwd: projectRoot,
  })
  const [first] = JSON.parse(stdout) as Packed[]
  assert.ok(first)
  packed = first
  tarball = join(scratch, first.filename)
})
after(() => rmSync(scratch, { recursive: true, force: true }))

test('the package holds what is meant, and nothing else', () => {
  const sources = new Set(
    [...filesUnder('src'), ...filesUnder('inspector')].map((path) =>
      path.replace(/^(src\/|(?=inspector\/))/, '').replace(/\.ts$/, ''),
    ),
  )
  const paths = packed.files.map(({ path }) => path)
  assertNone(
    paths.filter((path) => !PACKED.some((pattern) => pattern.test(path))),
    'Not meant to be packed. See "files" in package.json:',
  )
  assertNone(
    paths.filter(
      (path) => path.startsWith('dist/') && !sources.has(path.slice(5).replace(/(\.d\.ts|\.js|\.js\.map)$/, '')),
    ),
    'Built from sources that are gone. Remove dist/ and build again:',
  )
  for (const path of ['package.json', 'README.md', 'CHANGELOG.md', 'LICENSE', 'docs/protocol.md', 'docs/errors.md']) {
    assert.ok(paths.includes(path), `${path} is packed`)
  }
})

test('each export and command is there, and can be imported by its name', async () => {
  for (const [subpath, target] of Object.entries(manifest.exports)) {
    const files = typeof target === 'string' ? [target] : Object.values(target)
    for (const file of files) assert.ok(existsSync(inProject(file)), `${subpath} leads to ${file}, which is not built`)
    if (typeof target === 'string') continue
    const module = (await import(subpath.replace('.', manifest.name))) as object
    assert.ok(Object.keys(module).length > 0, `${subpath} exports something`)
  }
  for (const [command, file] of Object.entries(manifest.bin)) {
    assert.match(
      readFileSync(inProject(file), 'utf8'),
      /^#!\/usr\/bin\/env node\n/,
      `${command} begins with its interpreter`,
    )
  }
})

test('publint finds nothing', async () => {
  const { messages } = await publint({ pack: { tarball: new Uint8Array(readFileSync(tarball)).buffer }, strict: true })
  assertNone(
    messages.map((message) => formatMessage(message, manifest) ?? message.code),
    'publint found:',
  )
})

test('types resolve for each kind of importer', async () => {
  const attw = inProject('node_modules/@arethetypeswrong/cli/dist/index.js')
  const options = ['--profile', 'esm-only', '--format', 'ascii', '--no-definitely-typed']
  const told = await run(process.execPath, [attw, tarball, ...options]).then(
    () => '',
    (error: { stdout?: string }) => error.stdout || 'no words, but a failure',
  )
  const telling = told
    .split('\n')
    .filter((line) => /💀|🐛|❌|🎭|👺|⚠️|🤨|🥴|❗|^"/u.test(line) && !line.includes('(ignored'))
  assertNone(telling, 'attw found:')
})

for (const { subpath, names = '*', bytesMax, folders, peers = [] } of BROWSER_ENTRIES) {
  test(`${names === '*' ? 'all' : names} of centrum/${subpath} is smaller than ${bytesMax} bytes and carries nothing of a server`, async (t) => {
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: `export ${names === '*' ? '*' : `{ ${names} }`} from './dist/${subpath}/index.js'`,
        resolveDir: projectRoot,
      },
      absWorkingDir: projectRoot,
      bundle: true,
      minify: true,
      format: 'esm',
      platform: 'browser',
      target: 'es2022',
      external: [...builtinModules, 'node:*', ...peers],
      metafile: true,
      write: false,
      logLevel: 'silent',
    })
    const output = outputFiles[0]
    assert.ok(output)
    const inputs = Object.keys(metafile.inputs).filter((path) => path !== '<stdin>')
    const outside = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
    assertNone(
      outside.filter((path) => !peers.includes(path)),
      'It imports what a browser does not have:',
    )
    assertNone(
      inputs.filter((path) => BROWSER_NEVER.includes(path) || !folders.includes(path.split('/')[1] ?? '')),
      'It carries what it must not:',
    )
    const bytes = gzipSync(output.contents, { level: 9 }).length
    t.diagnostic(`${bytes} bytes minified and gzipped (${output.contents.length} minified, ${inputs.length} files)`)
    assert.ok(bytes < bytesMax, `it has ${bytes} bytes minified and gzipped, of ${bytesMax}`)
  })
}

test('the client is found by bundlers of tests, too: Node with the condition of browsers', async () => {
  const program = "import('centrum/client').then((m) => console.log(typeof m.connect))"
  const { stdout } = await run(process.execPath, ['--conditions=browser', '--input-type=module', '-e', program], {
    cwd: projectRoot,
  })
  assert.equal(stdout.trim(), 'function')
})

test('maps of the built files hold their sources, which are not packed', () => {
  const map = JSON.parse(readFileSync(inProject('dist/index.js.map'), 'utf8')) as { readonly sourcesContent?: string[] }
  assert.match(map.sourcesContent?.[0] ?? '', /startApp/)
})
