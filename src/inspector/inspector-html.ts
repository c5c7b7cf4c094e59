/** The inspector's page, but for its scripts, which are modules of `page/`. */

/** Scripts of its own, and connections to fronts of this machine or wherever they are; nothing else. */
export const INSPECTOR_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

export const INSPECTOR_HTML = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>centrum inspector</title>
<link rel="icon" href="data:,">
<style>
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --accent: light-dark(#2458c5, #8ab4ff); }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.45 system-ui, sans-serif; min-height: 100vh; display: grid; grid-template: auto 1fr / 15rem 1fr 24rem; }
header { grid-column: 1 / -1; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1rem; margin: 0; }
h2 { font-size: .8rem; text-transform: uppercase; letter-spacing: .06em; opacity: .7; margin: 1rem 0 .4rem; }
#channel { text-transform: none; letter-spacing: 0; }
nav, main, aside { padding: 0 1rem 1rem; overflow: auto; min-width: 0; }
nav, main { border-right: 1px solid var(--line); }
nav button { display: flex; justify-content: space-between; gap: .5rem; width: 100%; text-align: left; border: 0; border-radius: .3rem; padding: .3rem .5rem; background: none; color: inherit; font: inherit; cursor: pointer; }
nav button[aria-current=true] { background: var(--accent); color: Canvas; }
small { opacity: .65; }
code, pre, textarea, .tree, #log { font: 12px/1.5 ui-monospace, monospace; }
.tree details { padding-left: 1rem; }
.tree summary { margin-left: -1rem; cursor: pointer; }
.tree div { padding-left: 1rem; overflow-wrap: anywhere; }
.key { color: var(--accent); }
@keyframes changed { from { background: #fb0a; } }
.changed { animation: changed 1.2s; border-radius: .2rem; }
table { border-collapse: collapse; width: 100%; }
td:last-child { width: 70%; }
td { border-top: 1px solid var(--line); padding: .15rem .4rem .15rem 0; vertical-align: top; overflow-wrap: anywhere; }
form, #fields { display: grid; gap: .5rem; }
form label { display: grid; gap: .15rem; }
input, select, textarea { font: inherit; width: 100%; padding: .3rem; }
form button { justify-self: start; padding: .3rem .8rem; }
.row { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem; }
#problem:not(:empty) { color: light-dark(#b3261e, #ffb4ab); }
@media (max-width: 60rem) { body { display: block; } nav, main { border: 0; border-bottom: 1px solid var(--line); } }
</style>
<script type="module" src="/inspector/page/main.js"></script>
</head>
<body>
<header><h1>centrum inspector</h1><span id="status" role="status">connecting</span><span id="backs"></span></header>
<nav><h2>Channels</h2><div id="channels"></div></nav>
<main>
<h2 id="channel">State</h2><p id="problem"></p><div id="state" class="tree"></div>
<h2>Arrived <small id="rate"></small></h2><table><tbody id="log"></tbody></table>
</main>
<aside>
<h2>Be a client</h2>
<form id="link">
<label>Front <select id="front"></select></label>
<label>Channel <input id="id" list="patterns" required autocomplete="off"><datalist id="patterns"></datalist></label>
<label>Token <input id="token" autocomplete="off"></label>
<label>Options, as JSON <textarea id="options" rows="2"></textarea></label>
<div class="row"><label>Latency each way <select id="latency"><option value="0">none</option><option value="50">50 ms</option><option value="100">100 ms</option><option value="300">300 ms</option></select></label>
<label>Stalls <select id="stalls"><option value="0">none</option><option value="0.05">5 %</option><option value="0.2">20 %</option></select></label></div>
<div><button>Link</button> <button type="button" id="cut">Cut the socket</button></div>
</form>
<p id="linked" role="status"></p>
<form id="send">
<label>Message or request <select id="name"></select></label>
<div id="fields"></div>
<button>Send</button>
</form>
<h2>Sent and answered</h2><table><tbody id="sent"></tbody></table>
</aside>
</body>
</html>
`
