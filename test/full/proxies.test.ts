/** Fronts behind the proxies of docs/operate.md, as they are configured there: rolling restarts under load, and fronts that stand still. */
import assert from 'node:assert/strict'
import { createServer, type AddressInfo } from 'node:net'
import { describe, test, type TestContext } from 'node:test'
import { WebSocket } from 'ws'
import { documentedConfigurations, type ProxyName, startProxy } from '../support/proxy-process.js'
import { processCluster } from '../support/processes.js'
import { PulseClients } from '../support/pulse-clients.js'
import { until } from '../support/until.js'

const CLIENTS = Number(process.env['TEST_CLIENTS'] ?? 20)
const TALK_MS = 1_000
const FRONTS = ['front-1', 'front-2', 'front-3']
const { length: FRONT_COUNT } = FRONTS
/** On a machine that is busy with tests a handshake takes its time; a drain is over as soon as all have left. */
const DRAIN = { drainMs: 20_000, shutdownMs: 30_000 }

const SOCKET_OPTIONS = { perMessageDeflate: false, rejectUnauthorized: false, closeTimeout: 1_000 }

/** Takes the certificate of the test. */
class TrustingSocket extends WebSocket {
  constructor(url: string, protocol: string) {
    super(url, protocol, SOCKET_OPTIONS)
  }
}

/** So many ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** HAProxy's block that cuts off is said to replace two lines. */
function cuttingOff([whole = '', lines = '']: readonly string[]): string {
  const [check = '', server = ''] = lines.split('\n')
  return whole.replace(/^ +option httpchk .*$/m, check).replace(/^ +default-server .*$/m, server)
}

async function setUp(t: TestContext, name: ProxyName, configuration: string) {
  const [port = 0, ...ports] = await freePorts(FRONT_COUNT + 1)
  const cluster = processCluster(t, ['back-1'])
  await cluster.start('back', 'back-1')
  const startFront = (i: number) =>
    cluster.start('front', FRONTS[i] ?? '', { port: ports[i] ?? 0, trustProxy: 'loopback', gatewayLimits: DRAIN })
  const fronts = await Promise.all(FRONTS.map((_, i) => startFront(i)))
  const url = await startProxy(t, name, configuration, port, ports)
  const clients = await PulseClients.start(
    t,
    CLIENTS,
    [url],
    () => ({ WebSocket: TrustingSocket, timeoutMs: 60_000 }),
    TALK_MS,
  )
  await clients.talkOn(1)
  const sessions = () => Promise.all(fronts.map(async (front) => (await front.inspectFront()).gateway.sessions))
  for (const [i, count] of (await sessions()).entries()) assert.ok(count > 0, `${FRONTS[i]} carries ${count} clients`)
  return { clients, fronts, startFront, sessions }
}

async function restartAll(t: TestContext, name: ProxyName, configuration: string): Promise<void> {
  const { clients, fronts, startFront, sessions } = await setUp(t, name, configuration)
  const moved: number[] = []
  for (const [i, front] of fronts.entries()) {
    moved.push((await sessions())[i] ?? 0)
    front.signal('SIGTERM')
    await front.ended()
    const again = (fronts[i] = await startFront(i))
    await until('it is ready', async () => (await fetch(`${again.url}/readyz`)).ok)
    await clients.talkOn(1)
  }
  assert.ok(moved.reduce((sum, count) => sum + count, 0) >= CLIENTS / FRONT_COUNT, `moved: ${moved.join(', ')}`)
  await clients.check()
  const seen = clients.all.flatMap(({ statuses }) => statuses.filter((status) => status.startsWith('reconnecting')))
  assert.deepEqual(seen, [], 'no client sees that it was moved')
}

async function standStill(t: TestContext, name: ProxyName, configuration: string): Promise<void> {
  const { clients, fronts, sessions } = await setUp(t, name, configuration)
  const [stopped] = fronts
  assert.ok(stopped)
  stopped.signal('SIGSTOP')
  await until('its clients have noticed', () => !clients.areLive)
  await until('all are live elsewhere', () => clients.areLive)
  await clients.talkOn(1)
  stopped.signal('SIGCONT')
  await until('it has let go of its stale sockets', async () => {
    const open = await sessions()
    return open.reduce((sum, count) => sum + count, 0) === CLIENTS
  })
  await clients.check()
}

const nginx = documentedConfigurations('nginx')
const haproxy = documentedConfigurations('haproxy')

for (const [name, how, configuration] of [
  ['nginx', 'nginx', nginx[0] ?? ''],
  ['haproxy', 'HAProxy that checks /readyz', haproxy[0] ?? ''],
  ['haproxy', 'HAProxy that cuts off by /healthz', cuttingOff(haproxy)],
] as const) {
  describe(how, () => {
    test('G8 G3 three fronts are restarted one after the other: no client sees it, nothing is lost', (t) =>
      restartAll(t, name, configuration))
    test('G5 G3 a front stands still: its clients go on at the others, nothing is lost', (t) =>
      standStill(t, name, configuration))
  })
}
