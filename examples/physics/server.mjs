import { startApp } from 'centrum'
import app from './app.mjs'

const { url } = await startApp(app, { port: 8080 })
console.log(`Boxes fall at ${url}`)
