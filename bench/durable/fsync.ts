/** How long this disk takes to keep a few bytes: what no store that keeps its word can be quicker than. */
import { closeSync, fdatasyncSync, mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Percentiles } from '../processes/durable-faces.js'
import { percentiles } from '../processes/percentiles.js'
import { pause } from '../processes/session.js'

const RECORD = Buffer.alloc(4_096, 'x')

export async function measureSyncs(path: string, count: number, pauseMs: number): Promise<Percentiles> {
  mkdirSync(dirname(path), { recursive: true })
  const file = openSync(path, 'a')
  const durations: number[] = []
  for (let i = 0; i < count; i++) {
    await pause(pauseMs)
    const begun = performance.now()
    writeSync(file, RECORD)
    fdatasyncSync(file)
    durations.push(performance.now() - begun)
  }
  closeSync(file)
  return percentiles(durations)
}
