/** How a report looks: calm, readable, light or dark as the reader has it, and on paper. */
export const reportStyle = `:root{--ink:#1c1f24;--dim:#6b7280;--line:#e2e5ea;--soft:#f6f7f9;--back:#fff;--accent:#0b7285;--fail:#b42318;--warn:#9a6700;--up:#c8372d;--down:#1a7f4b;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--dim:#9aa1ac;--line:#2b3038;--soft:#1d2026;--back:#16181d;--accent:#66d9e8;--fail:#ff8a80;--warn:#e3b341;--up:#ff7b72;--down:#56d364}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI","PingFang SC","Hiragino Sans GB","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
main{max-width:72rem;margin:0 auto;padding:2.5rem 1.5rem 4rem}
header{margin-bottom:2rem;border-bottom:1px solid var(--line)}
h1,h2,h3,h4{line-height:1.25;margin:2rem 0 .6rem}header h1{margin:0 0 .3rem;font-size:2rem}
p,ul,ol,blockquote{max-width:46rem}blockquote{margin-left:0;padding-left:1rem;border-left:3px solid var(--line);color:var(--dim)}
a{color:var(--accent)}hr{border:0;border-top:1px solid var(--line)}
code,pre{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono","Noto Sans Mono CJK SC",monospace;font-size:.86em}
pre{background:var(--soft);padding:.8rem 1rem;border-radius:6px;overflow:auto;line-height:1.45}
.made,.foot,.type,.null{color:var(--dim)}.made,.foot{font-size:.86rem}.made{margin:0 0 1.2rem}
.params{margin:0 0 1.2rem;font-size:.9rem}.params b{font-weight:600}.params span{margin-right:1.5rem}
section{margin:1.8rem 0}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--dim);font-size:.86rem}
.table{overflow:auto;max-height:42rem;border:1px solid var(--line);border-radius:6px}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem;min-width:100%}
th,td{padding:.3rem .9rem;text-align:left;white-space:pre;vertical-align:top}td{max-width:40rem;overflow:hidden;text-overflow:ellipsis}
thead th{position:sticky;top:0;background:var(--soft);border-bottom:1px solid var(--line)}
th .type{display:block;font-weight:400;font-size:.75rem}
tbody tr+tr td{border-top:1px solid var(--line)}.n{text-align:right}
.up{color:var(--up)}.down{color:var(--down)}
.failed{border-left:3px solid var(--fail);padding-left:1rem}.failed>.word{color:var(--fail);font-weight:600}
figure{margin:.6rem 0;overflow-x:auto}svg{display:block;width:100%;min-width:36rem;height:auto}
@media (max-width:40rem){main{padding:1.5rem 1rem 3rem}header h1{font-size:1.6rem}}
@media print{main{max-width:none;padding:0}svg{min-width:0}.table{max-height:none;overflow:visible}details:not([open])>*:not(summary){display:none}section{break-inside:avoid-page}}`;
