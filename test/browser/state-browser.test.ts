/**
 * The built mirror in a page whose content security policy forbids `eval`, and in Node: the same keyframes and patches give
 * the same states, the same errors and the same calls of handlers.
 */
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { transform } from 'esbuild'
import type * as State from '../../src/state/index.js'
import { chromiumMissing, chromiumPath } from '../support/chromium.js'
import { cleanUp } from '../support/clean-up.js'
import { openBrowser } from '../support/demo.js'
import { inProject } from '../support/project-root.js'
import { recordDamages, recordProgram, recordVectors } from '../support/recorded-programs.js'
import { type Replay, replayEncoder, replayMirror } from '../support/replay-mirror.js'
import { until } from '../support/until.js'

const skip = chromiumPath() ? false : chromiumMissing
const POLICY = "default-src 'none'; script-src 'self'; connect-src 'self'"
const PAGE_MS = 60_000

const PAGE = '<!doctype html><meta charset="utf-8"><title>state</title><script type="module" src="/page.js"></script>'
const SCRIPT = `
import * as state from '/dist/state/index.js'
import { replayEncoder, replayMirror } from '/replay.js'
let generates = true
try { new Function('') } catch { generates = false }
const replays = await (await fetch('/replays.json')).json()
const mirrors = []
for (const replay of replays) mirrors.push(await replayMirror(state, replay))
await fetch('/result', { method: 'POST', body: JSON.stringify({ generates, mirrors, encoder: replayEncoder(state) }) })
`

interface Result {
  readonly generates: boolean
  readonly mirrors: readonly (readonly string[])[]
  readonly encoder: readonly string[]
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

/** Serves the page and what it imports. `result()` is what the page found, once it has. */
async function serve(
  t: TestContext,
  replays: readonly Replay[],
): Promise<{ url: string; result: () => Result | undefined }> {
  let found: Result | undefined
  const replay = await transform(await readFile(inProject('test/support/replay-mirror.ts'), 'utf8'), { loader: 'ts' })
  const files: Readonly<Record<string, string>> = {
    '/': PAGE,
    '/page.js': SCRIPT,
    '/replay.js': replay.code,
    '/replays.json': JSON.stringify(replays),
  }
  const server = createServer((request, response) => {
    const answer = async (): Promise<string> => {
      const path = request.url ?? '/'
      if (path === '/result') found = JSON.parse(await bodyOf(request)) as Result
      if (/^\/dist(\/[a-z0-9-]+)+\.js$/.test(path)) return readFile(inProject(path.slice(1)), 'utf8')
      return files[path] ?? ''
    }
    const type =
      request.url === '/' ? 'text/html' : request.url?.endsWith('.js') ? 'text/javascript' : 'application/json'
    response.setHeader('content-type', type).setHeader('content-security-policy', POLICY)
    answer().then(
      (text) => response.end(text),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(t, () => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, result: () => found }
}

test(
  'G2 a page without eval and Node make the same of the same keyframes and patches, sound and damaged',
  { skip },
  async (t) => {
    const programs = [1, 2, 3, 4, 5, 6].map((seed) => recordProgram(seed, 40))
    const damages = [11, 12, 13].map((seed) => recordDamages(seed, 40, 10))
    const replays = [...recordVectors(), ...programs, ...damages]
    const { url, result } = await serve(t, replays)
    const browser = await openBrowser(t)
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('pageerror', (error) => complaints.push(error.message))
    await page.goto(url)
    const inPage = await until('the page to have replayed all', () => complaints[0] ?? result(), PAGE_MS)
    if (typeof inPage === 'string') throw new Error(inPage)

    const state = (await import(inProject('dist/state/index.js'))) as typeof State
    assert.equal(inPage.generates, false, 'the page may generate code')
    let refused = 0
    for (const [i, replay] of replays.entries()) {
      const inNode = await replayMirror(state, replay)
      assert.deepEqual(inPage.mirrors[i], inNode, `replay ${i}`)
      refused += inNode.filter((line) => line.startsWith('DecodeError decode-error ')).length
    }
    assert.ok(refused > 100, `only ${refused} were refused`)
    assert.deepEqual(
      inPage.encoder,
      replayEncoder(state),
      'an owner writes the same bytes with and without generated code',
    )
  },
)
