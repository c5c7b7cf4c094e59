/** Runs the example with three services that are made up. */
import { startApp } from 'centrum'
import { servePage } from '../serve.js'
import app from './app.js'
import { feed } from './feed.js'

const { front, url } = await startApp(app, {
  port: Number(process.argv[2] ?? 8080),
  request: await servePage('dashboard'),
})
await feed(front.master, () =>
  ['shop', 'search', 'mail'].map((service, i) => ({
    service,
    requests: Math.floor(Math.random() * 30 * (i + 1)),
    errors: Math.random() < 0.2 ? 1 : 0,
  })),
)
console.log(`Open ${url}`)
