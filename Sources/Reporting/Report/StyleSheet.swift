// The looks of the report, in light, dark and on paper.

/// The looks of the report, in light, dark and on paper.
///
/// The colours of data are told apart with any kind of colour vision (after Okabe and Ito), and by
/// shape as well.
enum StyleSheet {
  static let text = """

    :root {
      --paper: #ffffff; --ink: #1b2329; --soft: #56626c; --line: #dbe1e6; --card: #f5f7f8;
      --before: #bcc5cc; --after: #00796b; --train: #0072b2; --test: #c85200; --bad: #b3261e;
      --leaf: #2e7d4f; --trunk: #7b5b45; --band: #eef2f4;
    }
    @media screen and (prefers-color-scheme: dark) {
      :root {
        --paper: #11171b; --ink: #e7ecef; --soft: #9fabb4; --line: #2d3740; --card: #192126;
        --before: #53616c; --after: #35c2a8; --train: #62b8ea; --test: #f3a15c; --bad: #ff8a80;
        --leaf: #62b985; --trunk: #b08a6e; --band: #212b32;
      }
    }
    * { box-sizing: border-box; }
    html { background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
    body {
      margin: 0 auto; max-width: 68rem; padding: 2rem 1.5rem 3rem;
      font: 1rem/1.5 -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans",
        "Liberation Sans", Arial, sans-serif;
    }
    h1, h2, h3, p, figure, dl, dd, ol { margin: 0; }
    header { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem; align-items: center; }
    header .verdict, header .about { grid-column: 1 / -1; }
    .logo { width: 3.5rem; height: 3.5rem; }
    .logo .leaf, .logo .pot { fill: var(--leaf); }
    .logo .pot { fill: var(--trunk); }
    .logo .trunk { fill: none; stroke: var(--trunk); stroke-width: 4; stroke-linecap: round; }
    .kicker { color: var(--soft); font-size: .875rem; overflow-wrap: anywhere; }
    h1 { font-size: 1.75rem; line-height: 1.2; letter-spacing: -.01em; overflow-wrap: anywhere; }
    .verdict {
      font-size: 1.25rem; line-height: 1.45; margin-top: .75rem; overflow-wrap: anywhere;
      text-wrap: pretty;
    }
    .about { color: var(--soft); margin-top: .5rem; max-width: 46rem; overflow-wrap: anywhere; }
    section { margin-top: 2.75rem; }
    h2 { font-size: 1.25rem; margin-bottom: .9rem; letter-spacing: -.005em; }
    h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
    section > :not(h2) + :is(.scroll, p, details) { margin-top: 1.25rem; }
    .note { color: var(--soft); font-size: .875rem; }
    .tiles { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); }
    .tile { background: var(--card); border-radius: .75rem; padding: 1rem 1.25rem; }
    .tile .figure { font-size: 2.125rem; font-weight: 650; line-height: 1.1; color: var(--after); }
    .tile .words { font-weight: 600; margin-top: .25rem; }
    .tile .detail { color: var(--soft); font-size: .875rem; }
    .scroll { overflow-x: auto; }
    .scroll:focus-visible { outline: 2px solid var(--train); outline-offset: 2px; }
    table {
      border-collapse: collapse; width: 100%; font-size: .9375rem;
      font-variant-numeric: tabular-nums;
    }
    caption { text-align: left; color: var(--soft); font-size: .875rem; padding-bottom: .35rem; }
    th, td { padding: .4rem .75rem; border-bottom: 1px solid var(--line); vertical-align: baseline; }
    th:first-child, td:first-child { padding-left: 0; }
    th:last-child, td:last-child { padding-right: 0; }
    thead th { color: var(--soft); font-weight: 600; font-size: .8125rem; }
    tbody th { font-weight: 500; }
    .number { text-align: right; }
    td.number { white-space: nowrap; }
    .word { text-align: left; overflow-wrap: anywhere; min-width: 7rem; }
    .pair {
      display: grid; gap: 1.25rem;
      grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr));
    }
    figure { background: var(--card); border-radius: .75rem; padding: 1rem 1.1rem; min-width: 0; }
        figcaption { display: flex; flex-wrap: wrap; gap: .1rem 1rem; margin-bottom: .6rem; }
    figcaption strong { font-weight: 600; }
    figcaption .note { flex-basis: 100%; }
    .keys { display: flex; flex-wrap: wrap; gap: 0 .9rem; font-size: .875rem; color: var(--soft); }
    .key { display: inline-flex; align-items: center; gap: .35rem; }
    .swatch { width: .8rem; height: .8rem; border-radius: .2rem; }
    .swatch.train { height: .2rem; }
    .swatch.test { border-radius: 50%; height: .6rem; width: .6rem; }
    .swatch.before { background: var(--before); }
    .swatch.after { background: var(--after); }
    .swatch.zero { background: var(--train); }
    .swatch.train { background: var(--train); }
    .swatch.test { background: var(--test); }
    figure svg { display: block; width: 100%; height: auto; }
    figure.wide > svg { max-width: 37rem; margin: 0 auto; }
    figure svg + svg { margin-top: .5rem; }
    svg text { font-size: 12px; fill: var(--soft); font-variant-numeric: tabular-nums; }
    svg text.number, svg g > text.label { fill: var(--ink); }
    rect.before { fill: var(--before); }
    rect.after { fill: var(--after); }
    rect.zero { fill: var(--train); }
    rect.band { fill: var(--band); }
    line.grid { stroke: var(--line); }
    line.axis { stroke: var(--soft); }
    line.boundary { stroke: var(--line); }
    line.moment { stroke: var(--soft); stroke-dasharray: 3 3; }
    .series polyline { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
    .series.train polyline { stroke: var(--train); }
    .series.test polyline { stroke: var(--test); }
    .series.train circle { fill: var(--train); }
    .series.test circle { fill: var(--test); }
    .interval.before { fill: var(--before); stroke: var(--before); }
    .interval.after { fill: var(--after); stroke: var(--after); }
    .interval .spread { stroke-width: 1.5; }
    .interval .confidence { stroke-width: 5; }
    summary { cursor: pointer; font-weight: 600; margin-bottom: .5rem; }
    .good { color: var(--after); font-weight: 600; white-space: nowrap; }
    .bad { color: var(--bad); font-weight: 600; white-space: nowrap; }
    dl { display: grid; gap: .5rem 2rem; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); }
    dt { color: var(--soft); font-size: .875rem; }
    dd { overflow-wrap: anywhere; }
    pre {
      margin: 0; padding: .9rem 1.1rem; border-radius: .75rem; background: var(--card);
      font: .8125rem/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono",
        "DejaVu Sans Mono", monospace;
      white-space: pre-wrap; overflow-wrap: anywhere;
    }
    ol { padding-left: 1.4rem; }
    li { overflow-wrap: anywhere; }
    a { color: var(--train); }
    footer {
      margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft);
      font-size: .875rem;
    }
    @media (max-width: 40rem) {
      body { padding: 1.25rem 1rem 2rem; }
      h1 { font-size: 1.4rem; }
      .verdict { font-size: 1.0625rem; }
      .tiles { grid-template-columns: 1fr 1fr; gap: .75rem; }
      .tile { padding: .75rem .9rem; }
      .tile .figure { font-size: 1.5rem; }
      figure { padding: .75rem; }
      table { font-size: .875rem; }
      th, td { padding: .35rem .5rem; }
    }
    @page { margin: 16mm 14mm; }
    @media print {
      html {
        font-size: 9.5pt; print-color-adjust: exact; -webkit-print-color-adjust: exact;
      }
      body { padding: 0; max-width: none; }
      section { margin-top: 1.5rem; }
      h2, h3, caption, summary, figcaption { break-after: avoid; }
      tr, .tile, figure:not(.long), figure svg, .short, li { break-inside: avoid; }
      thead { break-after: avoid; }
      footer { margin-top: 1.25rem; padding-top: .5rem; }
      .tiles { grid-template-columns: repeat(4, 1fr); gap: .5rem; }
      .tile { padding: .6rem .8rem; }
      .tile .figure { font-size: 1.4rem; }
      .pair { grid-template-columns: 1fr 1fr; gap: .75rem; }
      .scroll { overflow: visible; }
      table { font-size: .9rem; }
      th, td { padding: .2rem .4rem; }
      details::details-content { content-visibility: visible; block-size: auto; }
      a { color: inherit; }
    }

    """
}
