/** Who may open a socket, on which server, and which address a client has. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect as connectTcp } from 'node:net'
import { test, type TestContext } from 'node:test'
import { WebSocket, WebSocketServer } from 'ws'
import { localOrigins } from '../../src/cli/local-origins.js'
import { trustedProxies } from '../../src/cli/front-flags.js'
import { addressGroup, plainAddress } from '../../src/gateway/address-group.js'
import { ProxyTrust, type TrustedProxies } from '../../src/gateway/proxy-trust.js'
import type { GatewayOptions } from '../../src/gateway/gateway-options.js'
import { listenOn } from '../../src/gateway/listening.js'
import { gatewayStage } from '../support/gateway-stage.js'
import { until } from '../support/until.js'

/** What becomes of an upgrade with these headers: 'open', or the status it is answered with. */
async function knock(
  url: string,
  headers: Record<string, string> = {},
  protocols: string | string[] = [],
): Promise<'open' | number> {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols, { headers })
  return await new Promise((resolve, reject) => {
    socket.on('open', () => {
      resolve('open')
      socket.terminate()
    })
    socket.on('unexpected-response', (request, { statusCode = 0 }) => {
      resolve(statusCode)
      request.destroy()
    })
    socket.on('error', reject)
  })
}

async function ownServer(t: TestContext): Promise<{ readonly server: Server; readonly url: string }> {
  const server = createServer((_request, response) => response.end('the application'))
  await listenOn(server, 0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as { port: number }
  return { server, url: `http://127.0.0.1:${port}` }
}

test('G7 by default pages of the host that was asked for may connect, and programs, and nobody else', async (t) => {
  const { gateway, log } = await gatewayStage(t)
  const { url } = gateway
  const host = new URL(url).host
  assert.equal(await knock(url), 'open', 'a program sends no Origin')
  assert.equal(await knock(url, { origin: `http://${host}` }), 'open')
  assert.equal(await knock(url, { origin: `https://${host}` }), 'open', 'behind a proxy that speaks TLS')
  assert.equal(await knock(url, { origin: 'https://play.example', host: 'play.example' }), 'open')
  assert.equal(await knock(url, { origin: 'https://play.example', host: 'play.example:443' }), 'open')
  for (const origin of [
    'http://evil.example',
    'null',
    'https://play.example:8443',
    'no origin',
    `http://${host}.evil.example`,
  ]) {
    assert.equal(await knock(url, { origin, host: origin.includes('play') ? 'play.example' : host }), 403, origin)
  }
  assert.equal(await knock(url, { origin: 'http://evil.example', 'x-forwarded-host': 'evil.example' }), 403)
  const [line] = log.lines.filter(({ event }) => event === 'client.refused')
  assert.match(String(line?.fields['message']), /'origins'/, 'the log names the option')
  assert.equal(gateway.inspect().done.accepted, 5, 'refused before the upgrade')
})

test('G7 origins may be a list or a function, and what a function throws costs its request', async (t) => {
  const listed = await gatewayStage(t, { origins: ['https://play.example', 'http://localhost:5173/'] })
  assert.equal(await knock(listed.gateway.url, { origin: 'https://play.example' }), 'open')
  assert.equal(await knock(listed.gateway.url, { origin: 'http://localhost:5173' }), 'open')
  assert.equal(await knock(listed.gateway.url, { origin: listed.gateway.url }), 403)
  assert.equal(await knock(listed.gateway.url, { origin: 'null' }), 403)
  assert.equal(await knock((await gatewayStage(t, { origins: ['*'] })).gateway.url, { origin: 'null' }), 'open')
  const asked: (string | undefined)[] = []
  const answers: Record<string, () => boolean> = {
    'http://yes.example': () => true,
    'http://no.example': () => false,
    'http://throws.example': () => {
      throw Object.create(null)
    },
    'http://promises.example': () => Promise.resolve(true) as never,
  }
  const own = await gatewayStage(t, {
    origins: (origin) => {
      asked.push(origin)
      return origin !== undefined && (answers[origin]?.() ?? false)
    },
  })
  const found = []
  for (const origin of Object.keys(answers)) found.push(await knock(own.gateway.url, { origin }))
  assert.deepEqual(found, ['open', 403, 403, 403])
  assert.equal(await knock(own.gateway.url), 403)
  assert.deepEqual(asked, [...Object.keys(answers), undefined])
})

test('S16 wrong origins and trusted proxies are refused at start', async (t) => {
  const wrong: [GatewayOptions, RegExp][] = [
    [{ origins: [] }, /origins/],
    [{ origins: 'https://play.example' as never }, /origins is 'https:\/\/play.example', a string/],
    [{ origins: ['play.example'] }, /'play.example'/],
    [{ origins: ['https://play.example/path'] }, /not just scheme, host and port/],
    [{ trustProxy: true as never }, /trustProxy/],
    [{ trustProxy: 0 }, /trustProxy is 0/],
    [{ trustProxy: ['10.0.0.0/33'] }, /10\.0\.0\.0\/33/],
    [{ trustProxy: ['proxy.example'] }, /proxy\.example/],
    [{ trustProxy: [] }, /empty list/],
  ]
  for (const [options, message] of wrong) {
    await assert.rejects(gatewayStage(t, options), { code: 'invalid-option', message })
  }
})

test('G7 the address of a client is the last that someone trusted has written', async (t) => {
  const cases: [TrustedProxies | undefined, string, string, string][] = [
    [undefined, '127.0.0.1', '1.2.3.4', '127.0.0.1'],
    ['loopback', '127.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['loopback', '127.0.0.1', '9.9.9.9, 1.2.3.4', '1.2.3.4'],
    ['loopback', '127.0.0.1', '', '127.0.0.1'],
    ['loopback', '127.0.0.1', 'unknown', '127.0.0.1'],
    ['loopback', '127.0.0.1', '1.2.3.4:5678', '1.2.3.4'],
    ['loopback', '127.0.0.1', '[2001:db8::1]:5678', '2001:db8::1'],
    ['loopback', '::ffff:127.0.0.1', '1.2.3.4', '1.2.3.4'],
    ['loopback', '::1', '1.2.3.4', '1.2.3.4'],
    ['loopback', '8.8.8.8', '1.2.3.4', '8.8.8.8'],
    [['loopback', '10.0.0.0/8'], '127.0.0.1', '9.9.9.9, 1.2.3.4, 10.1.1.1', '1.2.3.4'],
    [['fd00::/8'], 'fd12::1', '1.2.3.4', '1.2.3.4'],
    [1, '8.8.8.8', '9.9.9.9, 1.2.3.4', '1.2.3.4'],
    [2, '8.8.8.8', '9.9.9.9, 1.2.3.4', '9.9.9.9'],
    [5, '8.8.8.8', '9.9.9.9, 1.2.3.4', '9.9.9.9'],
  ]
  for (const [given, remoteAddress, forwarded, expected] of cases) {
    const headers = forwarded === '' ? {} : { 'x-forwarded-for': forwarded }
    const request = { headers, socket: { remoteAddress } } as unknown as IncomingMessage
    assert.equal(new ProxyTrust(given).addressOf(request), expected, `${String(given)} ${remoteAddress} ${forwarded}`)
  }
  assert.deepEqual(trustedProxies([]), undefined)
  assert.deepEqual(trustedProxies(['2']), 2)
  assert.deepEqual(trustedProxies(['loopback', '10.0.0.0/8']), ['loopback', '10.0.0.0/8'])
  const { gateway } = await gatewayStage(t, { trustProxy: 'loopback' })
  const origin = 'https://play.example'
  assert.equal(await knock(gateway.url, { origin, 'x-forwarded-host': 'play.example' }), 'open')
  assert.equal(await knock(gateway.url, { origin, 'x-forwarded-host': 'other.example' }), 403)
})

test('G6 IPv6 counts by its /64 network, and IPv4 in either form as itself', () => {
  const groups: [string, string][] = [
    ['1.2.3.4', '1.2.3.4'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::1.2.3.4', '64:ff9b:0:0::/64'],
    ['', ''],
    ['a player behind a tunnel', 'a player behind a tunnel'],
  ]
  for (const [address, group] of groups) assert.equal(addressGroup(address), group, address)
  assert.equal(plainAddress('fe80::1%eth0'), 'fe80::1')
})

test('G7 an addressOf that fails costs nothing but its answer', async (t) => {
  const answers = [() => 'a tunnel', () => '', () => 7 as never, () => assert.fail('no header')]
  let call = 0
  const { gateway, log, client } = await gatewayStage(t, { addressOf: () => answers[call++]?.() ?? '' })
  for (const _ of answers) await client().welcome()
  assert.equal(log.lines.filter(({ event }) => event === 'address.unknown').length, 3)
  assert.equal(gateway.inspect().addresses, 2)
})

test('G7 a server of the application keeps what is not for centrum: by path, or by subprotocol without one', async (t) => {
  for (const path of ['/play', undefined]) {
    const { server, url } = await ownServer(t)
    const others = new WebSocketServer({ server, path: '/other' })
    others.on('connection', (socket) => socket.send('hello'))
    const { gateway } = await gatewayStage(t, { server, ...(path === undefined ? {} : { path }) })
    const ours = `${url}${path ?? '/any'}`
    assert.equal(await knock(ours, {}, 'centrum'), 'open')
    assert.equal(await knock(`${url}/other`), 'open')
    assert.equal(await knock(`${url}/neither`), 400, 'which is what the other one says')
    assert.equal(gateway.inspect().done.accepted, 1)
    await gateway.close()
    assert.equal(await knock(`${url}/other`), 'open', 'the server is as it was')
    assert.equal(server.listenerCount('upgrade'), 1)
    others.close()
  }
})

test('G7 alone on a server of the application what is not for centrum is refused', async (t) => {
  const { server, url } = await ownServer(t)
  await gatewayStage(t, { server })
  assert.equal(await knock(url), 404)
  assert.equal(await knock(url, {}, ['other', 'centrum']), 'open')
  assert.equal(await (await fetch(url)).text(), 'the application')
})

test('G7 a listener of one’s own hands over what is for centrum, on any server', async (t) => {
  const { server, url } = await ownServer(t)
  const { gateway } = await gatewayStage(t, { path: '/play' })
  const taken: boolean[] = []
  server.on('upgrade', (request, socket, head) => {
    taken.push(gateway.upgrade(request, socket, head))
    if (taken.at(-1) === false) socket.destroy()
  })
  assert.equal(await knock(`${url}/play`), 'open')
  await assert.rejects(knock(`${url}/other`))
  await gateway.close()
  await assert.rejects(knock(`${url}/play`))
  assert.deepEqual(taken, [true, false, false])
})

test('G7 an upgrade that another library has taken, or that is no WebSocket, throws nothing', async (t) => {
  const { server, url } = await ownServer(t)
  const { gateway } = await gatewayStage(t, { path: '/play' })
  const others = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    others.handleUpgrade(request, socket, head, () => {})
    assert.equal(gateway.upgrade(request, socket, head), true)
  })
  await knock(`${url}/play`).catch(() => {})
  const { port } = new URL(gateway.url)
  for (const upgrade of ['Upgrade: h2c', 'Upgrade: websocket', 'Upgrade: websocket\r\nSec-WebSocket-Protocol: ,,']) {
    const socket = connectTcp(Number(port), '127.0.0.1')
    socket.write(`GET /play HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n${upgrade}\r\n\r\n`)
    const chunks: Buffer[] = []
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    await new Promise((resolve) => socket.on('close', resolve))
    assert.match(Buffer.concat(chunks).toString(), /^HTTP\/1.1 400/)
  }
  await until('nothing is left', () => gateway.inspect().sockets.total === 0)
})

test('G7 what an application answers requests with may throw', async (t) => {
  const { gateway, log } = await gatewayStage(t, {
    request: () => assert.fail('a fault of the application'),
  })
  assert.equal((await fetch(`${gateway.url}/page`)).status, 500)
  assert.equal((await fetch(`${gateway.url}/healthz`)).status, 200)
  assert.equal(log.lines.filter(({ event }) => event === 'request.failed').length, 1)
})

test('G7 dev lets pages of this machine in, whatever their port, and no foreign host name', () => {
  const admits = (origin: string | undefined, host: string, listed: readonly string[] = []): boolean =>
    localOrigins(listed)(origin, { headers: { host } } as IncomingMessage)
  assert.ok(admits(undefined, 'localhost:8080'))
  assert.ok(admits('http://localhost:5173', 'localhost:8080'))
  assert.ok(admits('http://127.0.0.1:5173', 'localhost:8080'))
  assert.ok(admits('http://[::1]:5173', '127.0.0.1:8080'))
  assert.ok(admits('http://192.168.1.5:8080', '192.168.1.5:8080'), 'a telephone')
  assert.ok(admits('http://app.localhost:3000', 'app.localhost:8080'))
  assert.ok(!admits('http://evil.example', 'localhost:8080'))
  assert.ok(!admits('http://evil.example:8080', 'evil.example:8080'), 'a name that points here')
  assert.ok(!admits(undefined, 'evil.example:8080'))
  assert.ok(!admits('null', 'localhost:8080'))
  assert.ok(!admits('http://localhost:5173', ''))
  assert.ok(admits('https://my.test', 'my.test', ['https://my.test']))
  assert.ok(admits(undefined, 'my.test', ['https://my.test']))
  assert.ok(admits('null', 'evil.example', ['*']))
})

test('G8 while a front drains a trusted proxy gets a 503 and tries another; who comes directly, or is to go to drainTo, is refused by a frame', async (t) => {
  const cases: readonly [GatewayOptions, 'open' | number][] = [
    [{ trustProxy: 1 }, 503],
    [{ trustProxy: 'loopback' }, 503],
    [{ trustProxy: '10.0.0.0/8' }, 'open'],
    [{}, 'open'],
    [{ trustProxy: 1, drainTo: 'http://elsewhere' }, 'open'],
  ]
  for (const [options, expected] of cases) {
    const stage = await gatewayStage(t, options)
    const stays = stage.client()
    await stays.welcome()
    assert.equal(await knock(stage.gateway.url), 'open', 'before it drains')
    const drained = stage.gateway.drain({ withinMs: 60_000 })
    assert.equal(await knock(stage.gateway.url), expected, JSON.stringify(options))
    stays.leave()
    await drained
  }
})
