import { connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'

const name = prompt('Your name?') ?? 'somebody'
const room = await connect<typeof app>('/', { token: name }).link('room/main')

function show(): void {
  const { lines, present } = room.state
  element('lines').replaceChildren(
    ...lines.map(({ by, text }) => Object.assign(document.createElement('p'), { textContent: `${by}: ${text}` })),
  )
  const people = Object.values(present).map(({ name, away }) => (away ? `${name} (away)` : name))
  element('status').textContent = room.status === 'live' ? `Here: ${people.join(', ')}` : 'One moment …'
}
room.onChange(show)
room.onStatus(show)
show()

element('form').addEventListener('submit', (event) => {
  event.preventDefault()
  const field = element('text', HTMLInputElement)
  if (field.value.trim()) room.send('say', field.value)
  field.value = ''
})
