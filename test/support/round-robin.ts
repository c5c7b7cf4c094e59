/** A plain TCP balancer: each new connection goes to the next server, and nothing is remembered. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import type { TestContext } from 'node:test'
import { cleanUp } from './clean-up.js'

export async function roundRobin(t: TestContext, urls: readonly string[]): Promise<string> {
  let next = 0
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const { hostname, port } = new URL(urls[next++ % urls.length] as string)
    const upstream = connect(Number(port), hostname)
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp(t, () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
