/** A Chromium with real tabs, driven by its own protocol: what drives pages otherwise keeps all of them visible. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { chromiumPath } from './chromium.js'
import { cleanUp } from './clean-up.js'
import { until } from './until.js'

/** Hidden pages are throttled after ten seconds instead of five minutes: their timers run once a minute then. */
const THROTTLING = '--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/10'

type Result = Readonly<Record<string, unknown>>

export interface Tab {
  /** The value of an expression in its page. */
  ask<V>(expression: string): Promise<V>
  /** In front of the others. */
  show(): Promise<void>
}

/** Returns what opens a tab in front of the others. */
export async function startTabs(t: TestContext): Promise<(url: string) => Promise<Tab>> {
  const folder = mkdtempSync(join(tmpdir(), 'centrum-chromium-'))
  const own = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run']
  const args = [...own, THROTTLING, '--remote-debugging-port=0', `--user-data-dir=${folder}`, 'about:blank']
  const browser = spawn(chromiumPath() ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  cleanUp(t, async () => {
    await new Promise<void>((resolve) => {
      browser.once('exit', () => resolve())
      browser.kill()
    })
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })
  let said = ''
  browser.stderr.on('data', (data: Buffer) => (said += data.toString()))
  const url = (await until('Chromium says where it is driven', () => /ws:\S+/.exec(said)))[0]
  const socket = new WebSocket(url)
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
  const waiting = new Map<number, (result: Result) => void>()
  socket.on('message', (data: Buffer) => {
    const { id, result, error } = JSON.parse(data.toString()) as { id?: number; result?: Result; error?: Result }
    if (id !== undefined) waiting.get(id)?.(result ?? { failed: error })
  })
  const command = (method: string, params: Result, sessionId?: unknown): Promise<Result> =>
    new Promise((resolve) => {
      const id = waiting.size + 1
      waiting.set(id, resolve)
      socket.send(JSON.stringify({ id, method, params, sessionId }))
    })
  return async (page) => {
    const { targetId } = await command('Target.createTarget', { url: page })
    const { sessionId } = await command('Target.attachToTarget', { targetId, flatten: true })
    const tab: Tab = {
      async ask<V>(expression: string) {
        const { result } = await command('Runtime.evaluate', { expression, returnByValue: true }, sessionId)
        return (result as { readonly value: V }).value
      },
      async show() {
        await command('Target.activateTarget', { targetId })
      },
    }
    await tab.show()
    return tab
  }
}
