/** What a front and a back tell of themselves, and connections that are no clients yet. */
import assert from 'node:assert/strict'
import { connect as connectTcp, type Socket } from 'node:net'
import { test } from 'node:test'
import { startBack, staticCluster } from '../../src/index.js'
import { InProcessNetwork } from '../../src/link/in-process-transport.js'
import { nodeRuntime } from '../../src/runtime/node-runtime.js'
import { descriptorsMax } from '../../src/runtime/descriptors-max.js'
import { ConnectRates } from '../../src/gateway/connect-rates.js'
import { gatewayLimits } from '../../src/gateway/gateway-limits.js'
import { cleanUp } from '../support/clean-up.js'
import { KEY, stageApp } from '../support/front-stage.js'
import { gatewayStage } from '../support/gateway-stage.js'
import { until } from '../support/until.js'

async function readiness(url: string): Promise<string> {
  const answer = await fetch(`${url}/readyz`)
  return `${answer.status} ${(await answer.text()).trim()}`
}

test('G5 readyWhen says when a front is ready, and /readyz which backs it does not hear', async (t) => {
  const joined = await gatewayStage(t)
  const any = await gatewayStage(t, { readyWhen: 'any' })
  const all = await gatewayStage(t, { readyWhen: 'all' })
  for (const { gateway } of [joined, any, all]) assert.equal(await readiness(gateway.url), '200 ready')
  for (const stage of [joined, any, all]) {
    await stage.back.stop()
    await until('the front knows', () => stage.front.unreached.length === 1)
  }
  assert.equal(await readiness(joined.gateway.url), '200 ready; not reached: back-1')
  assert.equal(await readiness(any.gateway.url), '503 no back is reachable; not reached: back-1')
  assert.equal(await readiness(all.gateway.url), '503 not all backs are reachable; not reached: back-1')
  assert.equal((await fetch(`${all.gateway.url}/healthz`)).status, 200)
})

test('G5 a back has its health on an adminPort', async (t) => {
  const cluster = staticCluster({
    backs: [{ id: 'back-1', address: 'memory:back-1', channels: ['room/*'] }],
    key: KEY,
  })
  const runtime = nodeRuntime({ logLevel: 'silent' })
  const settings = { id: 'back-1', cluster, runtime, network: new InProcessNetwork() }
  const back = await startBack(stageApp(), { ...settings, adminPort: 0 })
  cleanUp(t, () => back.close())
  const { adminUrl } = back
  assert.ok(adminUrl !== null)
  assert.equal(await readiness(adminUrl), '200 ready')
  assert.equal((await fetch(`${adminUrl}/healthz`)).status, 200)
  assert.equal((await fetch(`${adminUrl}/other`)).status, 404)
  await back.close()
  await assert.rejects(fetch(`${adminUrl}/healthz`))
  const quiet = await startBack(stageApp(), { ...settings, network: new InProcessNetwork() })
  cleanUp(t, () => quiet.close())
  assert.equal(quiet.adminUrl, null)
})

test('G6 connections that are no clients count as well, by address, unless a proxy makes them', async (t) => {
  const limits = { connectionsPerAddressMax: 3, handshakeMs: 3_000 }
  const { gateway, client, log } = await gatewayStage(t, { limits })
  const trusting = await gatewayStage(t, { limits, trustProxy: 'loopback' })
  const sockets: Socket[] = []
  t.after(() => {
    for (const each of sockets) each.destroy()
  })
  const knock = async (url: string): Promise<Socket> => {
    const socket = connectTcp(Number(new URL(url).port), '127.0.0.1')
    socket.on('error', () => {})
    sockets.push(socket)
    await new Promise((resolve) => socket.once('connect', resolve))
    return socket
  }
  for (let i = 0; i < 5; i++) await knock(gateway.url)
  for (let i = 0; i < 5; i++) await knock(trusting.gateway.url)
  await until('two are turned away', () => gateway.inspect().connections.refused === 2)
  assert.equal(log.lines.filter(({ event }) => event === 'connection.refused').length, 1, 'counted, not written each')
  assert.equal(trusting.gateway.inspect().connections.refused, 0)
  await until('the silent ones are gone', () => gateway.inspect().connections.plain === 0)
  await client().welcome()
  assert.equal(gateway.inspect().connections.plain, 0, 'a client is counted as one')
  assert.equal(gateway.inspect().sockets.open, 1)
})

test('G6 an address that connects too often is turned away at once, another one is not, and in time it may again', async (t) => {
  const limits = { connectionsPerAddressMax: 3, connectionsPerSecondPerAddressMax: 2 }
  const rates = new ConnectRates(gatewayLimits(limits))
  const taken = (address: string, now: number): number =>
    Array.from({ length: 100 }, () => rates.take(address, now)).filter(Boolean).length
  assert.equal(taken('here', 0), 6, 'twice as many as may be there')
  assert.equal(taken('there', 0), 6)
  assert.equal(taken('here', 1_000), 2)
  for (let i = 0; i < 20_000; i++) rates.take(`address ${i}`, 2_000 + i)
  assert.ok(rates.size < 4_000, `${rates.size} are remembered`)

  const { gateway } = await gatewayStage(t, { limits: { ...limits, connectionsPerSecondPerAddressMax: 1 } })
  for (let i = 0; i < 50; i++) {
    const socket = connectTcp(Number(new URL(gateway.url).port), '127.0.0.1')
    socket.on('error', () => {})
    await new Promise((resolve) => socket.once('connect', resolve))
    await new Promise((resolve) => socket.destroy().once('close', resolve))
  }
  await until('those above the burst are turned away', () => gateway.inspect().connections.refused > 0)
})

test('G6 descriptors are kept for links: the server takes as many connections as leave them', async (t) => {
  const files = descriptorsMax()
  if (process.platform === 'linux') assert.ok(files !== null && files > 100)
  const { gateway, client } = await gatewayStage(t, { limits: { descriptorsReserved: Math.max(8, (files ?? 9) - 1) } })
  if (files === null || files > 100_000) return
  await client().welcome()
  const second = client()
  await assert.rejects(second.open())
  assert.ok(gateway.inspect().connections.refused > 0)
})

test('G6 a connection whose requests wait for their answers sends 4 of them, and one more closes it; another one goes on', async (t) => {
  const page = 'GET /page HTTP/1.1\r\nHost: x\r\n\r\n'
  const held: (() => void)[] = []
  const { gateway } = await gatewayStage(t, {
    request: (_request, response) => void held.push(() => response.end('ok')),
  })
  const port = Number(new URL(gateway.url).port)
  const ask = (count: number): { readonly socket: Socket; answers: () => number } => {
    const socket = connectTcp(port, '127.0.0.1')
    let text = ''
    socket.on('error', () => {})
    socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')))
    socket.write(page.repeat(count))
    return { socket, answers: () => text.split('HTTP/1.1 200').length - 1 }
  }
  const patient = ask(4)
  const flood = ask(0)
  try {
    await until('4 wait', () => held.length === 4)
    flood.socket.write(page.repeat(200))
    await until('it is closed', () => flood.socket.closed)
    assert.equal(held.length, 8, 'what it sent behind is not looked at')
    assert.equal(gateway.inspect().connections.refused, 1)
    for (const answer of held.splice(0)) answer()
    await until('the other one has its answers', () => patient.answers() === 4)
    patient.socket.write(page.repeat(4))
    await until('they are taken', () => held.length === 4)
  } finally {
    for (const { socket } of [patient, flood]) socket.destroy()
  }
})
