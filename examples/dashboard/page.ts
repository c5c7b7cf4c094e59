import { connect } from 'centrum/client'
import { element } from '../page.js'
import type app from './app.js'

const metrics = await connect<typeof app>('/').link('metrics')
const bars = '▁▂▃▄▅▆▇█'

function show(): void {
  const services = Object.entries(metrics.state.services).map(([name, { requests, errors, history }]) => {
    const most = Math.max(1, ...history)
    const service = document.createElement('li')
    const minute = document.createElement('span')
    minute.className = 'bars'
    minute.role = 'img'
    minute.ariaLabel = `requests of the last minute, at most ${most} a second`
    minute.textContent = history.map((each) => bars[Math.floor((each / most) * 7)]).join('')
    service.append(`${name}: ${requests} requests, ${errors} errors`, minute)
    return service
  })
  element('services').replaceChildren(...services)
}
metrics.onChange(show)
show()
