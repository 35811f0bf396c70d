/** The style sheet of the page, in the page: nothing is loaded from elsewhere. */
export const STYLE = `
:root{--bg:#f4f3ef;--card:#fff;--ink:#1c2226;--soft:#59636b;--rule:#e4e1d9;--accent:#17706e;--on-accent:#fff;--good:#1d7a4c;--busy:#1f6fb2;--warn:#8a5a00;--bad:#b3271e;--calm:#8a949b;--bad-bg:#fdf1ef;--bad-rule:#efcdc8;--good-bg:#edf6f0}
@media(prefers-color-scheme:dark){:root{--bg:#12161a;--card:#1a2025;--ink:#e4e8ea;--soft:#9aa7b0;--rule:#2b333a;--accent:#4fb9b3;--on-accent:#0b1d1d;--good:#57c48a;--busy:#6cb6f2;--warn:#e0ad4c;--bad:#ff8a7e;--calm:#74808a;--bad-bg:#2a1c1d;--bad-rule:#55302e;--good-bg:#17271f}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:74rem;padding:1.25rem 1rem 2rem;background:var(--bg);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd{margin:0;padding:0}
ul,ol{list-style:none}
a{color:var(--accent)}
small,.more,.nothing,.callnow p,.call>p{font-size:.875rem;color:var(--soft)}
code,.at{font:.875em/1.7 ui-monospace,"Cascadia Mono",Menlo,Consolas,monospace}
code{color:var(--ink)}
b,strong{font-weight:600}
strong,b.bad{color:var(--bad)}
b.warn{color:var(--warn)}
header{display:flex;flex-wrap:wrap;justify-content:space-between;align-items:baseline;gap:.25rem 1rem;margin:0 0 1rem}
h1{font-size:1.25rem;font-weight:600;letter-spacing:-.01em}
h2{font-size:1rem;font-weight:600;margin-bottom:.5rem}
h3{font-size:1rem;font-weight:600}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
#now{font-size:.875rem;color:var(--soft)}
#now::before{content:"";display:inline-block;width:.5rem;height:.5rem;border-radius:50%;margin-right:.45rem;background:var(--calm)}
#now.live::before{background:var(--good)}
#now.lost{color:var(--bad)}
#now.lost::before{background:var(--bad)}
.card{background:var(--card);border:1px solid var(--rule);border-radius:.75rem;padding:1.1rem 1.25rem;margin-bottom:1rem}
.card:empty{display:none}
.readings{display:grid;gap:1.1rem}
dt{font-size:.875rem;color:var(--soft)}
dd{font-size:.9375rem;color:var(--soft)}
dd.value::first-letter{text-transform:uppercase}
dd.value{font-size:1.625rem;line-height:1.3;font-weight:600;letter-spacing:-.015em;color:var(--ink)}
.lamp{display:inline-block;flex:none;width:.625em;height:.625em;border-radius:50%;margin-right:.5em;background:var(--calm)}
.value .lamp{width:.5em;height:.5em;vertical-align:.12em;margin-right:.4em}
.lamp.good{background:var(--good)}.lamp.busy{background:var(--busy)}.lamp.warn{background:var(--warn)}.lamp.bad{background:var(--bad)}
.call{margin-top:1.1rem;padding-top:1rem;border-top:1px solid var(--rule)}
.call li{margin-top:.75rem}
.call li span{color:var(--soft);font-size:.9375rem}
progress{display:block;width:100%;height:.5rem;margin-top:.4rem;border:0;border-radius:1rem;overflow:hidden;appearance:none;background:var(--rule);color:var(--busy)}
progress::-webkit-progress-bar{background:var(--rule)}
progress::-webkit-progress-value{background:var(--busy);border-radius:1rem}
progress::-moz-progress-bar{background:var(--busy)}
.callnow{margin-top:1.1rem}
summary,button{display:inline-block;padding:.55rem 1.1rem;border:1px solid var(--accent);border-radius:.5rem;background:none;color:var(--accent);font:inherit;font-weight:600;cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
button,summary:hover{background:var(--accent);color:var(--on-accent)}
form,.callnow p{margin-top:.75rem}
label{display:block;font-size:.875rem;color:var(--soft);margin-bottom:.25rem}
form div{display:flex;flex-wrap:wrap;gap:.5rem}
input{flex:1 1 12rem;max-width:22rem;min-width:0;padding:.55rem .75rem;border:1px solid var(--calm);border-radius:.5rem;background:var(--bg);color:inherit;font:inherit}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.notice{padding:.75rem 1.25rem;border-radius:.75rem;margin-bottom:1rem;font-weight:600}
.notice.good{background:var(--good-bg);color:var(--good)}
.notice.bad{background:var(--bad-bg);color:var(--bad)}
#attention{background:var(--bad-bg);border-color:var(--bad-rule)}
#attention a{color:inherit}
#attention li,.problems li{display:flex;align-items:baseline;gap:.25rem;padding:.2rem 0}
.count{display:inline-block;min-width:1.5em;padding:0 .45em;border-radius:1em;background:var(--rule);font-size:.8125rem;text-align:center}
table{width:100%;border-collapse:collapse;font-size:.9375rem}
caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
th,td{text-align:left;vertical-align:top;padding:.45rem .75rem .45rem 0;border-top:1px solid var(--rule)}
th{border:0;padding-top:0;font-size:.8125rem;font-weight:400;color:var(--soft)}
th:last-child,td:last-child{padding-right:0}
.number{text-align:right}
.number,.short{white-space:nowrap}
#line:has(.call)+.callnow{display:none}
.at{display:block}
#queue b{display:inline-block;max-width:100%}
.more{padding-top:.6rem}
.log{font-size:.875rem}
.log li{display:grid;grid-template-columns:4.5rem 5.5rem 1fr;gap:0 .75rem;padding:.3rem 0;border-top:1px solid var(--rule)}
.log li:first-child{border:0}
.log i{font-style:normal}
.log time,.log i{color:var(--soft)}
.call li,.wide td.main:has(.lamp){padding-left:1.125em;text-indent:-1.125em}
.call li *,.main:has(.lamp) *{text-indent:0}
#events details:has(#earlier:empty){display:none}
#events summary{display:list-item;list-style:inside disclosure-closed;padding:.4rem 0;border:0;font-size:.875rem;font-weight:400}
#events [open] summary{list-style-type:disclosure-open}
#events summary:hover{background:none;color:var(--accent);text-decoration:underline}
footer{font-size:.8125rem;color:var(--soft)}
.message{max-width:34rem;margin:15vh auto 0}
.message p{margin-top:.75rem}
@media(min-width:56rem){
.readings{grid-template-columns:1fr 1.5fr 1fr}
.readings>div+div{padding-left:1.5rem;border-left:1px solid var(--rule)}
.columns{display:grid;grid-template-columns:1.7fr 1fr;gap:0 1rem;align-items:start}
}
@media(max-width:55.99rem){
.columns{display:flex;flex-direction:column}
.columns>div{display:contents}
#events{order:1}
}
@media(min-width:40.01rem){
.wide .main{width:38%}
.wide .whole{white-space:nowrap}
#servers .main{width:45%}
#servers small{display:block}
#queue th:nth-child(3){width:6.5rem}
}
@media(max-width:40rem){
.wide thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.wide,.wide tbody,.wide tr{display:block}
.wide tr{padding:.65rem 0;border-top:1px solid var(--rule)}
.wide tr:first-child{border:0;padding-top:0}
.wide td{display:block;position:relative;padding:.1rem 0 .1rem 5.25rem;border:0;text-align:left;white-space:normal}
.wide td:empty{display:none}
.wide td::before{content:attr(data-label);position:absolute;left:0;font-size:.875rem;line-height:1.6;color:var(--soft)}
.wide td.main{padding:0 0 .2rem}
.log li{grid-template-columns:auto 1fr}
.log li span{grid-column:1/-1}
}
`;
