/** The look of a page: light and dark as the reader's system is, one column that fits a telephone. */
export const STYLE = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--paper:#fff;--card:#f6f8fa;--good:#116329;--goodback:#dafbe1;--bad:#a40e26;--badback:#ffebe9;--warn:#7d4e00;--warnback:#fff8c5;--work:#3b6fb6;--check:#8250df;--people:#bf8700;--held:#8c959f}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b1;--line:#3d444d;--paper:#0d1117;--card:#161b22;--good:#7ee787;--goodback:#12331c;--bad:#ffa198;--badback:#3d1418;--warn:#e3b341;--warnback:#332a10;--work:#6ea8fe;--check:#b392f0;--people:#d29922;--held:#6e7681}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:68rem;padding:1rem;font:15px/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;color:var(--ink);background:var(--paper);overflow-wrap:anywhere}
h1{font-size:1.4rem;line-height:1.25;margin:.2rem 0 .6rem}h2{font-size:1.15rem;margin:2rem 0 .6rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
h3,h4{font-size:1rem;margin:1rem 0 .3rem}h5,h6{font-size:.92rem;margin:.8rem 0 .2rem}
p{margin:.4rem 0}ul{margin:.3rem 0;padding-inline-start:1.3rem}li>p:first-child{margin-top:0}
.text{white-space:pre-wrap}.soft,.note{color:var(--soft)}.note{font-style:italic}
code,pre{font:12.5px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,"Noto Sans Mono",monospace}
code{background:var(--card);border-radius:4px;padding:.1em .3em}pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.6rem;margin:.4rem 0;white-space:pre-wrap;max-height:30rem;overflow:auto}
nav{font-size:.9rem;margin:.4rem 0}nav a{margin-inline-end:.8rem}a{color:var(--work)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(14.5rem,1fr));gap:.7rem;margin:.8rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.6rem .8rem;min-width:0}
.card h3{margin:0 0 .2rem;font-size:.8rem;color:var(--soft);font-weight:600;text-transform:uppercase;letter-spacing:.03em}.card p{margin:.15rem 0}.card b{font-size:1.05rem}
.bad,.warn,.good{border-radius:4px;padding:.05em .35em}.bad{color:var(--bad);background:var(--badback)}.warn{color:var(--warn);background:var(--warnback)}.good{color:var(--good);background:var(--goodback)}
.look{border:1px solid var(--line);border-inline-start:5px solid var(--people);border-radius:6px;padding:.4rem .8rem;margin:.8rem 0}.look.red{border-inline-start-color:var(--bad)}.look.none{border-inline-start-color:var(--good)}
.verdict{font-size:1.05rem}
.wide{overflow-x:auto;margin:.4rem 0}table{border-collapse:collapse;font-size:.92rem}th,td{border:1px solid var(--line);padding:.25rem .5rem;text-align:start;vertical-align:top;overflow-wrap:break-word}th{background:var(--card);font-weight:600;white-space:nowrap}td{max-width:34rem}
details{border:1px solid var(--line);border-radius:6px;margin:.4rem 0;padding:.3rem .7rem}summary{cursor:pointer;font-weight:600}details details{background:var(--paper)}
.diff{padding:0;max-height:none}.diff>*{display:block;padding:0 .5rem;text-decoration:none;min-height:1.45em}.diff ins{background:var(--goodback);color:var(--good)}.diff del{background:var(--badback);color:var(--bad)}.diff b{font-weight:400;color:var(--soft);background:var(--paper)}
svg{display:block;width:100%;height:1.1rem;border-radius:4px;background:var(--card)}svg.bar{width:9rem;height:.8rem}
.k-work{fill:var(--work)}.k-check{fill:var(--check)}.k-people{fill:var(--people)}.k-held{fill:var(--held)}
.key{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;vertical-align:-.1rem;margin-inline:.1rem .25rem}.key.k-work{background:var(--work)}.key.k-check{background:var(--check)}.key.k-people{background:var(--people)}.key.k-held{background:var(--held)}
@media (max-width:40rem){body{padding:.7rem;font-size:14.5px}th,td{padding:.2rem .35rem}}
@media print{details>*{display:block}.diff{max-height:none}}
`;
