/** The contract of links, for each of the four ways to carry their bytes. */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { transportOf } from '../../src/link/transport-of.js'
import { linkContract } from './link-contract.js'
import { type MakePlace, testRuntime } from './link-ends.js'

let count = 0

const network = new InProcessNetwork()
const runtime = testRuntime()

linkContract('in-process', () => {
  const address = `memory:back-${count++}`
  return { address, transport: transportOf(address, { runtime, network }) }
})

linkContract('unix', (cleanup) => {
  const path = join(tmpdir(), `centrum-link-${process.pid}-${count++}.sock`)
  cleanup.add(() => rmSync(path, { force: true }))
  return { address: `unix:${path}`, transport: transportOf(`unix:${path}`, { runtime }) }
})

linkContract('tcp', tcpPlace('beyond-loopback'))
linkContract('tls', tcpPlace('always'))

function tcpPlace(encrypt: 'beyond-loopback' | 'always'): MakePlace {
  const key = new Uint8Array(32).fill(9)
  return () => {
    const address = 'tcp://127.0.0.1:0'
    return { address, transport: transportOf(address, { runtime, keys: [key], encrypt }) }
  }
}
