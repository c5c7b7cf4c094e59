/**
 * Owner and mirror on other engines: SpiderMonkey (gjs), JavaScriptCore (jsc) and Hermes, which takes no classes, so that code for shapes cannot be
 * generated there although `Function` exists. Each runs the built `centrum/state` and must give the same bytes and states as this Node.
 * What is missing is installed where one command does that, on Debian and its kin as root; where it still is missing this fails.
 *
 *     node --import tsx test/engines/state.ts
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { hasProgram, installDebian } from '../support/debian.js'
import { inProject } from '../support/project-root.js'
import { recordProgram, recordVectors } from '../support/recorded-programs.js'
import { type Replay, replayEncoder, replayMirror } from '../support/replay-mirror.js'
import * as state from '../../src/state/index.js'

const DEBIAN_PACKAGES = ['gjs', 'libjavascriptcoregtk-4.0-bin']
const NPM_PACKAGES = ['hermes-engine-cli@0.12.0', '@babel/standalone@7.28.5']

const folder = mkdtempSync(join(tmpdir(), 'engines-'))
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

/** What applications give to engines that have no such classes, as React Native does: enough for well-formed texts. */
const TEXT_CLASSES = `
if (typeof TextEncoder === 'undefined') globalThis.TextEncoder = class {
  encode(text) { return Uint8Array.from(unescape(encodeURIComponent(text)), (each) => each.charCodeAt(0)) }
};
if (typeof TextDecoder === 'undefined') globalThis.TextDecoder = class {
  decode(bytes) {
    try { return decodeURIComponent(escape(String.fromCharCode(...bytes))) } catch { throw new TypeError('not UTF-8') }
  }
};`

function install(): void {
  if (!hasProgram('gjs') || !hasProgram('jsc')) installDebian(DEBIAN_PACKAGES)
  writeFileSync(join(folder, 'package.json'), '{}')
  execFileSync('npm', ['install', '--silent', '--no-audit', '--no-fund', ...NPM_PACKAGES], { cwd: folder })
}

/** One script that prints what owner and mirrors made, a line for each step. */
async function bundle(replays: readonly Replay[]): Promise<string> {
  const contents = `
    import * as state from ${JSON.stringify(inProject('dist/state/index.js'))}
    import { replayEncoder, replayMirror } from ${JSON.stringify(inProject('test/support/replay-mirror.ts'))}
    const replays = ${JSON.stringify(replays)}
    const lines = replayEncoder(state)
    for (const replay of replays) replayMirror(state, replay, lines)
    for (const line of lines) print(line)`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: inProject('.'), loader: 'ts' },
    bundle: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'error',
  })
  return TEXT_CLASSES + (outputFiles[0]?.text ?? '')
}

interface Babel {
  transform(code: string, options: object): { readonly code: string }
}

/** The same without classes and whatever else Hermes does not take, as applications for it are built. */
function forHermes(code: string): string {
  const { transform } = createRequire(join(folder, 'package.json'))('@babel/standalone') as Babel
  return transform(code, { presets: [['env', { targets: 'ie 11' }]], sourceType: 'script', compact: true }).code
}

async function main(): Promise<void> {
  install()
  const replays = [...recordVectors(), recordProgram(1, 60), recordProgram(2, 60)].map(({ inputs, paths }) => ({
    inputs: inputs.filter(({ kind }) => kind !== 'inflate'),
    paths,
  }))
  const expected = replayEncoder(state)
  for (const replay of replays) expected.push(...(await replayMirror(state, replay)))
  const script = await bundle(replays)
  const engines: readonly (readonly [name: string, program: string, code: string])[] = [
    ['SpiderMonkey', 'gjs', script],
    ['JavaScriptCore', 'jsc', script],
    ['Hermes', join(folder, 'node_modules/hermes-engine-cli/linux64-bin/hermes'), forHermes(script)],
  ]
  for (const [name, program, code] of engines) {
    const file = join(folder, `${name}.js`)
    writeFileSync(file, code)
    const { stdout, stderr, status } = spawnSync(program, [file], { encoding: 'utf8', maxBuffer: 64 << 20 })
    const lines = stdout.trimEnd().split('\n')
    const wrong = expected.findIndex((line, i) => lines[i] !== line)
    if (status === 0 && wrong < 0 && lines.length === expected.length) continue
    console.error(`${name}: line ${wrong} is ${lines[wrong] ?? stderr.slice(0, 500)} and should be ${expected[wrong]}`)
    process.exitCode = 1
  }
  console.log(`${engines.map(([name]) => name).join(', ')}: ${expected.length} lines each`)
}

await main()
