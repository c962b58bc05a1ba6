/** The style of results in HTML. */
export const RESULT_STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 2px; font: 14px/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
table { border: 0; border-collapse: collapse; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 10px; border: 0; text-align: right; }
thead th { border-bottom: 1px solid light-dark(#c4c9d1, #454c59); }
tbody tr:nth-child(odd) { background: light-dark(#f5f6f8, #1c2027); }
pre, code { font-family: ui-monospace, monospace; font-size: 13px; }
pre { padding: 8px 12px; overflow: auto; background: light-dark(#f5f6f8, #1c2027); border-radius: 6px; }
blockquote { margin-left: 0; padding-left: 12px; border-left: 3px solid light-dark(#c4c9d1, #454c59); }
img, svg, video { max-width: 100%; }
body > :first-child { margin-top: 0; }
body > :last-child { margin-bottom: 0; }
math { font-size: 1.15em; }
math[display='block'] { margin: 8px 0; }
`;
