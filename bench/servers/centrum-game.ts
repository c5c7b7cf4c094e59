/** The game template with its page, as `npm start` runs it. Its argument is the folder of the page. */
import { nodeRuntime, startApp } from 'centrum'
import app from '../../templates/game/src/app.js'
import { gameFiles } from './game-files.js'

const serve = gameFiles(process.argv[2] ?? '')
const { url } = await startApp(app, {
  port: 0,
  path: '/play',
  runtime: nodeRuntime({ logLevel: 'silent' }),
  request(request, response) {
    if (!serve(request, response)) response.writeHead(404).end()
  },
})
process.send?.(url)
