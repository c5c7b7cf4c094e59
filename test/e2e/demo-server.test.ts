/** The demo as processes and as an HTTP server: what it serves and what not, and how it ends. */
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { Demo } from '../support/demo.js'

interface Answer {
  readonly status: number | undefined
  readonly type: string | undefined
  readonly policy: string
  readonly body: string
}

/** Asks for a path as it is, dots and all. */
function ask(url: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    get({ hostname, port, path }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => (body += text))
      const { 'content-type': type, 'content-security-policy': policy } = response.headers
      response.on('end', () => resolve({ status: response.statusCode, type, policy: String(policy), body }))
    }).on('error', reject)
  })
}

const SERVED = ['/page/main.js', '/walker.js', '/dist/client/index.js', '/dist/state/index.js']
const HIDDEN = [
  '/package.json',
  '/../package.json',
  '/page/../../package.json',
  '/page/%2e%2e/%2e%2e/package.json',
  '/dist/back/back-master.js',
  '/dist/client/../back/back-master.js',
  '/master.js',
  '/passport.js',
  '/page/',
  '//etc/passwd',
]

test('the demo takes the next free port and says so, serves the page and nothing else, and Ctrl-C ends it all', async (t) => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  t.after(() => other.close())
  const address = other.address()
  const taken = typeof address === 'object' && address ? address.port : 0
  const demo = await Demo.start(t, { PORT: String(taken), BOTS: '1' })
  const port = Number(new URL(demo.url).port)
  assert.ok(port > taken)
  assert.match(demo.stdout, new RegExp(`Port ${taken} is taken: the page is on ${port}\\.`))

  const page = await ask(demo.url, '/')
  assert.equal(page.status, 200)
  assert.match(page.type ?? '', /^text\/html/)
  assert.match(page.policy, /default-src 'none'/)
  assert.doesNotMatch(page.policy, /unsafe/)
  for (const path of SERVED) {
    const { status, type } = await ask(demo.url, path)
    assert.equal(status, 200, path)
    assert.match(type ?? '', /^text\/javascript/, path)
  }
  for (const path of HIDDEN) assert.equal((await ask(demo.url, path)).status, 404, path)

  await demo.stop('SIGINT')
})
