/** Runs the example: a back and a front in this process, and the own way to browsers beside it. */
import { startApp } from 'centrum'
import app from './app.js'
import { serveEvents } from './server.js'

const { front } = await startApp(app, { port: 0 })
await serveEvents(front.master, Number(process.argv[2] ?? 8080))
console.log(`Open http://localhost:${process.argv[2] ?? 8080}`)
