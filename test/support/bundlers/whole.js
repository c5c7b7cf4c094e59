/** A server, a client of it, and a simulated cluster, in whatever runs this. */
import { startApp } from 'centrum'
import { connect } from 'centrum/client'
import { createTestCluster } from 'centrum/testing'
import app from './app.js'

const server = await startApp(app, { port: 0 })
const connection = connect(server.url)
const counter = await connection.link('counter')
const seen = new Promise((resolve) => counter.onChange((state) => resolve(state.count)))
counter.send('add', 5)
const real = await seen
await connection.close()
await server.close()

const cluster = await createTestCluster(app, { backs: 2, fronts: 2 })
const ada = await (await cluster.connect({ userId: 'ada' })).link('counter')
ada.send('add', 2)
await cluster.advance(200)
console.log(`real ${real}, simulated ${ada.state.count}`)
await cluster.close()
