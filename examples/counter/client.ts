import { connect } from 'centrum/client'
import type app from './app.js'

const connection = connect<typeof app>(process.argv[2] ?? 'http://127.0.0.1:8080')
const counter = await connection.link('counter/first')
console.log(`It stands at ${counter.state.count}`)
counter.onChange((state) => console.log(state.count))
counter.send('add', 1)
