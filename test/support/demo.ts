/** The demo as `npm start` runs it, on ports of its own, and pages of it in a browser. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type Browser, chromium, type Page } from 'playwright-core'
import { chromiumPath } from './chromium.js'
import { cleanUp } from './clean-up.js'
import { ownExecArgv, ownFile } from './own-file.js'
import { projectRoot } from './project-root.js'
import { until } from './until.js'

/** The demo starts six processes: that takes a while where all tests run at once. */
const START_MS = 60_000
/** What a page waits for may have to wait for a process to be started again. */
export const PAGE_MS = 45_000
/** A question to a page costs two processes some work each. */
const ASK_EVERY_MS = 50
/** Small, since without a graphics card it is painted by the processor. */
const VIEWPORT = { width: 480, height: 320 }

const CHILDREN = ['back-1', 'back-2', 'front-1', 'front-2', 'bots']

export class Demo {
  url = ''
  stdout = ''
  exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | null = null
  readonly #child: ChildProcess

  private constructor(env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [...ownExecArgv, ownFile('demo/start.ts')], {
      cwd: projectRoot,
      env: { ...process.env, HOST: '127.0.0.1', BOTS: '3', ...env },
      stdio: ['ignore', 'pipe', process.env['TEST_LOG'] ? 'inherit' : 'ignore'],
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.stdout += text))
    this.#child.once('exit', (code, signal) => (this.exit = { code, signal }))
  }

  /** Resolves when the page is there. The demo ends with the test. */
  static async start(t: TestContext, env: Readonly<Record<string, string>> = {}): Promise<Demo> {
    const demo = new Demo({ PORT: String(await anyPort()), ...env })
    cleanUp(t, () => demo.stop())
    const said = (): string | undefined => /Open (http:\S+)/.exec(demo.stdout)?.[1]
    await until('the demo to print its URL', () => said() ?? demo.exit, START_MS)
    demo.url = said() ?? ''
    if (demo.exit) throw new Error(`the demo did not start: ${demo.stdout}`)
    return demo
  }

  /** Ends it as `kill` or Ctrl-C does, and resolves when it has ended with all its children. Throws where it ends otherwise. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.exit) return
    const children = CHILDREN.map((id) => this.pid(id))
    this.#child.kill(signal)
    const { code } = await until('the demo to end', () => this.exit)
    await until('its children to end', () => !children.some(runs))
    if (code !== 0) throw new Error(`the demo ended with ${code}: ${this.stdout}`)
  }

  /** The process of a child, the newest of that name. */
  pid(id: string): number {
    const pids = [...this.stdout.matchAll(new RegExp(`${id}\\b.*\\bprocess (\\d+)`, 'g'))]
    return Number(pids.at(-1)?.[1])
  }

  /** Ends a child as a crash would. */
  kill(id: string): void {
    process.kill(this.pid(id), 'SIGKILL')
  }
}

function runs(pid: number): boolean {
  try {
    return pid > 0 && process.kill(pid, 0)
  } catch {
    return false
  }
}

/**
 * What Chromium says of a socket that took longer than `overlapMs` to open, and was given up for the one beside it. It is no
 * fault of a page: on a busy machine each dial may take so long.
 */
export function isOvertakenDial(text: string): boolean {
  return /^WebSocket connection to .* failed: WebSocket is closed before the connection is established/.test(text)
}

/** A browser that ends with the test. */
export async function openBrowser(t: TestContext): Promise<Browser> {
  const path = chromiumPath()
  if (path === undefined) throw new Error('there is no Chromium: the test should have been skipped')
  const browser = await chromium.launch({
    executablePath: path,
    // As people have it.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
  })
  cleanUp(t, () => browser.close())
  return browser
}

export interface DemoPage {
  readonly page: Page
  /** What the browser complained about. */
  readonly complaints: string[]
  /** What the page's hook, or an expression, gives. */
  ask<V>(expression: string): Promise<V>
  /** Waits until an expression is true in the page. */
  see(what: string, expression: string): Promise<unknown>
}

/**
 * Opens a page that walks in at a place, and waits until it stands in an area. `fronts`: the ones it is told of, where they are
 * not the demo's own, which is all that the page's policy allows.
 */
export async function openDemoPage(
  browser: Browser,
  url: string,
  at: { x: number; y: number },
  fronts?: readonly { readonly id: string; readonly port: number }[],
): Promise<DemoPage> {
  const context = await browser.newContext({ viewport: VIEWPORT, bypassCSP: fronts !== undefined })
  if (fronts) await context.route('**/fronts.json', (route) => route.fulfill({ json: fronts }))
  const place = JSON.stringify(JSON.stringify(at))
  await context.addInitScript(
    `sessionStorage.getItem('centrum-demo-place') ?? sessionStorage.setItem('centrum-demo-place', ${place})`,
  )
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return
    if (!isOvertakenDial(message.text())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(error.message))
  const ask = <V>(expression: string): Promise<V> => page.evaluate<V>(expression)
  const see = (what: string, expression: string): Promise<unknown> =>
    until(`the page: ${what}`, () => ask<boolean>(`Boolean(${expression})`), PAGE_MS, ASK_EVERY_MS)
  await page.goto(url)
  await see('is there', `window.demo?.me.present && document.body.dataset.area`)
  return { page, complaints, ask, see }
}

/** Where screenshots go: DEMO_SCREENSHOTS, or a new folder among the temporary ones. */
export function screenshotFolder(): string {
  return process.env['DEMO_SCREENSHOTS'] ?? mkdtempSync(join(tmpdir(), 'centrum-screenshots-'))
}

/** A port that was free a moment ago; the demo takes the next free one if it is no longer. */
export async function anyPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}
