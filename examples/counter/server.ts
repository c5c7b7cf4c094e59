import { startApp } from 'centrum'
import app from './app.js'

const { url } = await startApp(app, { port: 8080 })
console.log(`Counters at ${url}`)
